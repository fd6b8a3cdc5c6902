/**
 * A Unix socket that only its owner, or a group, can reach.
 * - It is born with its mode: the umask is set around `bind`, which Node runs before `listen` returns.
 * - What is in the way goes only if it is a socket that nobody listens on.
 */
import { chmod, chown, lstat, readFile, unlink } from 'node:fs/promises';
import { type Server, createConnection } from 'node:net';
import process from 'node:process';
import { groupRefused, listenFailed, socketTaken } from './errors.ts';

/** Of the owner alone: 0600. */
const ownerUmask = 0o177;
const groupMode = 0o660;

/** Where, and for whom besides the owner. */
export interface UnixAddress {
  readonly path: string;
  /** Name in /etc/group, or number. */
  readonly group?: string | undefined;
}

/** Listens on a path. The server removes the socket when it closes. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function listenOnUnixSocket(server: Server, { path, group }: UnixAddress): Promise<void> {
  const groupId = group === undefined ? undefined : await groupIdOf(group);
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: unknown): void => reject(listenFailed(path, error));
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
  if (group === undefined || groupId === undefined) return;
  try {
    // The group first: with the mode first, members of the host's own group could connect for a moment.
    await chown(path, process.getuid?.() ?? -1, groupId);
    await chmod(path, groupMode);
  } catch (error) {
    server.close();
    throw groupRefused(group, error instanceof Error && 'code' in error ? String(error.code) : 'unknown');
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw socketTaken(path, 'it is not a socket');
  const code = await connectFailure(path);
  if (code === 'ENOENT') return;
  if (code !== 'ECONNREFUSED') throw socketTaken(path, code === undefined ? 'another host listens there' : code);
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
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : 'unknown'));
  });
}

async function groupIdOf(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined && /^\d+$/.test(id)) return Number(id);
  }
  throw groupRefused(group, 'there is no such group');
}
