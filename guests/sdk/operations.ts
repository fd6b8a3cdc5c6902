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

/**
 * Starts an operation and gives its id. `done` is called when it is complete, `failed` with a refusal or with what `done` throws.
 * @throws {OperationError} `CAPABILITY_DENIED`
 */
export function startThen(
  name: OperationName,
  settle: { readonly done: () => unknown; readonly failed: (error: unknown) => void },
  ...args: readonly unknown[]
): number {
  return native().startThen(grantedIndex(name), settle.done, settle.failed, ...args);
}

const abandonedBy = { 'timer.clear': 'timer.sleep', 'net.abort': 'net.fetch' } as const;

/** Gives an operation up: the host is told, and it never settles. Does nothing once it has completed, and for ids of other operations. */
export function abandon(id: number, how: keyof typeof abandonedBy): void {
  if (native().forget(id, hostFunction(abandonedBy[how]).index)) native().call(hostFunction(how).index, id);
}

/** Calls a host function that has nothing to wait for. */
export function notify(name: 'log.write' | 'llm.close-stream', ...args: readonly unknown[]): void {
  native().call(hostFunction(name).index, ...args);
}

function grantedIndex(name: string): number {
  const { index, interfaceName } = hostFunction(name);
  if (native().granted(index)) return index;
  throw new OperationError({
    code: 'CAPABILITY_DENIED',
    message: `Cannot run "${name}": the tool has no token for "${interfaceName}"`,
    retryable: false,
    operation: name,
  });
}
