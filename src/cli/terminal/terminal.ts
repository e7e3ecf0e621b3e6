/** Where a command speaks: standard output for results, standard error for everything else. */
export interface Terminal {
  /** A result line. */
  print(line: string): void;
  /** Progress, hints, questions: never part of a result. */
  note(line: string): void;
  /** Colours and progress bars make sense. */
  readonly interactive: boolean;
  /** Standard output is a screen that somebody reads, not a file or another program. */
  readonly isScreen: boolean;
  /** Asks for a line; null where nobody can answer. */
  ask(question: string): Promise<string | null>;
}

/** Replaces what could steer a terminal: nothing that a caller sent may move the cursor or set a title. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
