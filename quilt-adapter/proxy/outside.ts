/** The server's end of a way to the network: what ends it, and the record that is written then. */
import type { Socket } from 'node:net';
import type { CodedError } from '#wit/errors';
import type { Passage } from './audit.ts';
import { type Destination, connectionFailed, connectionTimedOut, connectionTooLarge } from './errors.ts';
import type { EgressLimits } from './limits.ts';

/** A connection that is open, and for whom. */
export interface OutsideFacts {
  readonly socket: Socket;
  readonly signal: AbortSignal;
  readonly limits: EgressLimits;
  readonly destination: Destination;
  readonly passage: Passage;
}

/** A watched connection. */
export interface Outside {
  /** Why it was ended before its time. */
  readonly reason: CodedError | undefined;
  /** Ends it at once; the first reason is the outcome of the record. */
  stop(reason: CodedError): void;
  /** To be called when bytes have passed: ends it where they are too many. */
  count(): void;
}

/**
 * Watches a connection: it ends with the call, when nothing moves for too long, and when it has carried too much. Its record is written when it is closed.
 * `complete`: whether all was said by then.
 */
export function watchOutside(facts: OutsideFacts, complete: () => boolean): Outside {
  const { socket, signal, limits, destination, passage } = facts;
  const { connectionBytesMax = Infinity, idleMs } = limits;
  let reason: CodedError | undefined;
  const stop = (why: CodedError): void => {
    if (socket.destroyed) return;
    reason ??= why;
    socket.destroy();
  };
  const cancel = (): void => stop(signal.reason as CodedError);
  signal.addEventListener('abort', cancel, { once: true });
  socket
    .on('error', (cause) => {
      reason ??= connectionFailed(destination, 'the connection broke', { cause });
    })
    .setTimeout(idleMs, () => stop(connectionTimedOut(destination, 'a pause', idleMs)))
    .once('close', () => {
      signal.removeEventListener('abort', cancel);
      const outcome = reason?.code ?? (complete() ? 'done' : 'CONNECTION_FAILED');
      passage.close(outcome, { in: socket.bytesRead, out: socket.bytesWritten });
    });
  if (signal.aborted) cancel();
  return {
    get reason() {
      return reason;
    },
    stop,
    count() {
      if (socket.bytesRead + socket.bytesWritten > connectionBytesMax)
        stop(connectionTooLarge(destination, connectionBytesMax));
    },
  };
}
