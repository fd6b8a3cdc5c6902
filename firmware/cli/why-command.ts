/** `aria why`: where a call is, why it runs there, and why it is not further. */
import { columns, type HostOptions, openHost, printable } from '#terminal';
import type { CallExplanation } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface WhyOptions extends HostOptions {
  readonly call: string;
}

/** Explains. @throws {CodedError} `NOT_FOUND`. */
export async function whyCommand(options: WhyOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  const explanation = await host.why(options.call, { signal });
  await terminal.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
  return exitCodes.done;
}

const substrates = {
  wasm: 'in the sandbox of the host',
  container: 'in a container',
  host: 'in the host itself',
} as const;

function explanationText(found: CallExplanation): string {
  const { callId, tool, bundle, state, substrate, placement, reasons, path, waitedMs, outcome } = found;
  const waited = waitedMs >= 1 ? `, after ${waitedMs.toFixed(0)} ms of waiting` : '';
  const states = {
    waiting: `waits, for ${waitedMs.toFixed(0)} ms so far`,
    running: `runs${waited}`,
    finished: `has ended${waited}: ${outcome ?? ''}`,
  } as const;
  const rows: readonly (readonly [string, string])[] = [
    ['call', printable(`${callId}: ${bundle}/${tool}`)],
    ['state', printable(states[state])],
    ...reasons.map((reason): readonly [string, string] => ['because', printable(reason)]),
    ['where', substrates[substrate]],
    ...placement.map((reason): readonly [string, string] => ['because', printable(reason)]),
    ...path.map((caller): readonly [string, string] => ['called by', printable(caller)]),
  ];
  return `${columns(rows).join('\n')}\n`;
}
