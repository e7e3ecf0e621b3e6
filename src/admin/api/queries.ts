// What callers of the admin API may send, checked before a handler sees it.
import { z } from '@hono/zod-openapi';
import { boundedKey } from '../../core/boundedKey.ts';
import { HookwardError } from '../../core/errors.ts';
import { deadReasons, webhookStates } from '../../core/state.ts';
import type { WebhookFilter } from '../../log/index.ts';

/** An ISO 8601 instant, or milliseconds since the epoch. */
const instant = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z
    .string()
    .regex(/^\d{10,15}$/)
    .transform(Number),
]);

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(512).optional(),
});

export const listQuery = pageQuery.extend({
  state: z.enum(webhookStates).optional(),
  dead: z.enum(deadReasons).optional(),
  route: z.string().max(64).optional(),
  since: instant.optional(),
  until: instant.optional(),
  bot: z.string().max(256).optional(),
  user: z.string().max(256).optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  id: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/)
    .optional()
    .openapi({ description: "The beginning of the webhook's id." }),
  event: z
    .string()
    .max(512)
    .optional()
    .openapi({ description: "The sender's own id of the event or payment, whole." }),
  text: z.string().min(1).max(256).optional().openapi({
    description:
      'Characters that the body holds, to the letter. Bodies are read one by one: give since and until with it, and follow the cursor.',
  }),
});

/** The filter that a list query asks for. */
export function filterOf(query: z.infer<typeof listQuery>): WebhookFilter {
  const { state, dead, route, since, until, bot, user, status, id, event, text } = query;
  return {
    ...(state !== undefined && { state }),
    ...(dead !== undefined && { deadReason: dead }),
    ...(route !== undefined && { route }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(bot !== undefined && { bot }),
    ...(user !== undefined && { user }),
    ...(status !== undefined && { status }),
    ...(id !== undefined && { idPrefix: id }),
    ...(event !== undefined && { eventId: boundedKey(event) }),
    ...(text !== undefined && { text }),
  };
}

/**
 * The list call that text fields ask for, as the query string of `GET /api/webhooks` would.
 *
 * @throws HookwardError `usage-wrong`
 */
export function listQueryOf(fields: Readonly<Record<string, string>>) {
  const parsed = listQuery.safeParse(fields);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new HookwardError('usage-wrong', { message: issues.join('; ') });
  }
  const { limit, cursor } = parsed.data;
  return { filter: filterOf(parsed.data), limit, cursor: cursor ?? null };
}

const reason = z.string().trim().min(1).max(500).openapi({ description: 'Why; stands in the audit log.' });

/** One call changes at most this many webhooks, so that no call holds the log for long. */
export const idsMax = 500;

export const operateBody = z.strictObject({ ids: z.array(z.string().max(64)).min(1).max(idsMax), reason });

export const accessBody = z.strictObject({
  kind: z.enum(['whitelist', 'ban']),
  address: z.string().min(1).max(64),
  reason,
  until: z.iso
    .datetime({ offset: true })
    .nullable()
    .default(null)
    .openapi({ description: 'When it ends; null: until it is lifted.' }),
});

export const accessRemoval = z.strictObject({
  kind: z.enum(['whitelist', 'ban']),
  address: z.string().min(1).max(64),
  reason,
});

export const linkBody = z.strictObject({
  route: z.string().max(64),
  scheme: z.enum(['hookward', 'bots-business']),
  bot: z.string().min(1).max(256),
  command: z.string().min(1).max(1024),
  user_id: z.union([z.string().max(256), z.number().int()]).optional(),
  content: z.string().max(4096).optional(),
  redirect_to: z.string().max(2048).optional(),
  expires: z.iso.datetime({ offset: true }).optional(),
});

export type LinkBody = z.infer<typeof linkBody>;

/** A link to be made, and why. */
export const linkOrder = linkBody.extend({ reason });

export const linkToCheck = z.strictObject({
  url: z.string().min(1).max(8192).openapi({ description: 'Whole, or from its path on.' }),
});

type FilterName = Exclude<keyof typeof listQuery.shape, keyof typeof pageQuery.shape>;

/** The filters of a list, without what is about its pages. */
const filterNames = Object.keys(listQuery.shape).filter(
  (name): name is FilterName => !(name in pageQuery.shape),
);

const filterFields = z.partialRecord(z.enum(filterNames), z.string().max(1024)).openapi({
  description: 'Filters as in the query of `GET /api/webhooks`, each as text; none: all webhooks.',
});

/** What is replayed of ids alone in one job: as many as a body holds. */
const jobIdsMax = 5_000;

export const previewBody = z.strictObject({ filter: filterFields });

export const jobBody = z
  .strictObject({
    filter: filterFields.optional(),
    ids: z.array(z.string().max(64)).min(1).max(jobIdsMax).optional(),
    reason,
    ratePerSecond: z.number().int().min(1).max(100_000).nullable().default(null).openapi({
      description: 'Webhooks a second; null: as fast as the log takes them.',
    }),
  })
  .refine(({ filter, ids }) => (filter === undefined) !== (ids === undefined), {
    message: 'Choose by filter or by ids: one of the two.',
  });

export const stopBody = z.strictObject({ reason });
