/** `arc dev`: an edit is a new version in the running host, called at once. What cannot be built or installed is told, and the version before goes on. */
import { resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { type HostOptions, printable, readInput } from '#terminal';
import type { ExitCode } from '#wit/errors';
import { watchProject } from '../watch.ts';
import type { CommandContext } from './context.ts';
import { openDevSession } from './dev-session.ts';
import { stepTeller } from './say-step.ts';

/** Options of the command. */
export interface DevOptions extends HostOptions {
  readonly directory: string;
  readonly call?: string;
  readonly input: string;
}

/** Watches until an interrupt. @throws {CodedError} `CANCELLED` then; `HOST_UNREACHABLE`, `PERMISSION_DENIED` where the host cannot be spoken to at the beginning. */
export async function devCommand(options: DevOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, cacheDirectory, signal } = context;
  const call =
    options.call === undefined ? undefined : { tool: options.call, input: await readInput(options.input, context) };
  await using session = await openDevSession({ options, context, call });
  let builds = 0;
  const tellStep = stepTeller(progress);
  const watched = watchProject({
    directory: resolve(currentDirectory, options.directory),
    out: undefined,
    cacheDirectory,
    signal,
    onStep: (step) => {
      if (builds === 0) tellStep(step);
    },
    now: Date.now,
  });
  using _typed = readTyped((line) => session.typed(line));
  for (;;) {
    const { value: build } = await watched.next();
    progress.clear();
    builds += 1;
    await session.reload(build);
    if (builds === 1)
      terminal.say(
        `${terminal.tint('cyan', 'watching')} ${printable(options.directory)}; "TOOL JSON" calls a tool, an empty line calls again, an interrupt (Ctrl-C) ends it`,
      );
  }
}

/** Lines of stdin, one after the other; a stdin that is closed, or breaks, is no end of the watch. */
function readTyped(take: (line: string) => Promise<void>): Disposable {
  const lines = createInterface({ input: process.stdin });
  const read = async (): Promise<void> => {
    for await (const line of lines) await take(line);
  };
  process.stdin.on('error', () => lines.close());
  read().catch(() => undefined);
  return { [Symbol.dispose]: () => lines.close() };
}
