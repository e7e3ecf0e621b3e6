// What PHP makes of a form before a sender signs it.

/** PHP's `serialize()` of an array of strings under names that are no numbers; lengths count bytes. */
export function serializedByPhp(
  fields: readonly { readonly name: string; readonly value: string }[],
): string {
  const text = (value: string) => `s:${Buffer.byteLength(value, 'utf8')}:"${value}";`;
  return `a:${fields.length}:{${fields.map(({ name, value }) => text(name) + text(value)).join('')}}`;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#039;': "'",
};

/** PHP's `html_entity_decode()` of what its `htmlspecialchars()` escapes; every other entity stays. */
export function decodedEntities(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#039);/g, (entity) => entities[entity] ?? entity);
}
