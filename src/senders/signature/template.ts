// What the `hmac` preset is told to be signed: text with places that a call fills.
import type { SenderCall } from '../contract.ts';

const placeNames = ['body', 'timestamp', 'url', 'method', 'target'] as const;

type PlaceName = (typeof placeNames)[number];

/** Text and places, in order. */
export type Template = readonly (string | { readonly place: PlaceName })[];

/** A template, or what is wrong with the text, in words for the operator who wrote it. */
export type ParsedTemplate =
  { readonly ok: true; readonly template: Template } | { readonly ok: false; readonly problem: string };

const isPlaceName = (name: string): name is PlaceName => (placeNames as readonly string[]).includes(name);

/** Takes a template such as `{timestamp}.{body}` apart. */
export function parseTemplate(text: string): ParsedTemplate {
  const template: (string | { readonly place: PlaceName })[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    const name = piece.slice(1, -1);
    if (piece.startsWith('{') && piece.endsWith('}') && isPlaceName(name)) template.push({ place: name });
    else if (/[{}]/.test(piece))
      return { ok: false, problem: `holds braces that are none of {${placeNames.join('}, {')}}` };
    else if (piece !== '') template.push(piece);
  }
  const bodies = template.filter((part) => typeof part !== 'string' && part.place === 'body');
  if (bodies.length === 1) return { ok: true, template };
  return { ok: false, problem: 'must hold {body} once: what is not signed can be changed unnoticed' };
}

/** Whether the template has the place. */
export function hasPlace(template: Template, name: PlaceName): boolean {
  return template.some((part) => typeof part !== 'string' && part.place === name);
}

/** The bytes that are signed, in pieces; what came in headers or target as it stood on the wire. */
export function signedParts(
  template: Template,
  { body, url, method, target }: SenderCall,
  timestamp: string,
): readonly Uint8Array[] {
  const filling: Readonly<Record<PlaceName, string | Uint8Array>> = { body, timestamp, url, method, target };
  return template.map((part) => {
    if (typeof part === 'string') return Buffer.from(part, 'utf8');
    const filled = filling[part.place];
    return typeof filled === 'string' ? Buffer.from(filled, 'latin1') : filled;
  });
}
