// From a file, or from one address, to a frozen configuration, or to all that is wrong with it.
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { crossChecks } from '../checks/checks.ts';
import { draftOf } from '../checks/draft.ts';
import type { CheckFinding } from '../checks/finding.ts';
import { readForwardTo } from '../checks/forwardTo.ts';
import { deepFreeze } from '../freeze.ts';
import type { ConfigNotice, ConfigProblem, PathStep } from '../problems.ts';
import { pathText, problemsMax } from '../problems.ts';
import type { Config, RouteConfig } from '../schema/config.ts';
import { configSchema } from '../schema/config.ts';
import { secretValues } from '../secrets.ts';
import type { FileReader, ReadFile } from './files.ts';
import { decodeUtf8, readFailure, readFileFromDisk } from './files.ts';
import { findingsOf } from './issues.ts';
import { locate } from './locate.ts';
import { fileNotices, meaningNotices } from './notices.ts';
import type { Environment } from './substitute.ts';
import { tlsFiles } from './tlsFiles.ts';
import { plainValues } from './values.ts';
import type { PlainValues } from './values.ts';
import type { SourceNode } from './yaml.ts';
import { readYaml } from './yaml.ts';

/** A thousand routes fit. The worst that can stand in so many bytes takes 5 s to refuse, and holds the loop meanwhile. */
const fileBytesMax = 256 * 1024;

export interface LoadedConfig {
  readonly ok: true;
  /** Deeply frozen. */
  readonly config: Config;
  /** Every secret's value, longest first: what a log must strike out. */
  readonly secrets: readonly string[];
  /**
   * Absolute paths of the files that the configuration is made of, so that a change of one means a reload: see
   * `watchConfig`. That of `senderAddresses` is among them even where it does not exist yet.
   */
  readonly files: readonly string[];
  readonly notices: readonly ConfigNotice[];
}

export interface InvalidConfig {
  readonly ok: false;
  /** In the file's order; never empty. */
  readonly problems: readonly ConfigProblem[];
}

export type LoadResult = LoadedConfig | InvalidConfig;

/** Something wrong with a configuration that only those can see who know more than a configuration. */
export interface InspectFinding {
  /** Where in the configuration, from its root. */
  readonly path: readonly PathStep[];
  /** Must not hold a secret. */
  readonly message: string;
  readonly hint?: string;
}

type Inspect = (config: Config) => readonly InspectFinding[] | Promise<readonly InspectFinding[]>;

export interface LoadParams {
  /** The configuration file; relative to the working directory. */
  readonly path: string;
  /** Where `${NAME}` is looked up. */
  readonly env: Environment;
  readonly readFile?: FileReader;
  /** Asked about a configuration that is valid otherwise; what it finds is wrong like all else. Must not throw. */
  readonly inspect?: Inspect;
}

/**
 * Reads and checks a configuration file. All problems come back at once, each with its place in the file; none holds a
 * secret's or a variable's value. Never rejects.
 */
export async function loadConfig(params: LoadParams): Promise<LoadResult> {
  const file = resolve(params.path);
  const readFile = params.readFile ?? readFileFromDisk;
  const whole = (message: string): InvalidConfig => ({ ok: false, problems: [wholeFile(file, message)] });
  let read: ReadFile;
  try {
    read = await readFile(file, fileBytesMax);
  } catch (error) {
    return whole(`the configuration file cannot be read: ${readFailure(error)}`);
  }
  if (read.bytes.length > fileBytesMax) return whole(`the file is larger than ${fileBytesMax / 1024} KiB`);
  const text = decodeUtf8(read.bytes);
  if (text === null) return whole('the file is not UTF-8 text');
  const yaml = readYaml(text);
  if ('problems' in yaml) {
    const problems = yaml.problems.map((problem): ConfigProblem => ({
      ...problem,
      file,
      path: '',
      code: 'config-invalid',
    }));
    return invalid(problems);
  }
  const { root } = yaml;
  const values = await plainValues({ root, file, env: params.env, readFile });
  // What is cut short is not judged: its problem would drown among those of its torn end.
  const draft = draftOf(values.isCutShort ? null : values.value);
  const tls = await tlsFiles(draft, readFile);
  const findings = [...tls.findings, ...crossChecks(draft)];
  const judged = judge({ root, file, values, findings });
  if (!judged.ok) return judged;
  const { config } = judged;
  const inspected = await problemsOf(config, params.inspect, { root, file });
  if (inspected.length > 0) return invalid(inspected);
  const secretFiles = [...values.secretFiles, ...tls.keys];
  return {
    ok: true,
    config,
    secrets: secretValues(config),
    files: [...new Set([file, ...values.secretFiles.map(({ path }) => path), config.senderAddresses])],
    notices: [...fileNotices({ file, ...read, ...values, secretFiles }), ...meaningNotices(config)],
  };
}

/**
 * The configuration of `serve --bot-host URL`: every default, and one route that sends every path to that bot host.
 * Problems have no file.
 */
export function configForBotHost(url: string): LoadResult {
  const value = { botHosts: { main: { url } } };
  const root: SourceNode = { kind: 'scalar', at: { line: 1, column: 1 }, value: null };
  const values = {
    value,
    problems: [],
    unresolved: new Set<string>(),
    secretFiles: [],
    hasInlineSecrets: false,
    isCutShort: false,
  };
  const findings = crossChecks(draftOf(value));
  const judged = judge({ root, file: '', values, findings });
  if (!judged.ok) return judged;
  return { ok: true, config: judged.config, secrets: [], files: [], notices: meaningNotices(judged.config) };
}

function wholeFile(file: string, message: string): ConfigProblem {
  return { file, line: 1, column: 1, path: '', message, code: 'config-invalid' };
}

/** In the file's order, cut at the most that are told. */
function invalid(problems: readonly ConfigProblem[]): InvalidConfig {
  const sorted = [...problems].sort((one, other) => one.line - other.line || one.column - other.column);
  const told = sorted.slice(0, problemsMax);
  const last = told.at(-1);
  if (last === undefined || sorted.length === told.length) return { ok: false, problems: sorted };
  const more = wholeFile(last.file, `and more problems behind these ${problemsMax}`);
  return { ok: false, problems: [...told, { ...more, line: last.line, column: last.column }] };
}

/** As many of the schema's complaints as can matter: a hostile file makes tens of thousands. */
function complaintsOf(issues: readonly z.core.$ZodIssue[], value: unknown): readonly CheckFinding[] {
  return issues.slice(0, 10 * problemsMax).flatMap((issue) => findingsOf(issue, value));
}

interface Judged {
  readonly root: SourceNode;
  readonly file: string;
  readonly values: PlainValues;
  /** What is wrong beside what the schema sees. */
  readonly findings: readonly CheckFinding[];
}

/** The configuration, or everything that is wrong with it. */
function judge(params: Judged): InvalidConfig | { readonly ok: true; readonly config: Config } {
  const { root, file, values } = params;
  const { value, unresolved } = values;
  if (value === null || value === undefined)
    return { ok: false, problems: [wholeFile(file, 'the file is empty: at least botHosts must be given')] };
  if (values.isCutShort) return invalid(values.problems);
  const parsed = configSchema.safeParse(value);
  const complaints = parsed.success ? [] : complaintsOf(parsed.error.issues, value);
  const problems = [...complaints, ...params.findings]
    .map((finding) => problemOf(finding, root, file))
    .filter(({ path }) => !unresolved.has(path));
  const all = [...values.problems, ...problems];
  if (all.length > 0 || !parsed.success) return invalid(all);
  return { ok: true, config: deepFreeze(completed(parsed.data, file)) };
}

/** What `inspect` finds, at its place in the file. */
async function problemsOf(
  config: Config,
  inspect: Inspect | undefined,
  { root, file }: Pick<Judged, 'root' | 'file'>,
): Promise<readonly ConfigProblem[]> {
  const found = (await inspect?.(config)) ?? [];
  return found.map(({ path, ...told }) => problemOf({ steps: path, what: 'value', ...told }, root, file));
}

function problemOf(finding: CheckFinding, root: SourceNode, file: string): ConfigProblem {
  const { steps, what, message, hint, code } = finding;
  return {
    file,
    ...locate(root, steps, what),
    path: pathText(steps),
    message,
    ...(hint === undefined ? {} : { hint }),
    code: code ?? 'config-invalid',
  };
}

/** Without the bot host's address, which it may be written with. */
function pathOnly(route: RouteConfig, botHosts: Config['botHosts']): RouteConfig {
  if (route.forwardTo === null) return route;
  const read = readForwardTo(route.forwardTo, botHosts[route.botHost]?.url ?? null);
  return read.ok ? { ...route, forwardTo: read.target } : route;
}

/**
 * What no default of the schema can say. No routes written: one that takes every path, to the bot host `main`, or to the
 * only one that there is. `forwardTo` is always path and query. And paths count from the directory of the file, not from
 * wherever the process was started.
 */
function completed(config: Config, file: string): Config {
  const hosts = Object.keys(config.botHosts);
  const botHost = hosts.includes('main') ? 'main' : (hosts[0] ?? 'main');
  const routes =
    config.routes.length > 0
      ? config.routes.map((route) => pathOnly(route, config.botHosts))
      : configSchema.shape.routes.parse([{ name: 'default', path: '/*', botHost }]);
  const here = (path: string) => resolve(file === '' ? '.' : dirname(file), path);
  const log = { ...config.log, dir: here(config.log.dir) };
  return { ...config, routes, log, senderAddresses: here(config.senderAddresses) };
}
