import { createHash, randomBytes } from 'node:crypto';
import type { CommandModule } from 'yargs';
import { generateSigningKey } from '../../signing/index.ts';
import { HookwardError } from '../../core/errors.ts';
import type { CliContext, CommonArguments } from '../context.ts';

type KeysArguments = CommonArguments & {
  readonly kind: 'signing' | 'link' | 'token';
  readonly role: 'viewer' | 'support' | 'admin';
  readonly name?: string | undefined;
};

/** 32 random bytes: as strong as the HMAC-SHA256 that they key. */
const secretBytes = 32;

function tokenLines(context: CliContext, given: KeysArguments): void {
  if (given.name === undefined || given.name === '') {
    throw new HookwardError('usage-wrong', { message: 'Say whose token it is: --name alice.' });
  }
  const token = `hwt_${randomBytes(secretBytes).toString('base64url')}`;
  const sha256 = createHash('sha256').update(token).digest('hex');
  const { name, role } = given;
  if (given.json) context.terminal.print(JSON.stringify({ token, name, role, sha256 }));
  else {
    context.terminal.print(token);
    context.terminal.note('Shown this once. Give it to its holder, and put this line under admin.tokens:');
    context.terminal.note(`  - { name: ${JSON.stringify(name)}, role: ${role}, sha256: ${sha256} }`);
  }
}

/** `hookward keys`: fresh keys and tokens, from the system's random source. */
export function keysCommand(context: CliContext): CommandModule<CommonArguments, KeysArguments> {
  return {
    command: 'keys <kind>',
    describe: 'Make a signing key, a link key or an admin token',
    builder: (yargs) =>
      yargs
        .positional('kind', { choices: ['signing', 'link', 'token'] as const, demandOption: true })
        .option('role', { choices: ['viewer', 'support', 'admin'] as const, default: 'support' as const })
        .option('name', { string: true, describe: 'Who holds the token' }),
    handler: (given) => {
      switch (given.kind) {
        case 'signing':
          context.terminal.print(generateSigningKey({ bytes: randomBytes }));
          context.terminal.note('Put it into the environment, and ${NAME} under signing.keys.');
          break;
        case 'link':
          context.terminal.print(randomBytes(secretBytes).toString('base64url'));
          context.terminal.note(
            'Put it into the environment, and { id: k1, secret: ${NAME} } under links.keys.',
          );
          break;
        case 'token':
          tokenLines(context, given);
          break;
      }
    },
  };
}
