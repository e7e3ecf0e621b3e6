// Loaded before the server by a control: a database that is opened once and, after an error, never again. Only
// `--import` brings it in; nothing of the product knows of it.
import { Level } from 'level';

interface Inner {
  readonly location: string;
  _open: (this: Inner, options: object) => Promise<void>;
}

const levels = Level.prototype as unknown as Inner;
const { _open: openReally } = levels;
const opened = new Set<string>();

levels._open = async function openOnce(options) {
  if (opened.has(this.location)) throw new Error('it is not opened again');
  await openReally.call(this, options);
  opened.add(this.location);
};
