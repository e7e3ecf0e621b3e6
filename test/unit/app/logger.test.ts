import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from '../../../src/app/logger.ts';

function logging(secrets: readonly string[], pretty = false) {
  const lines: string[] = [];
  const log = createLogger({
    level: 'info',
    pretty,
    secrets,
    sink: { write: (line) => void lines.push(line) },
  });
  return { ...log, lines };
}

describe('the process log', () => {
  test('writes one JSON object a line, with time, level and the causes of an error', () => {
    const { logger, lines } = logging([]);
    logger.error({ event: 'x', error: new Error('outer', { cause: new Error('inner') }) }, 'it failed');
    const line = JSON.parse(lines[0] ?? '') as {
      level: string;
      time: string;
      error: { cause: { message: string } };
    };
    assert.equal(line.level, 'error');
    assert.match(line.time, /^\d{4}-\d{2}-\d{2}T/);
    assert.equal(line.error.cause.message, 'inner');
  });

  for (const pretty of [false, true]) {
    test(`never writes a secret, in any spelling, ${pretty ? 'for people' : 'as JSON'}`, () => {
      const secret = 'p/ss "word" 1';
      const { logger, lines } = logging([secret], pretty);
      logger.info(
        { url: `http://h/?t=${encodeURIComponent(secret)}`, nested: { secret } },
        `token ${secret}`,
      );
      const text = lines.join('');
      assert.ok(text.includes('***'), text);
      assert.ok(!text.includes('ss%20') && !text.includes('word'), text);
    });
  }

  test('shows people no character that could steer their terminal', () => {
    const { logger, lines } = logging([], true);
    const error = new Error('\u001b]0;title\u0007 \u009b31m \u202eevil');
    logger.error({ event: 'x', error, quoted: '\u001b[2J' }, 'first\r\u001b[1Asecond');
    const text = lines.join('');
    assert.ok(text.includes('title') && text.includes('second'), text);
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('strikes a secret out of several lines for people too', () => {
    const { logger, lines } = logging(['first-line\nsecond-line'], true);
    logger.error({ error: new Error('it was first-line\nsecond-line') }, 'first-line\nsecond-line');
    assert.ok(!/first-line|second-line/.test(lines.join('')), lines.join(''));
  });

  test('hides the secrets of a reload too, and still the old ones', () => {
    const { logger, lines, hide } = logging(['old-secret-1']);
    hide(['new-secret-2']);
    logger.info('old-secret-1 new-secret-2');
    assert.ok(!/secret-\d/.test(lines.join('')), lines.join(''));
  });

  test('strikes out a secret that holds another as a whole, whichever was told first', () => {
    const whole = '/v1/bots/7/new-webhook?token=0123456789abcdef';
    const { logger, lines, hide } = logging([whole]);
    hide(['0123456789abcdef']);
    logger.info({ whole, part: '0123456789abcdef' }, 'both');
    const line = JSON.parse(lines[0] ?? '') as { whole: string; part: string };
    assert.deepEqual([line.whole, line.part], ['***', '***']);
  });
});
