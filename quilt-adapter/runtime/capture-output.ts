/** Reads what a container writes, all of it and always, so that it never waits for a reader; faster than a rate it waits for the next tick. */
import type { Clock } from '../pool/ports.ts';
import type { LogBuffer, OutputStream } from './log-buffer.ts';

/** How long a tick is. */
const tickMs = 100;
/** A pipe that something outside of the container has inherited does not end with it. */
const endMs = 500;

/** What output goes through. */
export interface Capture {
  readonly logs: LogBuffer;
  readonly clock: Clock;
  readonly bytesPerTick: number;
}

/** The output of one run. */
export interface OutputCapture {
  /** To be called when the container has ended: resolves when what is left in its pipes has been read, or does not come. */
  finish(): Promise<void>;
}

/** Begins to read both streams. A stream that fails has ended. */
export function captureOutput(
  streams: Readonly<Record<OutputStream, NodeJS.ReadableStream>>,
  capture: Capture,
): OutputCapture {
  const off = new AbortController();
  const ends = (['stdout', 'stderr'] as const).map((name) =>
    read(name, streams[name], { ...capture, off: off.signal }),
  );
  return {
    async finish() {
      const timer = new AbortController();
      await Promise.race([Promise.all(ends), capture.clock.sleep(endMs, timer.signal)]);
      timer.abort();
      off.abort();
      for (const stream of [streams.stdout, streams.stderr]) {
        stream.removeAllListeners('data');
        if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
      }
    },
  };
}

function read(
  name: OutputStream,
  stream: NodeJS.ReadableStream,
  { logs, clock, bytesPerTick, off }: Capture & { readonly off: AbortSignal },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let tickFromMs = clock.nowMs();
  let tickBytes = 0;
  stream.on('data', (chunk: Uint8Array | string) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const nowMs = clock.nowMs();
    logs.write(name, bytes, nowMs);
    const sinceMs = nowMs - tickFromMs;
    if (sinceMs >= tickMs || sinceMs < 0) {
      tickFromMs = nowMs;
      tickBytes = 0;
    }
    tickBytes += bytes.length;
    if (tickBytes < bytesPerTick) return;
    stream.pause();
    void clock.sleep(tickMs, off).then(() => stream.resume());
  });
  stream.once('end', resolve);
  stream.once('close', resolve);
  stream.once('error', () => resolve());
  return promise;
}
