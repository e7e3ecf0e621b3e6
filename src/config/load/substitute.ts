// `${NAME}` in any text of the configuration stands for an environment variable, `$${` for a plain `${`.

export type Environment = Readonly<Record<string, string | undefined>>;

export type Substituted =
  | { readonly ok: true; readonly text: string; readonly replaced: boolean }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** Longer values of a variable are refused: no field takes them. */
const valueCharactersMax = 64 * 1024;

const reference = /\$\$\{|\$\{([^}]*)\}?/g;

/** Replaces every reference. The message of a failure names the variable, never a value. */
export function substitute(text: string, env: Environment): Substituted {
  if (!text.includes('${')) return { ok: true, text, replaced: false };
  let replaced = false;
  const failures: Substituted[] = [];
  const result = text.replace(reference, (whole: string, name: string | undefined) => {
    if (name === undefined) return '${';
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) || !whole.endsWith('}')) {
      failures.push({
        ok: false,
        message: 'expected ${NAME}, the name of an environment variable',
        hint: 'write $${ for a plain ${',
      });
      return '';
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value.length > valueCharactersMax) {
      failures.push({
        ok: false,
        message: `the environment variable ${name} is ${value === undefined ? 'not set' : 'too long'}`,
        hint: 'set it in the environment of the process; write $${ for a plain ${',
      });
      return '';
    }
    replaced = true;
    return value;
  });
  return failures[0] ?? { ok: true, text: result, replaced };
}
