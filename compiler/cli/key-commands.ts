/** The commands of arc for keys and signatures. */
import { type Command, InvalidArgumentError } from 'commander';
import { type RunCommand, addExamples } from '#terminal';
import type { CommandContext } from './context.ts';
import type { KeygenOptions } from './keygen-command.ts';
import type { SignOptions } from './sign-command.ts';
import type { VerifyOptions } from './verify-command.ts';

type Run = RunCommand<CommandContext>;

/** Adds them. `run` gets the one that the user asked for. */
export function addKeyCommands(program: Command, run: Run): void {
  addKeygen(program, run);
  addSign(program, run);
  addVerify(program, run);
}

function addKeygen(program: Command, run: Run): void {
  const command = program
    .command('keygen')
    .argument('<name>', 'path of the key: NAME.key and NAME.pub are made')
    .description(
      'Make a key pair that signs bundles, in the format of minisign. Nothing is ever overwritten; the secret key is readable for its owner only.',
    )
    .option('--no-password', 'do not protect the secret key with a password')
    .option('--rotate <old>', 'also write NAME.pub.minisig, by which the secret key OLD.key vouches for the new key')
    .option('--password-stdin', 'read passwords from stdin, one a line: of OLD.key if it has one, then the new one')
    .option('--json', 'print the key id and the paths as JSON, and ask nothing')
    .action((name: string, options: Omit<KeygenOptions, 'name'>) =>
      run('keygen', options, async (context) =>
        (await import('./keygen-command.ts')).keygenCommand({ ...options, name }, context),
      ),
    );
  addExamples(command, ['arc keygen release', 'arc keygen release-2 --rotate release.key'], {
    files: [
      ['NAME.key', 'the secret key, mode 0600'],
      ['NAME.pub', 'the public key; a host trusts what lies in its trust directory'],
      ['NAME.pub.minisig', 'with --rotate: the old key vouches for the new one'],
    ],
  });
}

function addSign(program: Command, run: Run): void {
  const command = program
    .command('sign')
    .argument('<file>', 'bundle file (*.aria)')
    .description(
      'Sign a bundle, in the format of minisign: FILE.minisig says its name, version, manifest and sequence number. A host takes no lower sequence number than it has seen.',
    )
    .requiredOption('-k, --key <key>', 'secret key, as "arc keygen" or minisign wrote it')
    .option('--seq <number>', 'sequence number (default: seconds since 1970)', sequenceNumber)
    .option('--password-stdin', 'read the password of the key from stdin')
    .option('--json', 'print what was signed as JSON, and ask nothing')
    .action((file: string, options: Omit<SignOptions, 'file'>) =>
      run('sign', options, async (context) =>
        (await import('./sign-command.ts')).signCommand({ ...options, file }, context),
      ),
    );
  addExamples(command, ['arc sign dist/invoice-kit-0.2.0.aria --key release.key'], {
    files: [['FILE.minisig', 'what it writes; the same format as minisign']],
  });
}

function addVerify(program: Command, run: Run): void {
  const command = program
    .command('verify')
    .argument('<file>', 'bundle file (*.aria), with FILE.minisig beside it')
    .description(
      'Verify the signature of a bundle, and that it is of this very bundle. Exits with 3 where it is not true, with 4 where the key is not trusted.',
    )
    .option('-k, --key <key>', 'public key (default: the keys in $ARIA_HOME/trust)')
    .option('--json', 'print what the signature says as JSON')
    .action((file: string, options: Omit<VerifyOptions, 'file'>) =>
      run('verify', options, async (context) =>
        (await import('./verify-command.ts')).verifyCommand({ ...options, file }, context),
      ),
    );
  addExamples(command, ['arc verify dist/invoice-kit-0.2.0.aria --key release.pub'], {
    files: [
      ['FILE.minisig', 'the signature'],
      ['$ARIA_HOME/trust', 'public keys, as NAME.pub, where --key names none'],
    ],
  });
}

function sequenceNumber(text: string): number {
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > Number.MAX_SAFE_INTEGER)
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`);
  return value;
}
