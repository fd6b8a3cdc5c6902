/**
 * Opens the connection of a request that a token allows: the name is resolved here, once, and the connection goes to the very address that was checked, so that a
 * name server that answers differently the second time changes nothing.
 */
import { Resolver } from 'node:dns/promises';
import { type Socket, connect as connectSocket, isIP } from 'node:net';
import type { CodedError } from '#wit/errors';
import { type Clock, after } from '../icc/clock.ts';
import { type Destination, addressDenied, connectionFailed, connectionTimedOut } from './errors.ts';
import { type EgressLimits, addressesTriedMax } from './limits.ts';
import { type RunningCall, mayConnect } from './running-calls.ts';

/** The addresses of a name, best first; rejects, or gives none, for a name that has none. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Begins a connection to an address; it may be half open. */
export type Connect = (address: { readonly address: string; readonly port: number }) => Socket;

/**
 * Asks the name servers of the machine. Not `lookup`: that waits in a pool of four threads which the whole process shares, and a slow name would keep
 * everybody's files waiting.
 */
export const resolveByNameServers: Resolve = async (host, signal) => {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};

/** Connects from the machine. */
export const connectFromMachine: Connect = ({ address, port }) =>
  connectSocket({ host: address, port, family: isIP(address), allowHalfOpen: true });

/** What opening a connection needs. */
export interface Connecting {
  readonly resolve: Resolve;
  readonly connect: Connect;
  readonly limits: EgressLimits;
  readonly clock: Clock;
}

/** A connection that is open. */
export interface Connected {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * Connects. `tried`: hears of the address at work, also where it comes to nothing. The caller owns the socket; where this throws there is none.
 * @throws {CodedError} `CAPABILITY_DENIED`, `CONNECTION_FAILED`, `DEADLINE_EXCEEDED`, `CANCELLED`.
 */
export async function openConnection(
  { resolve, connect, limits, clock }: Connecting,
  call: RunningCall,
  destination: Destination,
  tried: (address: string) => void,
): Promise<Connected> {
  const late = new AbortController();
  const timeout = connectionTimedOut(destination, 'it', limits.connectMs);
  using _deadline = after(clock, limits.connectMs, () => late.abort(timeout));
  const signal = AbortSignal.any([call.signal, late.signal]);
  const addresses = await allowedAddresses(resolve, { call, destination, signal, tried });
  let failure: CodedError | undefined;
  for (const address of addresses.slice(0, addressesTriedMax)) {
    tried(address);
    try {
      return { address, socket: await opened(connect({ address, port: destination.port }), signal) };
    } catch (error) {
      signal.throwIfAborted();
      failure = connectionFailed(destination, stateOf(error), { cause: error });
    }
  }
  throw failure ?? connectionFailed(destination, 'the name has no address');
}

interface Lookup {
  readonly call: RunningCall;
  readonly destination: Destination;
  readonly signal: AbortSignal;
  readonly tried: (address: string) => void;
}

async function allowedAddresses(resolve: Resolve, lookup: Lookup): Promise<readonly string[]> {
  const { call, destination, signal, tried } = lookup;
  const found = await addressesOf(resolve, destination, signal);
  const allowed = found.filter((address) => mayConnect(call, address, destination.port));
  const [refused] = found;
  if (allowed.length > 0 || refused === undefined) return allowed;
  tried(refused);
  throw addressDenied(destination);
}

async function addressesOf(
  resolve: Resolve,
  destination: Destination,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const literal = destination.host.startsWith('[') ? destination.host.slice(1, -1) : destination.host;
  if (isIP(literal) !== 0) return [literal];
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([resolve(destination.host, signal), promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFailed(destination, 'the name cannot be resolved', { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function opened(socket: Socket, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('connect', () => resolve(socket)).once('error', reject);
  try {
    return await promise;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.off('error', reject);
  }
}

const states: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no way there',
  ETIMEDOUT: 'nobody answers there',
};

function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return states[code] ?? (code === '' ? 'it failed' : code);
}
