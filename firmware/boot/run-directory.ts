/** The directory of the sockets: only this user enters it, and the group that the configuration names. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { directoryMade } from '../../bin/directory-made.js';
import { groupUnknown, runDirectoryRefused, socketInUse } from './errors.ts';

/** Where the sockets are bound. */
export interface RunDirectory {
  readonly path: string;
  /** gRPC. */
  readonly api: string;
  /** Cap'n Proto. */
  readonly rpc: string;
  /** Number of the group that may connect. */
  readonly groupId: number | undefined;
}

export interface RunDirectorySetup {
  readonly path: string;
  /** Name or number; absent: the owner only. */
  readonly group: string | undefined;
  /** Of this process; absent where the system has none. */
  readonly uid: number | undefined;
}

const privateMode = 0o700;
const groupMode = 0o750;
/** A directory service may have to be asked for a group. */
const groupMsMax = 5000;

/**
 * Makes the directory fit for sockets and removes those that nobody answers on. The home's lock is held meanwhile.
 * @throws {CodedError} `IO_FAILED` where it is somebody else's, a link, or cannot be made; `HOME_LOCKED` where a host of another home answers there;
 * `CONFIG_INVALID` for an unknown group.
 */
export async function openRunDirectory({ path, group, uid }: RunDirectorySetup): Promise<RunDirectory> {
  const groupId = group === undefined ? undefined : await groupIdOf(group);
  if (!directoryMade(path))
    throw runDirectoryRefused(
      path,
      'it cannot be made',
      `Make "${dirname(path)}" writable, or set listen.run_directory`,
    );
  await own(path, uid, groupId);
  const sockets = { api: join(path, 'api.sock'), rpc: join(path, 'rpc.sock') };
  for (const socket of Object.values(sockets)) await cleanSocket(path, socket);
  return { path, ...sockets, groupId };
}

/** The directory itself is opened, so that nobody puts another one in its place between the look and the change. */
async function own(path: string, uid: number | undefined, groupId: number | undefined): Promise<void> {
  const found = await lstat(path);
  const move = 'Remove it, or set listen.run_directory to another directory';
  if (found.isSymbolicLink()) throw runDirectoryRefused(path, 'it is a link', move);
  if (!found.isDirectory()) throw runDirectoryRefused(path, 'it is no directory', move);
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const { uid: owner, mode, gid } = await directory.stat();
  if (uid !== undefined && owner !== uid) throw runDirectoryRefused(path, `it belongs to the user ${owner}`, move);
  try {
    if (groupId !== undefined && gid !== groupId) await directory.chown(owner, groupId);
    const wanted = groupId === undefined ? privateMode : groupMode;
    if ((mode & 0o777) !== wanted) await directory.chmod(wanted);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw runDirectoryRefused(
      path,
      `its group or mode cannot be set: ${code}`,
      `Make this user a member of the group ${groupId ?? gid}, or leave listen.socket_group out`,
    );
  }
}

async function cleanSocket(directory: string, path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw runDirectoryRefused(
      directory,
      `"${path}" is in the way and no socket`,
      `Remove "${path}" if nobody needs it`,
    );
  if (await answers(path)) throw socketInUse(path);
  await rm(path, { force: true });
}

/** Whether somebody listens on a socket. Only a refused connection says that nobody does; one that is full is somebody's. */
export async function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  );
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** Node knows no names of groups: they are in a file, and elsewhere `getent` knows them. */
async function groupIdOf(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const file = await readFile('/etc/group', 'utf8').catch(() => '');
  const line =
    file.split('\n').find((one) => one.startsWith(`${group}:`)) ??
    (await promisify(execFile)('getent', ['group', '--', group], { timeout: groupMsMax })
      .then(({ stdout }) => stdout)
      .catch(() => ''));
  const [name, , id] = line.split(':');
  if (name !== group || id === undefined || !/^\d{1,10}$/.test(id)) throw groupUnknown(group);
  return Number(id);
}
