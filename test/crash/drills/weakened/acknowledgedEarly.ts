// Loaded before the server by a control: a log that acknowledges a batch a second before it writes it. Only `--import`
// brings it in; nothing of the product knows of it.
import { Level } from 'level';

/** The order of batches is kept: each is written so long after it was asked for, behind the one before. */
const lateMs = 1_000;

type Batch = { write: (options: { sync: boolean }) => Promise<void> };
const levels = Level.prototype as unknown as { batch: () => Batch; close: () => Promise<void> };
const { batch, close } = levels;
let last: Promise<unknown> = Promise.resolve();

levels.batch = function lateBatch() {
  const made = batch.call(this);
  const write = made.write.bind(made);
  const later = async (options: { sync: boolean }) => {
    const due = new Promise((resolve) => setTimeout(resolve, lateMs));
    last = last.then(() => due).then(() => write(options));
    return Promise.resolve();
  };
  return Object.assign(made, { write: later });
};

levels.close = async function closeAfterwards() {
  await last;
  await close.call(this);
};
