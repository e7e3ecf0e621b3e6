// Reads YAML into a small tree that knows where everything stands. Values are not built by the `yaml` package: aliases
// are followed here within a budget, and keys stay text. The file's own words never get into a message.
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml';
import type { CST, ErrorCode, ParsedNode } from 'yaml';

/** A place in the file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What stands in the file. Where an alias was used, several places share one node. */
export type SourceNode =
  | { readonly kind: 'map'; readonly at: Position; readonly entries: ReadonlyMap<string, SourceEntry> }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly SourceNode[] }
  | { readonly kind: 'scalar'; readonly at: Position; readonly value: unknown };

interface SourceEntry {
  readonly keyAt: Position;
  readonly value: SourceNode;
}

interface YamlProblem extends Position {
  readonly message: string;
  readonly hint?: string;
}

/** Nesting that the schema needs is 6 deep; the parser's own recursion would end in a stack overflow at some thousands. */
export const depthMax = 32;

/** What each of the package's error codes means, in words that repeat nothing of the file. */
const meanings: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias can have neither an anchor nor a tag',
  BAD_ALIAS: 'the alias names an anchor that does not stand before it',
  BAD_COLLECTION_TYPE: 'the tag does not fit this value',
  BAD_DIRECTIVE: 'unknown YAML directive',
  BAD_DQ_ESCAPE: 'unknown escape sequence in double quotes',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'anchors and tags must stand behind the indicator',
  BAD_SCALAR_START: 'a plain value cannot begin with this character: put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key, or a nested map on one line, is misplaced here: check the colons',
  BLOCK_IN_FLOW: 'inside [ ] and { } there can be no indented block',
  DUPLICATE_KEY: 'duplicate key',
  IMPOSSIBLE: 'this is not YAML',
  KEY_OVER_1024_CHARS: 'a key can have at most 1024 characters',
  MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma, a colon or a space',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, with a colon behind it',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'the file must hold one YAML document only',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'too deeply nested',
  TAB_AS_INDENT: 'indentation must be spaces, not tabs',
  TAG_RESOLVE_FAILED: 'tags are not supported here',
  UNEXPECTED_TOKEN: 'unexpected text',
};

type Reading = { readonly root: SourceNode } | { readonly problems: readonly YamlProblem[] };

/** The syntax tree's tokens; null as soon as the text goes too deep, which costs no more than what was read so far. */
function tokensOf(text: string, lines: LineCounter): readonly CST.Token[] | null {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // The document and the scalar under way stand on the stack too.
    if (parser.stack.length > depthMax + 2) return null;
  }
  tokens.push(...parser.end());
  return tokens;
}

/** Turns the package's nodes into ours, in the file's order, and gathers what we do not take. */
class TreeReader {
  readonly problems: YamlProblem[] = [];
  private readonly lines: LineCounter;
  /** The package's own way to follow an alias walks the whole document each time: a file of aliases would take minutes. */
  private readonly anchors = new Map<string, ParsedNode>();
  private readonly done = new Map<ParsedNode, SourceNode>();

  constructor(lines: LineCounter) {
    this.lines = lines;
  }

  at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  private refuse(offset: number, message: string): void {
    this.problems.push({ ...this.at(offset), message });
  }

  read(node: ParsedNode, depth: number): SourceNode {
    const at = this.at(node.range[0]);
    if (isAlias(node)) return this.follow(node.source, node.range[0], depth);
    if (node.tag !== undefined) this.refuse(node.range[0], meanings.TAG_RESOLVE_FAILED);
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    const known = this.done.get(node);
    if (known !== undefined) return known;
    const made = this.make(node, depth, at);
    this.done.set(node, made);
    return made;
  }

  private follow(name: string, offset: number, depth: number): SourceNode {
    const target = this.anchors.get(name);
    if (target === undefined) this.refuse(offset, meanings.BAD_ALIAS);
    // An alias inside the very node that it names would be followed for ever.
    else if (depth > depthMax) this.refuse(offset, 'the alias leads to itself');
    else return this.read(target, depth + 1);
    return { kind: 'scalar', at: this.at(offset), value: null };
  }

  private make(node: ParsedNode, depth: number, at: Position): SourceNode {
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, depth + 1));
      return { kind: 'list', at, items };
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.entries(node.items, depth) };
    return { kind: 'scalar', at, value: isScalar(node) ? node.value : null };
  }

  private entries(
    pairs: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    depth: number,
  ): ReadonlyMap<string, SourceEntry> {
    const entries = new Map<string, SourceEntry>();
    for (const { key, value } of pairs) {
      const offset = key.range[0];
      if (isScalar(key) && key.anchor !== undefined) this.anchors.set(key.anchor, key);
      const name = keyText(key);
      const first = name === null ? undefined : entries.get(name);
      if (name === null) this.refuse(offset, meanings.NON_STRING_KEY);
      else if (name === '__proto__') this.refuse(offset, 'this name cannot be a key');
      else if (first !== undefined)
        this.refuse(offset, `duplicate key; the first one is on line ${first.keyAt.line}`);
      else {
        const keyAt = this.at(offset);
        const empty: SourceNode = { kind: 'scalar', at: keyAt, value: null };
        entries.set(name, { keyAt, value: value === null ? empty : this.read(value, depth + 1) });
      }
    }
    return entries;
  }
}

/** A key as written: `007` stays `007`, though YAML would read it as a number. Null where it is no plain key. */
function keyText(key: ParsedNode): string | null {
  if (!isScalar(key) || key.value === null) return null;
  if (typeof key.value === 'string') return key.value;
  return key.source;
}

/**
 * Reads one YAML document (YAML 1.2, core schema). Duplicate keys, tags, several documents, keys that are not text and
 * whatever is too deep or too large once its aliases are followed come back as problems; nothing is thrown.
 */
export function readYaml(text: string): Reading {
  const lines = new LineCounter();
  const tokens = tokensOf(text, lines);
  if (tokens === null) return { problems: [{ line: 1, column: 1, message: meanings.RESOURCE_EXHAUSTION }] };
  // The package's own search for duplicate keys takes a time that grows with their square: ours does not.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) return { root: { kind: 'scalar', at: { line: 1, column: 1 }, value: null } };
  const reader = new TreeReader(lines);
  const complaints: YamlProblem[] = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    ...reader.at(pos[0]),
    message: meanings[code],
  }));
  if (second !== undefined)
    complaints.push({ ...reader.at(second.range[0]), message: meanings.MULTIPLE_DOCS });
  if (complaints.length > 0) return { problems: complaints };
  const contents = document.contents;
  const root: SourceNode =
    contents === null
      ? { kind: 'scalar', at: { line: 1, column: 1 }, value: null }
      : reader.read(contents, 0);
  return reader.problems.length > 0 ? { problems: reader.problems } : { root };
}
