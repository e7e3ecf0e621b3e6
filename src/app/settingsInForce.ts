import type { Settings } from './settings.ts';

/** The settings in force, replaced as a whole by a reload. */
export class SettingsInForce {
  current: Settings;

  constructor(first: Settings) {
    this.current = first;
  }

  /** A view of one part that always shows the settings in force. */
  part<T>(of: (settings: Settings) => T): { readonly current: T } {
    const read = () => of(this.current);
    return {
      get current() {
        return read();
      },
    };
  }
}
