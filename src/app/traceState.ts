import type { TraceState } from '@opentelemetry/api';

/** What has to be passed on at least (W3C Trace Context, 3.3.1.5), and all that is: the rest came from a stranger. */
const charsMax = 512;
const membersMax = 32;

/** The members that fit, from the front: the latest to write stands first. */
function fitting(members: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let chars = -1;
  for (const member of members.slice(0, membersMax)) {
    chars += member.length + 1;
    if (chars > charsMax) break;
    kept.push(member);
  }
  return kept;
}

const keyOf = (member: string): string => member.slice(0, member.indexOf('='));

/** A `tracestate` as OpenTelemetry has it: never changed, and as it was sent where nobody writes into it. */
class Members implements TraceState {
  readonly #members: readonly string[];

  constructor(members: readonly string[]) {
    this.#members = fitting(members);
  }

  get(key: string): string | undefined {
    const member = this.#members.find((candidate) => keyOf(candidate) === key);
    return member?.slice(key.length + 1);
  }

  set(key: string, value: string): TraceState {
    return new Members([`${key}=${value}`, ...this.#without(key)]);
  }

  unset(key: string): TraceState {
    return new Members(this.#without(key));
  }

  serialize(): string {
    return this.#members.join(',');
  }

  #without(key: string): readonly string[] {
    return this.#members.filter((member) => keyOf(member) !== key);
  }
}

/** Reads the value of `tracestate`; what is no `key=value` is left out, and so is what comes behind 512 characters. */
export function traceStateFrom(value: string): TraceState {
  const members = value.split(',').map((member) => member.trim());
  return new Members(members.filter((member) => member.indexOf('=') > 0));
}
