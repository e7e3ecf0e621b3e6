// What callers and bots send is shown as it is, and what would not be seen, or would change how the rest is read, is
// made visible. That this is no HTML is not decided here: JSX escapes every text.

/** Names in Unicode's block of control pictures, which begins at U+2400 in the order of the controls. */
const controlPictures = 0x2400;

/** Controls but for tab, line feed and carriage return; direction marks and overrides; characters without a width. */
const unseen =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(controlPictures + code);
  if (code === 0x7f) return '\u2421';
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
}

/** `text` with every character seen: controls as their pictures, invisible ones as their code points. */
export function visible(text: string): string {
  return text.replace(unseen, picture);
}

/** The first `lengthMax` characters, with an ellipsis where there are more. */
export function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}\u2026`;
}
