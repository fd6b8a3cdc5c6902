/** From a command line of arc to its exit code. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type CodedError, type ExitCode, exitCodeOf, exitCodes, toWireError } from '#wit/errors';
import { nearestName } from '#wit/tokens';
import { type PerformedCommand, addCommands, addExamples } from './commands.ts';
import type { CommandContext } from './context.ts';
import { interrupted, usageWrong } from './errors.ts';
import { sayError } from './say-error.ts';

/** Commander's own words: a problem, and sometimes names that are near. */
const commanderMessage = /^error: (?<problem>.*?)(?:\n\(Did you mean (?:one of )?(?<near>.*)\?\))?$/s;

/** Runs a command line to its exit code. Never rejects. */
export async function runArc(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(async (command) => {
    code = await perform(command, context);
  });
  try {
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return report(thrown, context);
    if (thrown.exitCode === 0) return exitCodes.done;
    if (thrown.code === 'commander.help') return exitCodes.usage;
    const error = usageError(thrown, program, args);
    // Whoever asked for JSON gets it, whatever else was wrong with the words.
    if (args.includes('--json'))
      await context.terminal.write(`${JSON.stringify({ kind: 'failed', error: error.wire })}\n`);
    return report(error, context);
  }
}

function createProgram(run: (command: PerformedCommand) => Promise<void>): Command {
  const program = new Command('arc')
    .description('Compiles decorated TypeScript tools to .aria bundles, and calls them in a sandbox.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  addExamples(program, ['arc build .', `arc run . wordCount --input '{"text":"to be"}'`]);
  addCommands(program, run);
  return program;
}

/** Runs a command's body; what it throws is told on stderr, and with `--json` on stdout too, as every result is. */
async function perform({ name, json, body }: PerformedCommand, context: CommandContext): Promise<ExitCode> {
  try {
    return await body(context);
  } catch (thrown) {
    const failure = context.signal.aborted ? interrupted(name) : thrown;
    if (json) {
      context.progress.clear();
      await context.terminal.write(`${JSON.stringify({ kind: 'failed', error: toWireError(failure) })}\n`);
    }
    return report(failure, context);
  }
}

function report(thrown: unknown, { progress, terminal }: CommandContext): ExitCode {
  progress.clear();
  sayError(thrown, terminal);
  return exitCodeOf(toWireError(thrown));
}

/** Says in our form what commander found, with the nearest name. */
function usageError({ message }: CommanderError, program: Command, args: readonly string[]): CodedError {
  const groups = commanderMessage.exec(message)?.groups;
  const problem = (groups?.['problem'] ?? message).replace(/\.$/, '').replaceAll("'", '"');
  const command = program.commands.find((known) => known.name() === args[0]);
  const path = command === undefined ? 'arc' : `arc ${command.name()}`;
  const names = program.commands.map((known) => known.name());
  const near = groups?.['near'] ?? (command === undefined ? nearestName(args[0] ?? '', names) : undefined);
  const otherwise = command === undefined ? `Use one of ${names.join(', ')}; run` : 'Run';
  return usageWrong(
    path,
    problem,
    near === undefined ? `${otherwise} "${path} --help"` : `Did you mean "${near}"? Run "${path} --help"`,
  );
}

function packageVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version =
    typeof description === 'object' && description !== null && 'version' in description
      ? description.version
      : undefined;
  return typeof version === 'string' ? version : 'unknown';
}
