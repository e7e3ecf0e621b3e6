// When `hookward serve` logs for people, and when in JSON.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runInProcess } from '../../support/cli.ts';
import { scratchDir, type ScratchDir } from '../../support/process.ts';

describe('the process log of serve', () => {
  let dir: ScratchDir;
  before(() => (dir = scratchDir()));
  after(() => dir.remove());

  /** Serves until it has begun, with `logging.pretty` as given; its log. */
  async function logged(args: readonly string[], on: { isScreen: boolean; configured: boolean }) {
    const config = {
      listen: { port: 0 },
      admin: { port: 0 },
      botHosts: { main: { url: 'http://127.0.0.1:9' } },
      log: { dir: join(dir.path, 'log'), ballastBytes: '1KiB', freeBytesMin: '1KiB' },
      logging: { pretty: on.configured },
    };
    writeFileSync(join(dir.path, 'webhooks.config.yaml'), JSON.stringify(config));
    const interrupted = Promise.resolve('SIGINT');
    const { code, stdout } = await runInProcess(['serve', ...args], {
      cwd: dir.path,
      isScreen: on.isScreen,
      interrupted,
    });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /listening/);
    return stdout.startsWith('{') ? 'json' : 'pretty';
  }

  const cases: readonly [
    args: readonly string[],
    isScreen: boolean,
    configured: boolean,
    expected: string,
  ][] = [
    [[], false, false, 'json'],
    [[], false, true, 'pretty'],
    [[], true, false, 'pretty'],
    [['--pretty'], false, false, 'pretty'],
    [['--no-pretty'], true, false, 'json'],
    [['--no-pretty'], false, true, 'json'],
    [['--json'], true, true, 'json'],
  ];
  for (const [args, isScreen, configured, expected] of cases) {
    const where = isScreen ? 'on a terminal' : 'into a file';
    const options = args.length === 0 ? 'no option' : args.join(' ');
    test(`is ${expected} ${where} with ${options}${configured ? ' and logging.pretty' : ''}`, async () => {
      assert.equal(await logged(args, { isScreen, configured }), expected);
    });
  }
});
