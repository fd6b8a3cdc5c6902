/** From a command line to its exit code, the same way in every command: help, usage errors with the nearest name, failures as JSON where that was asked for. */
import { Command, CommanderError } from 'commander';
import { type CodedError, type ExitCode, exitCodeOf, exitCodes, toWireError } from '#wit/errors';
import { nearestName } from '#wit/tokens';
import { type CommandGroups, addExamples, groupCommands } from './command-help.ts';
import { interrupted, usageWrong } from './errors.ts';
import { packageVersion } from './package-version.ts';
import type { Progress } from './progress.ts';
import { sayError } from './say-error.ts';
import type { Terminal } from './terminal.ts';

/** What running a command takes of its context. */
interface RunContext {
  readonly terminal: Terminal;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs a command that commander has understood. `name`: without that of its program. */
export type RunCommand<Context> = (
  name: string,
  options: { readonly json?: boolean },
  body: (context: Context) => Promise<ExitCode>,
) => Promise<void>;

/** A program: its name, what it is for, examples, and its commands. */
export interface Program<Context> {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly groups: CommandGroups;
  readonly addCommands: (program: Command, run: RunCommand<Context>) => void;
}

/** Commander's own words: a problem, and sometimes names that are near. */
const commanderMessage = /^error: (?<problem>.*?)(?:\n\(Did you mean (?:one of )?(?<near>.*)\?\))?$/s;

/** Runs a command line to its exit code. Never rejects. */
export async function runCommandLine<Context extends RunContext>(
  { name, description, examples, groups, addCommands }: Program<Context>,
  args: readonly string[],
  context: Context,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = new Command(name)
    .description(description)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .commandsGroup('More:')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ outputError: () => undefined, writeOut: (text) => void context.terminal.write(text) })
    .exitOverride();
  addExamples(program, examples);
  addCommands(program, async (command, { json = false }, body) => {
    code = await perform({ name: `${name} ${command}`, json, body }, context);
  });
  groupCommands(program, groups);
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

/** Runs a command's body; what it throws is told on stderr, and with `--json` on stdout too, as every result is. */
async function perform<Context extends RunContext>(
  { name, json, body }: { name: string; json: boolean; body: Parameters<RunCommand<Context>>[2] },
  context: Context,
): Promise<ExitCode> {
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

function report(thrown: unknown, { progress, terminal }: RunContext): ExitCode {
  progress.clear();
  sayError(thrown, terminal);
  return exitCodeOf(toWireError(thrown));
}

/** Says in our form what commander found, with the nearest name. */
function usageError({ message }: CommanderError, program: Command, args: readonly string[]): CodedError {
  const groups = commanderMessage.exec(message)?.groups;
  const problem = (groups?.['problem'] ?? message).replace(/\.$/, '').replaceAll("'", '"');
  const command = program.commands.find((known) => known.name() === args[0]);
  const path = command === undefined ? program.name() : `${program.name()} ${command.name()}`;
  const names = program.commands.map((known) => known.name());
  const near = groups?.['near'] ?? (command === undefined ? nearestName(args[0] ?? '', names) : undefined);
  const otherwise = command === undefined ? `Use one of ${names.join(', ')}; run` : 'Run';
  return usageWrong(
    path,
    problem,
    near === undefined ? `${otherwise} "${path} --help"` : `Did you mean "${near}"? Run "${path} --help"`,
  );
}
