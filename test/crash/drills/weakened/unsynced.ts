// Loaded before the server by a control: a log that acknowledges what no fsync has brought to the disk. Only `--import`
// brings it in; nothing of the product knows of it.
import { Level } from 'level';

type Batch = { write: (options: { sync: boolean }) => Promise<void> };
const levels = Level.prototype as unknown as { batch: () => Batch };
const { batch } = levels;

levels.batch = function unsyncedBatch() {
  const made = batch.call(this);
  const write = made.write.bind(made);
  return Object.assign(made, { write: () => write({ sync: false }) });
};
