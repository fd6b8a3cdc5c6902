/** `arc run`: calls one tool; stdout gets exactly its output as JSON, its log lines go to stderr. */
import { resolve } from 'node:path';
import { outcomeJson, outputJson, printableInLine, readInput, sayLogs, sayWireError } from '#terminal';
import { type ExitCode, exitCodeOf, exitCodes, wireError } from '#wit/errors';
import type { EngineChoice } from '#host';
import type { CommandContext } from './context.ts';
import { openRunner, startHost } from './open-runner.ts';
import { type RunnableSource, findSource, openSource } from './runnable-source.ts';
import { sayDiagnostics } from './say-diagnostics.ts';

export interface RunOptions {
  /** A project, or a bundle. */
  readonly path: string;
  readonly tool: string;
  /** JSON, `@FILE` or `-`. */
  readonly input: string;
  readonly timeout?: number;
  readonly engine: EngineChoice;
  readonly allowUnsigned?: boolean;
  readonly json?: boolean;
}

/** Calls a tool. @throws {CodedError} where it cannot be called; what the tool itself comes to is printed. */
export async function runCommand(options: RunOptions, context: CommandContext): Promise<ExitCode> {
  const { path, tool, input, timeout, json } = options;
  const { terminal, progress, signal, currentDirectory } = context;
  const value = await readInput(input, context);
  const found = await findSource(
    { path: resolve(currentDirectory, path), shown: path, allowUnsigned: options.allowUnsigned ?? false },
    context,
  );
  await using host = await startHost(options.engine, context);
  const source = await openSource(found, context);
  if (source.kind === 'refused') return tellRefused(source, options, context);
  const runner = await openRunner(host, source, tool, context);
  progress.step(`Calling ${tool} on ${host.engine}`);
  const outcome = await runner.run(
    { id: 'arc-run', tool, input: value, ...(timeout === undefined ? {} : { timeoutMs: timeout }) },
    signal,
  );
  progress.clear();
  sayLogs(outcome, terminal);
  if (json) await terminal.write(`${JSON.stringify(outcomeJson(outcome))}\n`);
  else if (outcome.kind === 'done') await terminal.write(`${JSON.stringify(outputJson(outcome.output))}\n`);
  if (outcome.kind === 'done') return exitCodes.done;
  sayWireError(outcome.error, terminal);
  if (outcome.stack !== undefined) terminal.say(terminal.tint('dim', printableInLine(outcome.stack)));
  return exitCodeOf(outcome.error);
}

async function tellRefused(
  { diagnostics, directory }: Extract<RunnableSource, { kind: 'refused' }>,
  { path, json }: RunOptions,
  { terminal, progress, currentDirectory }: CommandContext,
): Promise<ExitCode> {
  progress.clear();
  sayDiagnostics(diagnostics, directory, { terminal, currentDirectory });
  const error = wireError('BUILD_FAILED', { message: `Cannot run "${path}": its source has errors` });
  if (json) await terminal.write(`${JSON.stringify({ kind: 'failed', error, diagnostics })}\n`);
  return exitCodes.failed;
}
