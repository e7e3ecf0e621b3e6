// The story that `hookward demo` tells: each step does one thing that an operator, a sender or support would do, with
// real requests, and checks what came of it.
import { call, expect, until, type Step } from './stage.ts';

const json = (value: unknown) => ({ type: 'application/json', text: JSON.stringify(value) });

const beginning = (text: string) => text.slice(0, 120);

/** A webhook of one user: the bot's own answer comes back. */
const userWebhook: Step = {
  title: "A sender calls a user's webhook; the bot's own answer comes back",
  async run({ linkTo, tell }) {
    const url = linkTo({ command: '/onWebhook', user_id: 77 });
    tell(`link   ${url}`);
    const answer = await call(url, { type: 'text/plain', text: 'Did you see the cat?' });
    tell(`answer ${String(answer.status)} ${answer.text}  (hookward-id ${answer.id})`);
    expect(answer.status === 200, 'the bot answers 200');
    expect(
      answer.text === '{"answer":"user 77 sent: Did you see the cat?"}',
      "the bot's own words come back",
    );
    expect(answer.id !== '', 'the answer names the webhook');
  },
};

/** Nobody can turn one user's link into another's. */
const forgedLink: Step = {
  title: 'Somebody changes the user in the link',
  async run({ linkTo, tell, botHost }) {
    const before = botHost().calls.length;
    const answer = await call(
      linkTo({ command: '/onWebhook', user_id: 77 }).replace('user_id=77', 'user_id=78'),
    );
    tell(`answer ${String(answer.status)} ${answer.text}`);
    expect(answer.status === 403, 'a changed link is refused with 403');
    expect(botHost().calls.length === before, 'the bot host never saw it');
  },
};

/** A global webhook: the bot finds its user in what was sent. */
const globalWebhook: Step = {
  title: "A payment arrives at the bot's global webhook; the bot finds the user in it",
  async run({ linkTo, tell }) {
    const payment = { txid: '7f3a', amount: '10.00', currency: 'USDT', status: 'paid', user_id: 4711 };
    const answer = await call(linkTo({ command: '/onPayment' }), json(payment));
    tell(`sent   ${JSON.stringify(payment)}`);
    tell(`answer ${String(answer.status)} ${answer.text}`);
    expect(answer.text === '{"answer":"user 4711 paid 10.00"}', 'the bot names the user of the payment');
  },
};

/** Retries inside the caller's budget are invisible to it. */
const unsteadyCommand: Step = {
  title: 'A command throws twice (503) and then works; the sender only sees that it worked',
  async run({ linkTo, tell, support }) {
    const answer = await call(linkTo({ command: '/onUnsteady', user_id: 77 }), json({ event: 'x' }));
    tell(`answer ${String(answer.status)} ${answer.text}`);
    expect(answer.status === 200, 'the sender gets 200');
    await until(
      'the log notes the delivery',
      async () => (await support.show(answer.id)).state === 'delivered',
    );
    const { events } = await support.show(answer.id);
    const statuses = events.flatMap(({ attempt }) => (attempt?.status === undefined ? [] : [attempt.status]));
    tell(`attempts in the log: ${statuses.join(', ')}`);
    expect(statuses.join() === '503,503,200', 'the log shows 503, 503, 200');
  },
};

/** Content answers are relayed as they are. */
const page: Step = {
  title: 'A command renders a page for a browser',
  async run({ linkTo, tell }) {
    const answer = await call(linkTo({ command: '/page', user_id: 77 }));
    tell(`answer ${String(answer.status)} ${answer.contentType}: ${beginning(answer.text)}`);
    expect(answer.contentType === 'text/html; charset=utf-8', "the content type is the bot's");
    expect(answer.text.includes('<h1>Hello from the bot</h1>'), "the page is the bot's");
  },
};

/** Redirects of the bot are passed on, never followed; those of a Hookward link are answered here. */
const cat: Step = {
  title: 'A link sends the browser on to a cat',
  async run({ linkTo, tell }) {
    const link = {
      command: '/cat',
      user_id: 77,
      content: 'Did you see the cat?',
      redirect_to: 'https://cataas.com/cat',
    };
    const platform = await call(linkTo(link));
    tell(`platform link: ${String(platform.status)} -> ${platform.location ?? ''} (by the bot host)`);
    expect(
      platform.status === 302 && platform.location === link.redirect_to,
      "the bot host's redirect is passed on",
    );
    const ours = await call(linkTo(link, 'hookward'));
    tell(
      `hookward link: ${String(ours.status)} -> ${ours.location ?? ''} (by Hookward, once it is in the log)`,
    );
    expect(
      ours.status === 303 && ours.location === link.redirect_to,
      'a covered redirect is answered with 303',
    );
  },
};

/** An outage loses nothing. */
const outage: Step = {
  title: 'The bot host goes away, a payment arrives, the bot host comes back',
  async run({ linkTo, tell, support, stopBotHost, startBotHost, botHost }) {
    await stopBotHost();
    const answer = await call(linkTo({ command: '/onPayment' }), json({ user_id: 4711, amount: '25.00' }));
    tell(`answer ${String(answer.status)} ${answer.text}`);
    expect(answer.status === 202, 'the sender is told that it is taken: 202');
    await startBotHost();
    tell('the bot host is back');
    await until('it is delivered', async () => (await support.show(answer.id)).state === 'delivered');
    const calls = botHost().calls.filter(({ id }) => id === answer.id);
    tell(
      `delivered; the bot saw it ${String(calls.length)} time(s), attempt ${String(calls.at(-1)?.attempt)}`,
    );
    expect(calls.length === 1, 'the bot saw it once');
  },
};

/** Support replays a delivered webhook. */
const replay: Step = {
  title: 'Support replays a delivered webhook by its id',
  async run({ linkTo, tell, support, botHost }) {
    const { id } = await call(linkTo({ command: '/onWebhook', user_id: 77 }), {
      type: 'text/plain',
      text: 'again, please',
    });
    await until('it is delivered', async () => (await support.show(id)).state === 'delivered');
    const [result] = await support.replay([id], 'the customer says that nothing came');
    expect(result?.result === 'done', 'the replay is taken');
    const ofIt = () => botHost().calls.filter((one) => one.id === id);
    await until('the bot sees it again', () => Promise.resolve(ofIt().length === 2));
    const last = ofIt().at(-1);
    tell(`the bot saw ${id} again: attempt ${String(last?.attempt)}, replay ${String(last?.replay)}`);
    expect(last?.replay === 1 && last.attempt === 2, 'the id stays, replay is 1, the attempt counts on');
  },
};

/** The numbers that an SRE sees. */
const numbers: Step = {
  title: 'An SRE looks at the numbers',
  async run({ adminUrl, tell }) {
    const page = async () => (await fetch(new URL('/metrics', adminUrl))).text();
    // The last delivery may not be noted yet: its answer never waits for the note.
    const nothingPending = 'hookward_webhooks{state="pending"} 0';
    await until('nothing to be pending', async () => (await page()).includes(nothingPending));
    const metrics = await page();
    const shown =
      /^hookward_(received_total|delivered_total|refused_total\{reason="link-token-wrong"\}|webhooks)\b.*/;
    for (const line of metrics.split('\n')) if (shown.test(line)) tell(line);
    expect(metrics.includes('hookward_webhooks{state="dead"} 0'), 'nothing is dead');
    expect((await fetch(new URL('/readyz', adminUrl))).status === 200, 'the server is ready');
  },
};

/** The steps in the order of the story. */
export const story: readonly Step[] = [
  userWebhook,
  forgedLink,
  globalWebhook,
  unsteadyCommand,
  page,
  cat,
  outage,
  replay,
  numbers,
];
