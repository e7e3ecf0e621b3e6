// `replay` and `cancel`: choose webhooks by id or by filter, say how many, ask, act in small paced steps, stop cleanly.
import { SingleBar, Presets } from 'cli-progress';
import type { CommandModule } from 'yargs';
import { HookwardError } from '../../core/errors.ts';
import { fieldsOf, filterOptions, type FilterArguments } from '../client/filters.ts';
import { openTarget } from '../client/open.ts';
import type { ListFields, Target } from '../client/target.ts';
import type { CliContext, CommonArguments } from '../context.ts';

type Action = 'replay' | 'cancel';

type OperateArguments = CommonArguments &
  FilterArguments & {
    readonly ids?: string[] | undefined;
    readonly reason?: string | undefined;
    readonly yes: boolean;
    readonly rate?: number | undefined;
  };

/** Webhooks per call: small enough that Ctrl-C is obeyed at once and no call holds the log for long. */
const stepMax = 100;

/** Only these states can be acted on; the filter asks for no others. */
const statesFor: Readonly<Record<Action, readonly string[]>> = {
  replay: ['delivered', 'dead', 'cancelled'],
  cancel: ['pending'],
};

/** Ids of all webhooks that match, page by page; ids only, so that a hundred thousand fit in a few megabytes. */
async function matchingIds(
  target: Target,
  fields: ListFields,
  action: Action,
  stopped: () => boolean,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Target['list']>> = await target.list({
      ...fields,
      limit: '500',
      ...(cursor !== null && { cursor }),
    });
    for (const item of page.items) if (statesFor[action].includes(item.state)) ids.push(item.id);
    cursor = page.cursor;
  } while (cursor !== null && !stopped());
  return ids;
}

interface Tally {
  done: number;
  conflict: number;
  missing: number;
}

interface Run {
  readonly target: Target;
  readonly action: Action;
  readonly ids: readonly string[];
  readonly reason: string;
  /** Webhooks per second; null: as fast as it goes. */
  readonly rate: number | null;
  readonly stopped: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
  readonly onStep: (count: number) => void;
}

/** Acts on the ids in steps, no faster than `rate`; ends early when stopped. */
async function runInSteps(run: Run): Promise<Tally> {
  const tally: Tally = { done: 0, conflict: 0, missing: 0 };
  const step = run.rate === null ? stepMax : Math.max(1, Math.min(stepMax, Math.floor(run.rate)));
  for (let at = 0; at < run.ids.length && !run.stopped(); at += step) {
    const ids = run.ids.slice(at, at + step);
    const results = await run.target[run.action](ids, run.reason);
    for (const { result } of results) {
      if (result === 'done') tally.done += 1;
      else if (result === 'conflict') tally.conflict += 1;
      else tally.missing += 1;
    }
    run.onStep(ids.length);
    if (run.rate !== null && at + step < run.ids.length) await run.wait((ids.length / run.rate) * 1000);
  }
  return tally;
}

const doneWord: Readonly<Record<Action, string>> = { replay: 'replayed', cancel: 'cancelled' };

async function confirm(context: CliContext, action: Action, count: number, target: Target): Promise<boolean> {
  const answer = await context.terminal.ask(
    `${action} ${String(count)} webhook(s) of ${target.name}? [y/N] `,
  );
  if (answer === null) {
    throw new HookwardError('usage-wrong', {
      message: `Nobody can be asked whether to ${action} ${String(count)} webhook(s): add --yes.`,
    });
  }
  return /^y(es)?$/i.test(answer.trim());
}

function progressBar(context: CliContext, json: boolean, total: number) {
  if (!context.terminal.interactive || json || total <= stepMax) return null;
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} {percentage}% ETA {eta}s', stream: process.stderr },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return bar;
}

function waiter(signal: Promise<string>) {
  return (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      void signal.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
}

async function operate(context: CliContext, action: Action, given: OperateArguments): Promise<void> {
  const fields = fieldsOf(given, context.now());
  const named = given.ids ?? [];
  if (named.length === 0 && Object.keys(fields).length === 0) {
    throw new HookwardError('usage-wrong', {
      message: `Name ids, or choose with filters (see hookward ${action} --help).`,
    });
  }
  if (given.rate !== undefined && !(given.rate > 0)) {
    throw new HookwardError('usage-wrong', { message: '--rate takes webhooks per second, more than 0.' });
  }
  let stop = false;
  void context.stopSignal.then(() => (stop = true));
  const stopped = () => stop;
  const target = await openTarget(context, given);
  try {
    const ids = named.length > 0 ? named : await matchingIds(target, fields, action, stopped);
    context.terminal.note(`${String(ids.length)} webhook(s) of ${target.name} to ${action}`);
    if (stopped()) throw new HookwardError('interrupted', { message: 'Stopped; nothing was changed.' });
    if (ids.length === 0) return;
    if (!given.yes && !(await confirm(context, action, ids.length, target))) {
      context.terminal.note('Nothing changed.');
      return;
    }
    const bar = progressBar(context, given.json, ids.length);
    const tally = await runInSteps({
      target,
      action,
      ids,
      reason: given.reason ?? `hookward ${action}`,
      rate: given.rate ?? null,
      stopped,
      wait: waiter(context.stopSignal),
      onStep: (count) => bar?.increment(count),
    });
    bar?.stop();
    report(context, action, { ...tally, chosen: ids.length, json: given.json, stopped: stopped() });
  } finally {
    await target.close();
  }
}

function report(
  context: CliContext,
  action: Action,
  result: Tally & { readonly chosen: number; readonly json: boolean; readonly stopped: boolean },
): void {
  const { done, conflict, missing, chosen } = result;
  if (result.json)
    context.terminal.print(
      JSON.stringify({ action, chosen, done, conflict, missing, stopped: result.stopped }),
    );
  else context.terminal.print(`${doneWord[action]} ${String(done)} of ${String(chosen)}`);
  if (conflict > 0)
    context.terminal.note(`${String(conflict)} left as they are: their state does not allow it`);
  if (missing > 0) context.terminal.note(`${String(missing)} not found`);
  if (result.stopped)
    throw new HookwardError('interrupted', { message: `Stopped; ${String(done)} were ${doneWord[action]}.` });
  if (chosen === 1 && missing === 1)
    throw new HookwardError('webhook-not-found', { message: 'No webhook has this id.' });
  if (chosen === 1 && conflict === 1) {
    throw new HookwardError('state-conflict', {
      message:
        action === 'replay'
          ? 'It is still pending: only finished ones are replayed.'
          : 'It is not pending any more.',
    });
  }
}

function operateCommand(
  context: CliContext,
  action: Action,
  describe: string,
): CommandModule<CommonArguments, OperateArguments> {
  return {
    command: `${action} [ids..]`,
    describe,
    builder: (yargs) =>
      filterOptions(yargs)
        .positional('ids', { type: 'string', array: true, describe: 'Ids of webhooks' })
        .option('reason', { string: true, describe: 'Why; stands in the audit log' })
        .option('rate', { number: true, describe: 'Webhooks per second' })
        .option('yes', { boolean: true, default: false, alias: 'y', describe: 'Do not ask' }),
    handler: (given) => operate(context, action, given),
  };
}

/** `hookward replay`: deliver webhooks again. */
export const replayCommand = (context: CliContext) =>
  operateCommand(context, 'replay', 'Deliver webhooks again, by id or by filter');

/** `hookward cancel`: call pending webhooks off. */
export const cancelCommand = (context: CliContext) =>
  operateCommand(context, 'cancel', 'Call pending webhooks off, by id or by filter');
