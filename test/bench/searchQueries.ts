// What is asked of a full log, and what the answer must hold for the time to count.
import type { SummaryView } from '../../src/admin/index.ts';
import { routes, type Filled, type Known } from './searchLog.ts';

/** A page of the list, or the status. */
interface Answer {
  readonly items: readonly SummaryView[];
  readonly cursor: string | null;
}

/** One query of the bench. */
export interface Query {
  readonly name: string;
  /** What the median must keep within, in milliseconds (issue 4). */
  readonly targetMs: number;
  /** Path and query for a round; other values each time, so that no answer is at hand already. */
  readonly path: (round: number) => string;
  /** What is wrong with the answer; null: nothing. */
  readonly check: (answer: Answer, round: number) => string | null;
}

const pageSize = 50;
const hourMs = 3_600_000;

/** Found by an index, whatever the size of the log. */
const indexedMs = 100;
/** Looked for one by one: what was found so far, and a way to go on. */
const lookedForMs = 200;

const every = (answer: Answer, holds: (item: SummaryView) => boolean) =>
  answer.items.every(holds) ? null : 'something that does not match';

/** A list by fields that an index knows: the page is full, or there are no more. */
function indexed(name: string, fields: Readonly<Record<string, string>>): Query {
  return {
    name,
    targetMs: indexedMs,
    path: () => `/api/webhooks?${new URLSearchParams(fields).toString()}`,
    check(answer) {
      if (answer.items.length < pageSize && answer.cursor !== null) return 'a page that is not full';
      const { state, route } = fields;
      return every(
        answer,
        (item) => (state ?? item.state) === item.state && (route ?? item.route) === item.route,
      );
    },
  };
}

/** A list by fields that no index knows. */
function lookedFor(
  name: string,
  fieldsOf: (round: number) => Readonly<Record<string, string>>,
  holds: (item: SummaryView, round: number) => boolean,
): Query {
  return {
    name,
    targetMs: lookedForMs,
    path: (round) => `/api/webhooks?${new URLSearchParams(fieldsOf(round)).toString()}`,
    check(answer, round) {
      if (answer.items.length === 0 && answer.cursor === null) return 'nothing, and no way to go on';
      return every(answer, (item) => holds(item, round));
    },
  };
}

/** A search for one known webhook. */
function forOne(
  name: string,
  known: readonly Known[],
  fieldsOf: (one: Known) => Readonly<Record<string, string>>,
): Query {
  const oneOf = (round: number) => known[(round * 7919) % known.length] as Known;
  return {
    name,
    targetMs: indexedMs,
    path: (round) => `/api/webhooks?${new URLSearchParams(fieldsOf(oneOf(round))).toString()}`,
    check: ({ items }, round) =>
      items.some(({ id }) => id === oneOf(round).id) ? null : 'the webhook has not been found',
  };
}

const busiest = routes[0]?.name ?? '';
const rarest = routes.at(-1)?.name ?? '';

/** All queries. */
export function queriesOf({ known }: Filled): readonly Query[] {
  const withEvent = known.filter(({ eventId }) => eventId !== null);
  const some = (round: number) => known[(round * 7919) % known.length] as Known;
  return [
    indexed('newest', {}),
    ...['pending', 'delivered', 'dead', 'cancelled'].map((state) => indexed(`state ${state}`, { state })),
    indexed('dead: refused', { dead: 'refused' }),
    indexed('the busiest route', { route: busiest }),
    indexed('a rare route', { route: rarest }),
    ...['pending', 'delivered', 'dead', 'cancelled'].flatMap((state) => [
      indexed(`state ${state}, the busiest route`, { state, route: busiest }),
      indexed(`state ${state}, a rare route`, { state, route: rarest }),
    ]),
    forOne('event id', withEvent, ({ eventId }) => ({ event: eventId ?? '' })),
    forOne('id', known, ({ id }) => ({ id })),
    forOne('beginning of an id', known, ({ id }) => ({ id: id.slice(0, 16) })),
    lookedFor(
      'user',
      (round) => ({ user: some(round).user }),
      ({ user }, round) => user === some(round).user,
    ),
    lookedFor(
      'bot',
      (round) => ({ bot: String(round % 40) }),
      ({ bot }, round) => bot === String(round % 40),
    ),
    lookedFor(
      'status 503',
      () => ({ status: '503' }),
      ({ lastStatus }) => lastStatus === 503,
    ),
    lookedFor(
      'status 404 (none)',
      () => ({ status: '404' }),
      () => false,
    ),
    lookedFor(
      'text in an hour',
      (round) => {
        const { receivedAt, text } = some(round);
        const [since, until] = [receivedAt - hourMs / 2, receivedAt + hourMs / 2];
        return { text, since: String(since), until: String(until) };
      },
      ({ id }, round) => id === some(round).id,
    ),
    lookedFor(
      'text anywhere',
      (round) => ({ text: some(round).text }),
      ({ id }, round) => id === some(round).id,
    ),
    { name: 'status', targetMs: indexedMs, path: () => '/api/status', check: () => null },
  ];
}
