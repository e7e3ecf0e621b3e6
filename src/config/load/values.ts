// Builds plain values for the schema out of the file's tree: environment variables put in, `file:` secrets read,
// paths made absolute. Knows for every path where it stands in the file.
import { dirname, resolve } from 'node:path';
import type { ConfigProblem, PathStep } from '../problems.ts';
import { pathText } from '../problems.ts';
import type { SchemaNode } from '../schema/tree.ts';
import { childNode, configTree } from '../schema/tree.ts';
import type { FileReader } from './files.ts';
import { decodeUtf8, readFailure } from './files.ts';
import type { Environment } from './substitute.ts';
import { substitute } from './substitute.ts';
import type { Position, SourceNode } from './yaml.ts';
import { depthMax } from './yaml.ts';

/** A thousand routes with every setting written out fit; aliases piled upon aliases do not. */
const nodesMax = 50_000;

/** A secret is a key, a token or a PEM; anything larger is the wrong file. */
const secretBytesMax = 64 * 1024;

const secretFilePrefix = 'file:';

/** How other products name a variable. Here it would be the secret itself, known to all: GHSA-q2r7-wm3j-xppw. */
const foreignVariablePrefix = 'env:';

/** A secret file that was read. */
export interface SecretFile {
  readonly path: string;
  readonly readableByOthers: boolean;
}

export interface PlainValues {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Paths (as text) whose value could not be found: what the schema says of them is beside the point. */
  readonly unresolved: ReadonlySet<string>;
  readonly secretFiles: readonly SecretFile[];
  /** Some secret stands in the file itself. */
  readonly hasInlineSecrets: boolean;
  /** There are more values than are taken: `value` is not whole. */
  readonly isCutShort: boolean;
}

interface PendingFile {
  readonly steps: readonly PathStep[];
  readonly at: Position;
  readonly path: string;
  readonly put: (secret: string) => void;
}

interface Params {
  readonly root: SourceNode;
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly env: Environment;
  readonly readFile: FileReader;
}

/** Numbers and switches that came out of a variable are text until here. Null: leave it as text. */
function typed(text: string, schema: SchemaNode | null): unknown {
  if (schema?.kind === 'number' && /^-?\d{1,15}(\.\d{1,6})?$/.test(text)) return Number(text);
  if (schema?.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Where a value belongs: what the schema says of it, its path, and how it is put there. */
interface Place {
  readonly schema: SchemaNode | null;
  readonly steps: readonly PathStep[];
  readonly put: (value: unknown) => void;
}

function below({ schema, steps }: Place, step: PathStep, put: (value: unknown) => void): Place {
  return { schema: schema && childNode(schema, step), steps: [...steps, step], put };
}

class ValueBuilder {
  readonly problems: ConfigProblem[] = [];
  readonly unresolved = new Set<string>();
  readonly pending: PendingFile[] = [];
  hasInlineSecrets = false;
  private readonly params: Params;
  private nodes = 0;
  gaveUp = false;

  constructor(params: Params) {
    this.params = params;
  }

  fail(steps: readonly PathStep[], at: Position, told: { readonly message: string; readonly hint?: string }) {
    const path = pathText(steps);
    this.unresolved.add(path);
    this.problems.push({ file: this.params.file, ...at, path, code: 'config-invalid', ...told });
  }

  build(node: SourceNode, place: Place): void {
    const { schema, steps, put } = place;
    this.nodes += 1;
    if (this.nodes > nodesMax || steps.length > depthMax) {
      if (!this.gaveUp) this.fail([], node.at, { message: 'too many values, aliases followed' });
      this.gaveUp = true;
    } else if (node.kind === 'list') {
      const list: unknown[] = node.items.map(() => null);
      put(list);
      for (const [at, item] of node.items.entries()) {
        if (this.gaveUp) return;
        this.build(
          item,
          below(place, at, (value) => (list[at] = value)),
        );
      }
    } else if (node.kind === 'map') {
      const map: Record<string, unknown> = {};
      put(map);
      for (const [key, { value }] of node.entries) {
        if (this.gaveUp) return;
        this.build(
          value,
          below(place, key, (built) => (map[key] = built)),
        );
      }
    } else
      put(
        typeof node.value === 'string' ? this.text(node.value, node.at, { schema, steps, put }) : node.value,
      );
  }

  private text(raw: string, at: Position, { schema, steps, put }: Place): unknown {
    const result = substitute(raw, this.params.env);
    if (!result.ok) {
      this.fail(steps, at, { message: result.message, hint: result.hint });
      return '';
    }
    if (schema?.secret === true) {
      // Judged by what stands in the file: a variable's value must not be able to name a file to be read.
      if (raw.startsWith(secretFilePrefix)) {
        const path = this.fromHere(result.text.slice(secretFilePrefix.length));
        this.pending.push({ steps, at, path, put });
        return '';
      }
      if (raw.startsWith(foreignVariablePrefix))
        this.fail(steps, at, {
          message: '`env:` names no environment variable here',
          hint: 'write ${NAME} for the variable NAME',
        });
      if (!result.replaced) this.hasInlineSecrets = true;
      else if (result.text === '') this.fail(steps, at, { message: 'the environment variable is empty' });
    }
    if (schema?.file === true && result.text !== '') return this.fromHere(result.text);
    return result.replaced ? typed(result.text, schema) : result.text;
  }

  private fromHere(path: string): string {
    return resolve(dirname(this.params.file), path);
  }
}

/** Reads one secret file. The last line's end is no part of the secret. */
async function readSecret(path: string, readFile: FileReader) {
  try {
    const { bytes, readableByOthers } = await readFile(path, secretBytesMax);
    if (bytes.length > secretBytesMax) return { failure: 'it is larger than 64 KiB' };
    const secret = decodeUtf8(bytes)?.replace(/(\r?\n)+$/, '');
    if (secret === undefined || secret.includes('\0')) return { failure: 'it is not text' };
    return secret === '' ? { failure: 'it is empty' } : { secret, readableByOthers };
  } catch (error) {
    return { failure: readFailure(error) };
  }
}

/** Plain values for the schema, and all that was wrong on the way. Reads the secret files that are named. */
export async function plainValues(params: Params): Promise<PlainValues> {
  const builder = new ValueBuilder(params);
  let value: unknown = null;
  builder.build(params.root, { schema: configTree, steps: [], put: (built) => (value = built) });
  const secretFiles: SecretFile[] = [];
  for (const { steps, at, path, put } of builder.pending) {
    const read = await readSecret(path, params.readFile);
    if (read.failure === undefined) {
      secretFiles.push({ path, readableByOthers: read.readableByOthers });
      put(read.secret);
    } else builder.fail(steps, at, { message: `the secret's file cannot be used: ${read.failure}` });
  }
  const { problems, unresolved, hasInlineSecrets, gaveUp: isCutShort } = builder;
  return { value, problems, unresolved, secretFiles, hasInlineSecrets, isCutShort };
}
