import type { PathStep } from '../problems.ts';
import type { Position, SourceNode } from './yaml.ts';

/**
 * Where `steps` stands in the file. `key`: the key itself, for what should not be there; `value`: the value. Where the
 * file does not go that far (a key is missing), the nearest thing that it does have. A list may stand for the map that it
 * is short for: then the map's key is passed over.
 */
export function locate(root: SourceNode, steps: readonly PathStep[], what: 'key' | 'value'): Position {
  let node = root;
  let at = root.at;
  for (const step of steps) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(step));
      if (entry === undefined) return at;
      node = entry.value;
      at = what === 'key' || isEmpty(node) || node.kind !== 'scalar' ? entry.keyAt : node.at;
    } else if (node.kind === 'list') {
      if (typeof step === 'string') continue;
      const item = node.items[step];
      if (item === undefined) return at;
      node = item;
      at = item.at;
    } else return at;
  }
  return at;
}

/** Nothing stands behind the colon: the key is the better place to show. */
function isEmpty(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
