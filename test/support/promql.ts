// Reads PromQL with Prometheus's own grammar and follows labels through a query, so that a name that nothing exports, or
// two sides that can never match, are found by a test and not by an empty panel.
import { parser } from '@prometheus-io/lezer-promql';
import type { Inventory } from './promqlInventory.ts';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Labels that a vector has; null: a number, which has none and fits everything. */
type Labels = ReadonlySet<string> | null;

/** What a query is found to be. */
export interface Finding {
  /** What is wrong, for the one who wrote it; empty: nothing. */
  readonly problems: readonly string[];
  /** Labels of its result. */
  readonly labels: ReadonlySet<string>;
  /** Every series name that it asks for. */
  readonly metrics: ReadonlySet<string>;
}

/** Checks one query against what can be scraped. */
export function checkQuery(query: string, inventory: Inventory): Finding {
  const tree = parser.parse(query);
  const problems: string[] = [];
  tree.cursor().iterate(({ type, from }) => {
    if (type.isError) problems.push(`does not parse at character ${from}: ${query.slice(from, from + 20)}`);
  });
  if (problems.length > 0) return { problems, labels: new Set(), metrics: new Set() };
  const reader = new LabelReader(query, inventory);
  const root = tree.topNode.firstChild;
  const labels = root === null ? null : reader.read(root);
  if (root === null) reader.problems.push('is empty');
  return { problems: reader.problems, labels: labels ?? new Set(), metrics: reader.metrics };
}

const union = (...sets: readonly Labels[]): Labels =>
  sets.every((set) => set === null) ? null : new Set(sets.flatMap((set) => [...(set ?? [])]));
const without = (set: Labels, gone: Iterable<string>): ReadonlySet<string> => {
  const left = new Set(set);
  for (const label of gone) left.delete(label);
  return left;
};
const listed = (labels: Iterable<string>) => [...labels].sort().join(', ');

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** Follows labels from the selectors outwards and notes what cannot be. */
class LabelReader {
  readonly problems: string[] = [];
  readonly metrics = new Set<string>();
  readonly #query: string;
  readonly #inventory: Inventory;

  constructor(query: string, inventory: Inventory) {
    this.#query = query;
    this.#inventory = inventory;
  }

  read(node: Node): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return this.#selector(node);
      case 'AggregateExpr':
        return this.#aggregate(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'BinaryExpr':
        return this.#binary(node);
      default:
        return union(...children(node).map((child) => this.read(child)));
    }
  }

  #text(node: Node): string {
    return this.#query.slice(node.from, node.to);
  }

  #selector(node: Node): Labels {
    const [name] = children(node);
    const metric = name?.name === 'Identifier' ? this.#text(name) : '';
    this.metrics.add(metric);
    const known = this.#inventory.get(metric);
    if (known === undefined) {
      this.problems.push(`names ${metric === '' ? 'no metric' : metric}, which nothing exports`);
      return new Set();
    }
    for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
      const [label, operator, value] = children(matcher).map((part) => this.#text(part)) as [
        string,
        string,
        string,
      ];
      const allowed = known.get(label);
      if (allowed === undefined) this.problems.push(`${metric} has no label ${label}`);
      else if (allowed !== null)
        this.#values(`${metric}{${label}}`, allowed, { operator, text: value.slice(1, -1) });
    }
    return new Set(known.keys());
  }

  /** Fixed values must be such as the label has; a dashboard's variables stand for any. */
  #values(where: string, allowed: ReadonlySet<string>, matcher: { operator: string; text: string }): void {
    const { operator, text } = matcher;
    if (text.includes('$')) return;
    const values = operator.endsWith('~') ? text.split('|') : [text];
    for (const value of values) {
      const fits = operator.endsWith('~') ? new RegExp(`^(?:${value})$`) : null;
      if (![...allowed].some((one) => (fits === null ? one === value : fits.test(one))))
        this.problems.push(`${where} is never ${value}; it is one of ${listed(allowed)}`);
    }
  }

  #aggregate(node: Node): Labels {
    const body = node.getChild('FunctionCallBody');
    const inner = body === null ? null : this.read(body);
    const modifier = node.getChild('AggregateModifier');
    if (modifier === null) {
      const keeps = /^(topk|bottomk)/.test(this.#text(node));
      return keeps ? inner : new Set();
    }
    const labels = this.#grouping(modifier);
    this.#within(labels, inner, this.#text(modifier));
    return modifier.getChild('Without') === null ? new Set(labels) : without(inner, labels);
  }

  #grouping(node: Node, at = 0): string[] {
    const list = node.getChildren('GroupingLabels')[at];
    return list === undefined ? [] : list.getChildren('LabelName').map((label) => this.#text(label));
  }

  #within(labels: readonly string[], inner: Labels, what: string): void {
    for (const label of labels) {
      if (inner?.has(label) !== true) this.problems.push(`${what}: there is no label ${label} here`);
    }
  }

  #call(node: Node): Labels {
    const name = this.#text(node.getChild('FunctionIdentifier') as Node);
    const body = node.getChild('FunctionCallBody');
    const inner = body === null ? null : this.read(body);
    switch (name) {
      case 'histogram_quantile':
        if (inner?.has('le') !== true) this.problems.push('histogram_quantile needs the label le');
        return without(inner, ['le']);
      case 'absent':
      case 'vector':
        return new Set();
      case 'scalar':
      case 'time':
        return null;
      case 'label_replace':
      case 'label_join':
        this.problems.push(`${name} makes labels that cannot be followed here`);
        return inner;
      default:
        return inner;
    }
  }

  #binary(node: Node): Labels {
    const parts = children(node);
    const left = this.read(parts[0] as Node);
    const right = this.read(parts.at(-1) as Node);
    if (left === null || right === null) return left ?? right;
    const operator = parts[1]?.name;
    const clause = node.getChild('MatchingModifierClause');
    if (operator === 'Or') return union(left, right);
    const isSet = operator === 'And' || operator === 'Unless';
    if (clause === null || clause.getChild('On') === null) {
      const ignored = clause === null ? [] : this.#grouping(clause);
      const both = [without(left, ignored), without(right, ignored)].map(listed);
      if (both[0] !== both[1])
        this.problems.push(`${both[0] ?? ''} can never match ${both[1] ?? ''}: ${this.#text(node)}`);
      return isSet ? left : without(left, ignored);
    }
    const on = this.#grouping(clause);
    for (const side of [left, right]) this.#within(on, side, this.#text(clause));
    if (isSet) return left;
    const extras = this.#grouping(clause, 1);
    const isLeftMany = clause.getChild('GroupLeft') !== null;
    if (!isLeftMany && clause.getChild('GroupRight') === null) return new Set(on);
    this.#within(extras, isLeftMany ? right : left, this.#text(clause));
    return union(isLeftMany ? left : right, new Set(extras));
  }
}
