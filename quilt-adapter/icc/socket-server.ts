/** A server on a Unix socket in a container's own directory: who may reach it, and answers where there is no response yet. */
import { chmod, chown, lstat, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { type CodedError, systemState } from '#wit/errors';
import { socketRefused } from './errors.ts';
import { STATUS_CODES } from './node-http.ts';

/** Who may connect. The directory around the socket decides as well, and is its owner's affair. */
export interface SocketAccess {
  /** Connecting takes the right to write; 0o666 where absent, since a container's user is another one on the machine. */
  readonly mode?: number;
  /** The container's user as the machine counts; the process's own where absent. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** `sun_path` has 108 bytes, the last of which is 0. */
const pathBytesMax = 107;

/**
 * Listens. A socket that an earlier process left there is replaced, anything else is not.
 * @throws {CodedError} `CONTAINER_START_FAILED`; nothing listens then.
 */
export async function listenOnSocket(
  server: Server,
  what: string,
  { path, access }: { readonly path: string; readonly access: SocketAccess },
): Promise<void> {
  if (Buffer.byteLength(path) > pathBytesMax) throw socketRefused(what, `its path has more than ${pathBytesMax} bytes`);
  await removeSocket(path, what);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Not once: a connection that cannot be accepted, for want of descriptors say, must not end the process.
  server.on('error', reject).once('listening', resolve);
  server.listen({ path, backlog: 128 });
  try {
    await promise;
    await chmod(path, access.mode ?? 0o666);
    if (access.owner) await chown(path, access.owner.uid, access.owner.gid);
  } catch (cause) {
    server.close();
    throw socketRefused(what, systemState(cause), { cause });
  }
}

async function removeSocket(path: string, what: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw socketRefused(what, 'something that is no socket has its name');
  await rm(path, { force: true });
}

/** What every answer says: nobody keeps it or takes it for something else. */
export const answerHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** The body of an answer that is an error. */
export function errorBody({ wire }: Pick<CodedError, 'wire'>): Readonly<Record<string, unknown>> {
  return { success: false, error_message: wire.message, error: wire };
}

/** Answers where there is no response: a connection that is not taken, bytes that are no HTTP, `CONNECT`. Ends the socket. */
export function sendRaw(socket: Duplex, error: CodedError, status: number): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify(errorBody(error))}\n`;
  const headers = {
    ...answerHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`, ...lines].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}
