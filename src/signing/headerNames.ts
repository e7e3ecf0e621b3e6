// How the options name headers, and which of them matter most to a bot.

/** Titles kept; beyond it (a caller that makes names up) they are worked out anew. 1,024 short strings are some 100 KB. */
const titlesMax = 1024;
const titledLengthMax = 64;

function titleCase(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/**
 * Makes a function that gives a header's name in Title-Case (`x-github-event` becomes `X-Github-Event`): one spelling
 * whatever the sender's, and the one that Bots.Business commands know. It remembers a bounded number of names, since a
 * lookup costs a tenth of the work.
 */
export function headerTitles(): (name: string) => string {
  const titles = new Map<string, string>();
  return (name) => {
    const known = titles.get(name);
    if (known !== undefined) return known;
    const title = titleCase(name);
    if (titles.size < titlesMax && name.length <= titledLengthMax) titles.set(name, title);
    return title;
  };
}

/** Without these a bot can neither read the body nor tell who called. */
const essential = new Set(['Content-Type', 'User-Agent']);

/** Names that carry a sender's proof or its event's identity, such as X-Hub-Signature-256, Hmac, X-Github-Delivery. */
const proof =
  /sign|hmac|hash|digest|token|secret|auth|timestamp|webhook|event|delivery|topic|idempotency|(?:^|-)id$/i;

/** What ordinary clients send; anything else is unknown here and goes first. */
const ordinary = new Set([
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Content-Encoding',
  'Content-Length',
  'Date',
  'Host',
  'Origin',
  'Referer',
]);

/** How much a header (in Title-Case) matters to a bot: 3 is left out last, 0 first. */
export function headerImportance(title: string): 0 | 1 | 2 | 3 {
  if (essential.has(title)) return 3;
  if (proof.test(title)) return 2;
  return ordinary.has(title) ? 1 : 0;
}
