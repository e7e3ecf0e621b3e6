import type { OperatorErrorCode } from '../core/errors.ts';

/** One step into a value: a key, or an index of a list. */
export type PathStep = string | number;

/** One thing that is wrong with a configuration. Never holds a secret's value, nor that of an environment variable. */
export interface ConfigProblem {
  /** The file that `line` and `column` count in; empty where the configuration came from the command line. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** e.g. `routes[0].answer.for`; empty where the problem is the file itself. */
  readonly path: string;
  readonly message: string;
  /** What would put it right, where that can be guessed. */
  readonly hint?: string;
  readonly code: OperatorErrorCode;
}

/** Something an operator should know about a configuration that is valid all the same. */
export interface ConfigNotice {
  readonly code:
    | 'readable-by-others'
    | 'no-public-url'
    | 'pass-through-unused'
    | 'whitelist-empty'
    | 'public-url-is-bot-host';
  readonly text: string;
}

/** More problems than this are counted, not told: nobody reads them, and a hostile file could make a million. */
export const problemsMax = 100;

/** The longest piece of a key that is repeated in a message. */
const keyCharactersMax = 64;

/**
 * A key as text for terminals: plain names as they are, anything else quoted, with control characters (which could
 * steer a terminal) escaped, and cut.
 */
export function quoteKey(key: string): string {
  const cut = key.length > keyCharactersMax ? `${key.slice(0, keyCharactersMax)}...` : key;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `routes[0].answer.for` from the steps that lead there. */
export function pathText(steps: readonly PathStep[]): string {
  return steps
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(step)) return `[${quoteKey(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join('');
}

/**
 * Problems as lines for a terminal, in the order given:
 * `webhooks.config.yaml:12:5  routes[0].anwser: unknown key; did you mean "answer"?`
 *
 * `file` is how the file is called in front of each line; empty for a configuration that came from the command line.
 */
export function explainConfig(problems: readonly ConfigProblem[], file: string): string {
  return problems
    .map(({ line, column, path, message, hint }) => {
      const where = file === '' ? '' : `${file}:${line}:${column}  `;
      const what = path === '' ? message : `${path}: ${message}`;
      return `${where}${what}${hint === undefined ? '' : `; ${hint}`}`;
    })
    .join('\n');
}
