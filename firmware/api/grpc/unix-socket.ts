/** The Unix socket of the gateway; its group may be named. */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { listenOnUnixSocket } from '#wit/grpc';
import { groupUnknown } from './errors.ts';

/** Where, and for whom besides the owner. */
export interface GatewaySocket {
  readonly path: string;
  /** Name in /etc/group, or number. */
  readonly group?: string | undefined;
}

/** Listens on a path. The server removes the socket when it closes. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function listenOnGatewaySocket(server: Server, { path, group }: GatewaySocket): Promise<void> {
  await listenOnUnixSocket(server, { path, group: group === undefined ? undefined : await groupIdOf(group) });
}

async function groupIdOf(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined && /^\d+$/.test(id)) return Number(id);
  }
  throw groupUnknown(group);
}
