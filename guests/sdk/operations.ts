/** How the SDK reaches the host: capability first, then the operation. Every failure is a rejection, never a throw. */
import type { HostOperations, OperationName } from '#wit/host-types';
import { OperationError } from './errors.ts';
import { hostFunction, native } from './native.ts';

/**
 * Starts an operation.
 * @param args As in the WIT, bytes as `Uint8Array`.
 */
export function start<Name extends OperationName>(
  name: Name,
  ...args: readonly unknown[]
): Promise<HostOperations[Name]['value']> {
  try {
    return native().start(grantedIndex(name), ...args) as Promise<HostOperations[Name]['value']>;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What can be given up: the promise never settles after `abandon`. */
export interface Abandonable<Value> {
  readonly promise: Promise<Value>;
  readonly id: number;
}

/** Starts an operation that may be given up with `abandon`. @throws {OperationError} `CAPABILITY_DENIED` */
export function startAbandonable<Name extends OperationName>(
  name: Name,
  ...args: readonly unknown[]
): Abandonable<HostOperations[Name]['value']> {
  const host = native();
  const promise = host.start(grantedIndex(name), ...args) as Promise<HostOperations[Name]['value']>;
  return { promise, id: host.operation() };
}

/** Gives an operation up: the host is told, and the promise never settles. Does nothing once it has completed. */
export function abandon(id: number, how: 'timer.clear' | 'net.abort'): void {
  if (native().forget(id)) native().call(hostFunction(how).index, id);
}

/** Calls a host function that has nothing to wait for. */
export function notify(name: 'log.write' | 'llm.close-stream', ...args: readonly unknown[]): void {
  native().call(hostFunction(name).index, ...args);
}

function grantedIndex(name: string): number {
  const { index, interfaceName } = hostFunction(name);
  if (native().granted(interfaceName)) return index;
  throw new OperationError({
    code: 'CAPABILITY_DENIED',
    message: `Cannot run "${name}": the tool has no token for "${interfaceName}"`,
    retryable: false,
    operation: name,
  });
}
