/** Waiting that a caller can leave, while what is waited for goes on for others. */
import { cancelled } from './errors.ts';

/** Resolves as the promise does, or rejects with the signal. @throws {CodedError} `CANCELLED`. */
export async function abortable<Value>(
  promise: Promise<Value>,
  action: string,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise;
  const left = Promise.withResolvers<never>();
  const abort = (): void => left.reject(cancelled(action));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, left.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
