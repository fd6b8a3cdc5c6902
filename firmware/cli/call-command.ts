/** `aria call`: calls a tool of the host; stdout gets exactly its output as JSON. */
import {
  canAsk,
  type HostOptions,
  openHost,
  outcomeJson,
  outputJson,
  printable,
  printableInLine,
  readInput,
  sayLogLine,
  sayWireError,
} from '#terminal';
import type { CallProgress, HostConnection } from '#wit/api';
import { type ExitCode, exitCodeOf, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface CallCommandOptions extends HostOptions {
  readonly tool: string;
  /** JSON, `@FILE` or `-`. */
  readonly input?: string;
  readonly timeout?: number;
  readonly session?: string;
  readonly idempotencyKey?: string;
  readonly progress?: boolean;
}

/** Calls. @throws {CodedError} where the call was refused; what the tool itself comes to is printed. */
export async function callCommand(options: CallCommandOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, signal } = context;
  await using host = await openHost(options, context);
  const input = await inputOf(options, host, context);
  progress.step(`Calling ${printable(options.tool)}`);
  const outcome = await host.callTool(
    {
      ...{ tool: options.tool, input },
      ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
      ...(options.session !== undefined && { session: options.session }),
    },
    {
      signal,
      ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
      ...(options.progress === true && {
        progress: (step: CallProgress) => {
          if (step.kind !== 'operation') return;
          progress.clear();
          terminal.say(
            terminal.tint('dim', `${step.operation} ${step.outcome} after ${step.durationMs.toFixed(1)} ms`),
          );
        },
      }),
    },
  );
  progress.clear();
  for (const line of outcome.logs) sayLogLine(line, terminal);
  const { callId, bundle } = outcome;
  if (options.json) await terminal.write(`${JSON.stringify({ ...outcomeJson(outcome), callId, bundle })}\n`);
  else if (outcome.kind === 'done') await terminal.write(`${JSON.stringify(outputJson(outcome.output))}\n`);
  if (outcome.kind === 'done') return exitCodes.done;
  sayWireError(outcome.error, terminal);
  if (outcome.stack !== undefined) terminal.say(terminal.tint('dim', printableInLine(outcome.stack)));
  return exitCodeOf(outcome.error);
}

/** What was given; what a person answers; or nothing. */
async function inputOf(
  { input, tool, json }: CallCommandOptions,
  host: HostConnection,
  context: CommandContext,
): Promise<unknown> {
  if (input !== undefined) return readInput(input, context);
  if (json === true || !canAsk()) return {};
  const { askForInput } = await import('./ask-input.ts');
  const { inputSchema } = await host.getComponent({ name: tool, kind: 'tool' }, { signal: context.signal });
  return askForInput(inputSchema, context.signal);
}
