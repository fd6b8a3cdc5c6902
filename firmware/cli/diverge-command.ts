/** `aria diverge`: runs a call in the sandbox and in a container, and shows where they differ. */
import { type HostOptions, openHost, printable, readInput } from '#terminal';
import type { Divergence, DivergentPlace } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface DivergeOptions extends HostOptions {
  readonly tool: string;
  /** JSON, `@FILE` or `-`. */
  readonly input?: string;
  readonly timeout?: number;
}

/** Compares; the exit code is 1 where they differ. @throws {CodedError} `NOT_FOUND`, `CONTAINERS_UNAVAILABLE`, `UNAVAILABLE`. */
export async function divergeCommand(options: DivergeOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, signal } = context;
  await using host = await openHost(options, context);
  const input = options.input === undefined ? {} : await readInput(options.input, context);
  progress.step(`Running ${printable(options.tool)} twice`);
  const found = await host.diverge(
    { tool: options.tool, input, ...(options.timeout !== undefined && { timeoutMs: options.timeout }) },
    { signal },
  );
  progress.clear();
  await terminal.write(options.json ? `${JSON.stringify(found)}\n` : divergenceText(found));
  return found.same ? exitCodes.done : exitCodes.failed;
}

function divergenceText({
  tool,
  bundle,
  same,
  differences,
  operations,
  effectsOn,
  outcome,
  wallMs,
}: Divergence): string {
  const told = effectsOn === 'wasm' ? 'the container was' : 'the sandbox was';
  const lines = [
    `${printable(`${bundle}/${tool}`)}: ${same ? 'the same on both' : `${differences.length} differences`}`,
    `  sandbox    ${printable(outcome.wasm)}, ${wallMs.wasm.toFixed(1)} ms`,
    `  container  ${printable(outcome.container)}, ${wallMs.container.toFixed(1)} ms`,
    operations.length === 0
      ? '  no operations'
      : `  ${operations.length} operations, each once; ${told} told what they came to`,
    ...differences.flatMap(placeLines),
  ];
  return `${lines.join('\n')}\n`;
}

function placeLines({ what, at, wasm, container }: DivergentPlace): readonly string[] {
  const shown = (text: string | undefined): string => (text === undefined ? 'nothing' : printable(text));
  return [
    `  ${what}${at === '' ? '' : ` at ${printable(at)}`}`,
    `    sandbox    ${shown(wasm)}`,
    `    container  ${shown(container)}`,
  ];
}
