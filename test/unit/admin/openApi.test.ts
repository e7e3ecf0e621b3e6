import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openApiJson, packageVersion } from '../../support/openApiJson.ts';
import { apiEndpoints } from './endpoints.ts';
import { api, roles, tokenOf, tokens } from './support.ts';

interface Answer {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: unknown; readonly example?: unknown }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly 'x-least-role': string | null;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string; readonly title: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>;
    readonly responses: Readonly<Record<string, Answer>>;
  };
}

const document = JSON.parse(openApiJson()) as Document;

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);

/** What a reference of the document points to. */
function target(ref: string): unknown {
  assert.match(ref, /^#\//);
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    key === '$ref' && typeof item === 'string' ? [item] : refsIn(item),
  );
}

const answerOf = (answer: Answer): Answer =>
  answer.$ref === undefined ? answer : (target(answer.$ref) as Answer);

describe('the OpenAPI document', () => {
  test('is of version 3.1, with the version of the package', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.version, packageVersion());
  });

  test('names every endpoint of the API and its least role, and no other', () => {
    const named = operations.map(({ name, operation }) => `${name}: ${String(operation['x-least-role'])}`);
    const stated = apiEndpoints.map(
      ({ method, route, least }) => `${method} ${route.replace(':id', '{id}')}: ${String(least)}`,
    );
    assert.deepEqual(named.sort(), stated.sort());
  });

  test('is what the server serves, but for its version', async () => {
    const answer = await api(tokens).call('/api/openapi.json', { token: tokenOf('viewer') });
    const served = (await answer.json()) as Document;
    assert.equal(served.info.version, '1.2.3');
    assert.deepEqual({ ...served, info: { ...served.info, version: packageVersion() } }, document);
  });

  test('has no reference that leads nowhere, and nothing that is never used', () => {
    const refs = new Set(refsIn(document));
    for (const ref of refs) assert.ok(target(ref) !== undefined, ref);
    const made = Object.entries(document.components).flatMap(([kind, named]) =>
      kind === 'securitySchemes' ? [] : Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    assert.deepEqual(
      made.filter((ref) => !refs.has(ref)),
      [],
    );
  });

  test('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const id of ids) assert.match(id, /^[a-z][A-Za-z]+$/);
  });

  for (const { name, path, method, operation } of operations) {
    test(`${name} is told whole`, () => {
      assert.ok(operation.summary.length > 5);
      assert.equal(operation.tags.length, 1);
      assert.ok(document.tags.some((tag) => tag.name === operation.tags[0]));
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      assert.deepEqual(
        declared.map((parameter) => parameter.name),
        inPath,
      );
      assert.ok(declared.every(({ required }) => required === true));
      for (const { content } of method === 'get' || operation.requestBody === undefined
        ? []
        : [operation.requestBody])
        assert.ok(content['application/json']?.example !== undefined, 'an example of what is sent');
      for (const [status, answer] of Object.entries(operation.responses)) {
        const { description, content } = answerOf(answer);
        assert.ok(description !== undefined && description !== '');
        const type = status < '300' || name === 'GET /readyz' ? null : 'application/problem+json';
        if (type !== null) assert.deepEqual(Object.keys(content ?? {}), [type]);
        assert.ok(Object.values(content ?? {}).every(({ schema }) => schema !== undefined));
      }
    });

    test(`${name} says how it says no`, () => {
      const least = operation['x-least-role'];
      const statuses = Object.keys(operation.responses);
      assert.equal(statuses.includes('401'), least !== null);
      assert.equal(statuses.includes('403'), least !== null);
      assert.equal(statuses.includes('413'), operation.requestBody !== undefined);
      if (path.includes('{id}')) assert.ok(statuses.includes('404'));
      const schemes = operation.security.flatMap((way) => Object.keys(way));
      assert.deepEqual(schemes, least === null ? [] : ['token', 'session', 'csrf']);
      for (const scheme of schemes) assert.ok(document.components.securitySchemes[scheme] !== undefined);
      if (least !== null) assert.ok(roles.some((role) => role === least));
    });
  }

  test('the example of a body is one that the endpoint takes', async () => {
    for (const { name, path, method, operation } of operations) {
      const example = operation.requestBody?.content['application/json']?.example;
      if (example === undefined) continue;
      const init = { method: method.toUpperCase(), token: tokenOf('admin'), body: example };
      const { status } = await api(tokens).call(path.replace('{id}', 'x'), init);
      assert.notEqual(status, 400, name);
      assert.ok(status < 500, name);
    }
  });
});
