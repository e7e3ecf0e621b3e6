/** A scheme, two slashes and a host at once: `https:evil.example` and `https:///evil.example` are absolute to a browser too. */
const absolutePattern = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i;

/** What a URL parser drops or turns in silence, so that the eye and the browser read different addresses. */
const treacherous = /[\x00-\x20\x7f\\]/;

/**
 * The canonical, all-ASCII form of an address that a browser may be sent to: an absolute http or https URL without
 * credentials, control characters, white space or backslashes. Null where `text` is anything else.
 */
export function safeRedirect(text: string): string | null {
  if (treacherous.test(text) || !absolutePattern.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const safe = (url.protocol === 'https:' || url.protocol === 'http:') && url.username + url.password === '';
  return safe ? url.href : null;
}
