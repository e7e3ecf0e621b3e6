import type { CommandModule } from 'yargs';
import type { SummaryView } from '../../admin/index.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { fieldsOf, filterOptions, type FilterArguments } from '../client/filters.ts';
import { openTarget } from '../client/open.ts';
import { table } from '../terminal/table.ts';

type ListArguments = CommonArguments & FilterArguments & { readonly limit: number };

const columns = [
  { title: 'ID' },
  { title: 'RECEIVED' },
  { title: 'STATE', widthMax: 20 },
  { title: 'ROUTE', widthMax: 24 },
  { title: 'TRIES' },
  { title: 'LAST', widthMax: 22 },
  { title: 'BOT', widthMax: 16 },
  { title: 'USER', widthMax: 16 },
  { title: 'REQUEST', widthMax: 60 },
];

function row(item: SummaryView): string[] {
  return [
    item.id,
    item.receivedAt,
    item.reason === undefined ? item.state : `${item.state} (${item.reason})`,
    item.route,
    String(item.attempts),
    item.lastFailure ?? (item.lastStatus === null ? '-' : String(item.lastStatus)),
    item.bot ?? '-',
    item.user ?? '-',
    `${item.method} ${item.target}`,
  ];
}

/** `hookward list`: webhooks by filter, newest first. */
export function listCommand(context: CliContext): CommandModule<CommonArguments, ListArguments> {
  return {
    command: 'list',
    describe: 'List webhooks, newest first',
    builder: (yargs) =>
      filterOptions(yargs).option('limit', { number: true, default: 50, describe: 'At most so many' }),
    handler: async (given) => {
      const fields = fieldsOf(given, context.now());
      const target = await openTarget(context, given);
      try {
        const items = await firstMatches(target, fields, given.limit);
        if (given.json) for (const item of items) context.terminal.print(JSON.stringify(item));
        else if (items.length > 0) context.terminal.print(table(columns, items.map(row)));
        context.terminal.note(`${String(items.length)} webhook(s) from ${target.name}`);
      } finally {
        await target.close();
      }
    },
  };
}

type Lister = Pick<Awaited<ReturnType<typeof openTarget>>, 'list'>;

/** The newest `limit` webhooks that match, over as many pages as that takes. */
async function firstMatches(target: Lister, fields: Readonly<Record<string, string>>, limit: number) {
  const items: SummaryView[] = [];
  let cursor: string | null = null;
  do {
    const pageSize = String(Math.min(limit - items.length, 500));
    const page: Awaited<ReturnType<Lister['list']>> = await target.list({
      ...fields,
      limit: pageSize,
      ...(cursor !== null && { cursor }),
    });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && items.length < limit);
  return items;
}
