/** Says what long work is at: on a terminal one line that is rewritten and removed at the end, elsewhere a plain line for what lasts. */

export interface Progress extends Disposable {
  /** Names what happens now, as "Reading types". */
  step(text: string): void;
  /** Removes the line, so that other text can be written; the next step shows it again. */
  clear(): void;
}

export interface ProgressSetup {
  readonly stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;
  /** Plain lines appear only once the work has taken this long, and then this far apart. */
  readonly afterMs: number;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

/** What a terminal that does not tell its width is taken for. */
const columnsUnknown = 80;
const eraseLine = '\r\u001B[2K';

/** Progress from now on: the time counts from the first step. */
export function createProgress(setup: ProgressSetup): Progress {
  return setup.stream.isTTY ? rewrittenLine(setup) : plainLines(setup);
}

/** Shown at once, because the compiler's own work may keep a timer from firing; it is gone when the work is done. */
function rewrittenLine({ stream }: ProgressSetup): Progress {
  let shown = false;
  const clear = (): void => {
    if (shown) stream.write(eraseLine);
    shown = false;
  };
  return {
    step(text) {
      stream.write(`${eraseLine}${`${text}…`.slice(0, (stream.columns || columnsUnknown) - 1)}`);
      shown = true;
    },
    clear,
    [Symbol.dispose]: clear,
  };
}

/** A line for what is at work when the time is up, and then at most one for each such time. */
function plainLines({ stream, afterMs, now }: ProgressSetup): Progress {
  let nextMs: number | undefined;
  let current: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const print = (): void => {
    if (current !== undefined) stream.write(`${current}…\n`);
    current = undefined;
    nextMs = now() + afterMs;
  };
  const stop = (): void => {
    clearTimeout(timer);
    current = undefined;
  };
  return {
    step(text) {
      stop();
      current = text;
      nextMs ??= now() + afterMs;
      const leftMs = nextMs - now();
      if (leftMs <= 0) print();
      else timer = setTimeout(print, leftMs).unref();
    },
    clear: stop,
    [Symbol.dispose]: stop,
  };
}
