// The load as a process of its own, so that it can be pinned: `node load.js URL SECONDS CONNECTIONS`. Prints JSON.
import autocannon from 'autocannon';

const [url, seconds, connections] = process.argv.slice(2);
const body = JSON.stringify({
  id: 'evt_1PqXkZ2eZvKYlo2C',
  type: 'payment.succeeded',
  amount: '10.00',
  currency: 'USDT',
  user_id: 4711,
  note: 'x'.repeat(400),
});

const result = await autocannon({
  url: `${url ?? ''}/v1/bots/42/new-webhook?&command=%2FonWebhook&user_id=77`,
  method: 'POST',
  connections: Number(connections),
  duration: Number(seconds),
  headers: {
    'content-type': 'application/json',
    'user-agent': 'sender/1.0 (+https://sender.example/webhooks)',
    accept: '*/*',
    'x-signature': '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    'x-event': 'payment.succeeded',
  },
  body,
});
process.stdout.write(
  JSON.stringify({
    requests: result['2xx'],
    failed: result.non2xx + result.errors + result.timeouts,
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }),
);
