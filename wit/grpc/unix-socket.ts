/**
 * A Unix socket that only its owner, or a group, can reach.
 * - It is born with its mode: the umask is set around `bind`, which Node runs before `listen` returns.
 * - What is in the way goes only if it is a socket that nobody listens on.
 */
import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import { type Server, createConnection } from 'node:net';
import process from 'node:process';
import { groupRefused, listenRefused, systemCode } from './errors.ts';

/** Of the owner alone: 0600. */
const ownerUmask = 0o177;
const groupMode = 0o660;

/** Where, and for whom besides the owner. */
export interface UnixAddress {
  readonly path: string;
  /** Number of a group whose members may connect, too. */
  readonly group?: number | undefined;
}

/** Listens on a path; the server removes the socket when it closes. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function listenOnUnixSocket(server: Server, { path, group }: UnixAddress): Promise<void> {
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: unknown): void => reject(listenRefused(path, systemCode(error), error));
    server.once('error', failed);
    const before = process.umask(ownerUmask);
    try {
      server.listen(path, () => {
        server.off('error', failed);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
  if (group === undefined) return;
  try {
    // The group first: with the mode first, members of the host's own group could connect for a moment.
    // The unit of a service forbids the very call; there the group is the service's own, which a socket is born with.
    const { uid, gid } = await lstat(path);
    if (gid !== group) await chown(path, uid, group);
    await chmod(path, groupMode);
  } catch (error) {
    server.close();
    throw groupRefused(group, error);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw listenRefused(path, 'it is not a socket');
  const code = await connectFailure(path);
  if (code === 'ENOENT') return;
  if (code !== 'ECONNREFUSED') throw listenRefused(path, code ?? 'another host or another process listens there');
  await unlink(path);
}

/** Why nobody answers; `undefined` where somebody does. */
function connectFailure(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve(systemCode(error)));
  });
}
