/** The process of the `aria` command: reads argv and the environment, and exits. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodes } from '#wit/errors';

const exitCodesHelp = `
Exit codes:
  0 done    1 a check failed    2 usage    70 bug`;

async function doctor({ json }: { json?: boolean }): Promise<ExitCode> {
  const { examine } = await import('./doctor.ts');
  const home = resolve(process.env['ARIA_HOME'] || join(homedir(), '.aria'));
  const findings = await examine(join(home, 'cache'));
  const fine = findings.every((finding) => finding.fine);
  if (json) {
    process.stdout.write(`${JSON.stringify({ fine, findings })}\n`);
  } else {
    for (const { name, fine: good, detail, remedy } of findings) {
      process.stdout.write(`${good ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${detail}\n`);
      if (remedy !== undefined) process.stdout.write(`        next: ${remedy}\n`);
    }
  }
  return fine ? exitCodes.done : exitCodes.failed;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function runAria(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = new Command('aria')
    .description('Runs and operates Aria on this machine. Tools are compiled and called with "arc".')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('before', 'Example:\n  aria doctor\n')
    .addHelpText('after', exitCodesHelp)
    .exitOverride();
  program
    .command('doctor')
    .description('Check everything that a call needs; say what to do where something is wrong.')
    .option('--json', 'print the findings as JSON')
    .addHelpText('before', 'Example:\n  aria doctor --json\n')
    .addHelpText('after', exitCodesHelp)
    .action(async (options: { json?: boolean }) => {
      code = await doctor(options);
    });
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
    return exitCodes.bug;
  }
}

process.exit(await runAria(process.argv.slice(2)));
