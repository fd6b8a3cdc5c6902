/** The process of the `arc` command: the only file of arc that reads argv and the environment, takes signals and exits. */
import { devNull, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { exitCodeOf, exitCodes } from '#wit/errors';
import { directoryMade } from '../../bin/directory-made.js';
import type { CommandContext } from './context.ts';
import { outputUnwritable } from './errors.ts';
import { createProgress } from './progress.ts';
import { runArc } from './program.ts';
import { sayError } from './say-error.ts';
import { openTerminal } from './terminal.ts';

/** A second interrupt after this long ends the process at once; before it, it is the terminal and the starter saying the same. */
const interruptAgainMs = 500;
/** The least time between two lines of progress; below it nobody is waiting yet. */
const progressAfterMs = 500;

/** Aborts the signal at the first interrupt, so that commands put their things away; leaves at the second. */
function interruptSignal(): AbortSignal {
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
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return controller.signal;
}

function createContext(): CommandContext {
  const terminal = openTerminal({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    coloursWanted: (process.env['NO_COLOR'] ?? '') === '',
  });
  const home = resolve(process.env['ARIA_HOME'] || join(homedir(), '.aria'));
  return {
    terminal,
    progress: createProgress({ stream: process.stderr, afterMs: progressAfterMs, now: () => performance.now() }),
    currentDirectory: process.cwd(),
    // Below the null device all is refused at once; what cannot be made would be tried again and again.
    cacheDirectory: join(directoryMade(home) ? home : devNull, 'cache'),
    compiledDirectory: join(directoryMade(home) ? home : devNull, 'compiled'),
    signal: interruptSignal(),
  };
}

const context = createContext();
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`arc inspect … | head`) is no failure.
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  const failure = outputUnwritable(error);
  context.progress.clear();
  sayError(failure, context.terminal);
  process.exit(exitCodeOf(failure.wire));
});
const code = await runArc(process.argv.slice(2), context);
// Nothing of value is left open: output has been flushed, and files are only ever renamed into place.
process.exit(code);
