// The sender and the bot host of these tests, put directly in front of one another: what one writes, the other must note
// byte for byte, or no test that stands on them proves anything.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { startBotHost } from '../support/botHost.ts';
import type { BotHost } from '../support/botHost.ts';
import {
  answerHeader,
  chunkedBytes,
  NoAnswerError,
  openConnection,
  requestBytes,
  sendRaw,
  sendRequest,
} from '../support/sender.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { waitFor } from '../support/waitFor.ts';

describe('the sender and the bot host of the tests', () => {
  let bot: BotHost;
  before(async () => {
    bot = await startBotHost();
  });
  after(() => bot.close());

  const last = () => bot.ledger.at(-1)?.arrived;

  test('target, header order, case, repeats, Latin-1 and body arrive as they were written', async () => {
    const body = seededRandom(1).bytes(70_000);
    const target = '/v1/bots/7/new-webhook?&command=%2FonWebhook&a=%20+';
    const headers = ['X-oDD', 'one', 'x-odd', 'two', 'X-Latin', 'caf\u00e9', 'hookward-id', 'some-id'];
    const answer = await sendRequest(bot.url, { target, headers, body });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), 'ok');
    assert.ok(answer.complete);
    assert.equal(last()?.target, target);
    assert.deepEqual(last()?.headers, ['Host', 'hooks.test', 'Content-Length', '70000', ...headers]);
    assert.deepEqual(last()?.body, Buffer.from(body));
    assert.equal(last()?.bodySha256, createHash('sha256').update(body).digest('hex'));
    assert.equal(last()?.id, 'some-id');
  });

  test('a chunked upload arrives whole', async () => {
    const body = seededRandom(2).bytes(5_000);
    const head = requestBytes({ target: '/c', headers: ['Transfer-Encoding', 'chunked'] });
    await sendRaw(bot.url, Buffer.concat([head, chunkedBytes(body, 999)]));
    assert.deepEqual(last()?.body, Buffer.from(body));
  });

  test('a chunked answer is put together and its headers are kept as written', async () => {
    bot.behave(() => ({ status: 503, headers: ['X-Odd', '1', 'x-oDD', '2'], chunks: ['ab', 'c'] }));
    const answer = await sendRequest(bot.url, { target: '/', body: '' });
    assert.equal(answer.status, 503);
    assert.equal(answer.body.toString(), 'abc');
    assert.deepEqual(answer.headers.slice(0, 4), ['X-Odd', '1', 'x-oDD', '2']);
    assert.equal(answerHeader(answer, 'TRANSFER-ENCODING'), 'chunked');
  });

  test('an answer that is cut short is told apart from a whole one', async () => {
    bot.behave(() => ({ body: 'x'.repeat(1000), cut: true }));
    const answer = await sendRequest(bot.url, { target: '/', body: '' }).catch((error: unknown) => error);
    assert.ok(answer instanceof NoAnswerError || !(answer as { complete: boolean }).complete);
  });

  test('a reset and a hanging bot host both give no answer', async () => {
    bot.behave(() => 'reset');
    await assert.rejects(sendRequest(bot.url, { target: '/', body: '' }), NoAnswerError);
    bot.behave(() => 'hang');
    await assert.rejects(sendRequest(bot.url, { target: '/', body: '' }, 50), NoAnswerError);
  });

  test('a request that breaks off before its body is whole is not in the ledger', async () => {
    const lines = bot.ledger.length;
    const connection = await openConnection(bot.url);
    await connection.write(requestBytes({ target: '/', headers: ['Content-Length', '100'] }));
    await connection.write(Buffer.alloc(10));
    const broken = bot.brokenOff();
    connection.reset();
    await waitFor('the bot host to notice', () => bot.brokenOff() > broken);
    assert.equal(bot.ledger.length, lines);
  });

  test('concurrency and rate are measured, and requests on one connection are told', async () => {
    const own = await startBotHost(() => ({ delayMs: 20 }));
    const connections = await Promise.all([1, 2, 3].map(() => openConnection(own.url)));
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(
        connections.map(async (connection) => {
          await connection.write(requestBytes({ target: '/', body: 'x' }));
          await connection.answer();
        }),
      );
    }
    assert.equal(own.peakConcurrency(), 3);
    assert.equal(own.connections(), 3);
    assert.equal(own.peakRate(60_000), 6);
    for (const connection of connections) connection.destroy();
    await own.close();
  });

  test('a bot host that goes away refuses, and is there again on the same port afterwards', async () => {
    const own = await startBotHost();
    const held = await openConnection(own.url);
    await own.away();
    await assert.rejects(held.answer(), NoAnswerError);
    await assert.rejects(sendRequest(own.url, { target: '/', body: '' }), NoAnswerError);
    await own.back();
    assert.equal((await sendRequest(own.url, { target: '/', body: '' })).status, 200);
    await own.close();
  });
});
