import type { Child } from 'hono/jsx';
import { Hono } from 'hono';
import { Block } from '../components/content.tsx';
import { FactTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';
import { respondPage } from '../respond.tsx';
import { bytesText, countText } from '../words.ts';

function rowsOf(parts: ConsoleParts): readonly (readonly [string, Child])[] {
  const { version, startedAt, log } = parts.status();
  const { ready, reasons } = parts.readiness();
  return [
    ['Version', version],
    ['Started', <Time iso={startedAt} />],
    ['Ready', ready ? 'yes' : `no: ${reasons.join('; ')}`],
    ['Log', log.mode === 'ok' ? 'ok' : `${log.mode}: ${log.reason}`],
    [
      'Webhooks',
      Object.entries(log.counts)
        .map(([state, count]) => `${countText(count)} ${state}`)
        .join(', '),
    ],
    [
      'Pending by route',
      Object.entries(log.pendingByRoute)
        .filter(([, count]) => count > 0)
        .map(([route, count]) => `${route}: ${countText(count)}`)
        .join(', ') || 'none',
    ],
    ['In flight', countText(log.inFlight)],
    ['Next due', log.earliestDueAt === null ? 'nothing' : <Time iso={log.earliestDueAt} />],
    ['Records', bytesText(log.recordBytes)],
    ['On disk', bytesText(log.diskBytes)],
    ['Free on the disk', bytesText(log.diskFreeBytes)],
    ['Unreadable records', countText(log.unreadableRecords)],
    ['Gaps at the start', countText(log.sequenceGaps)],
  ];
}

/** How the process and its log are, and the configuration in force, without its secrets. */
export function systemRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  router.get('/system', (context) =>
    respondPage(
      context,
      { title: 'System', section: '/system' },
      <>
        <h1>System</h1>
        <Panel id="process" title="Process and log">
          <FactTable rows={rowsOf(parts)} />
        </Panel>
        <Panel id="config" title="Configuration in force" aside="secrets are hidden">
          <div class="inner">
            <Block text={JSON.stringify(parts.config(), null, 2)} label="Configuration as JSON" />
          </div>
        </Panel>
      </>,
    ),
  );
  return router;
}
