/** The process around a command: its streams, its interrupts, its end. The one file beside `main.ts` and `cli/` that knows the process. */
import process from 'node:process';
import { type ExitCode, exitCodeOf, exitCodes } from '#wit/errors';
import { outputUnwritable } from './errors.ts';
import { type Progress, createProgress } from './progress.ts';
import { sayError } from './say-error.ts';
import { type Terminal, openTerminal } from './terminal.ts';

/** A second interrupt after this long ends the process at once; before it, it is the terminal and the starter saying the same. */
const interruptAgainMs = 500;
/** The least time between two lines of progress; below it nobody is waiting yet. */
const progressAfterMs = 500;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command gets of its process. */
export interface ProcessContext {
  readonly terminal: Terminal;
  readonly progress: Progress;
  /** What relative paths of arguments start from. */
  readonly currentDirectory: string;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
  /** From now on the command takes the signals of the process itself; `signal` is no longer aborted by them. */
  readonly releaseSignals: () => void;
}

/** Runs a command and ends the process with its exit code. */
export async function runProcess(
  run: (args: readonly string[], context: ProcessContext) => Promise<ExitCode>,
  { coloursWanted }: { readonly coloursWanted: boolean },
): Promise<never> {
  const context: ProcessContext = {
    terminal: openTerminal({ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, coloursWanted }),
    progress: createProgress({ stream: process.stderr, afterMs: progressAfterMs, now: () => performance.now() }),
    currentDirectory: process.cwd(),
    ...interruptSignal(),
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`arc inspect … | head`) is no failure.
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    const failure = outputUnwritable(error);
    context.progress.clear();
    sayError(failure, context.terminal);
    process.exit(exitCodeOf(failure.wire));
  });
  const code = await run(process.argv.slice(2), context);
  // Nothing of value is left open: output has been flushed, and files are only ever renamed into place.
  process.exit(code);
}

/** Aborts the signal at the first interrupt, so that commands put their things away; leaves at the second. */
function interruptSignal(): Pick<ProcessContext, 'signal' | 'releaseSignals'> {
  const controller = new AbortController();
  let abortedAtMs = 0;
  const interrupt = (): void => {
    if (!controller.signal.aborted) {
      abortedAtMs = performance.now();
      controller.abort();
    } else if (performance.now() - abortedAtMs > interruptAgainMs) {
      process.exit(exitCodes.cancelled);
    }
  };
  for (const name of signals) process.on(name, interrupt);
  return {
    signal: controller.signal,
    releaseSignals: () => {
      for (const name of signals) process.off(name, interrupt);
    },
  };
}
