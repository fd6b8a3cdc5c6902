/** The token scheduler of the host: durable in its database, told of as events, served to other processes. */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { directoryMade } from '../bin/directory-made.js';
import {
  type Quota,
  type SchedulerEvent,
  type TokenScheduler,
  createTokenScheduler,
  syncDefaults,
  systemSyncClock,
} from '#quilt-adapter/sync';
import type { SyncServer } from '#quilt-adapter/sync/grpc';
import { listenRefused } from '#wit/grpc';
import { type Token, parseToken } from '#wit/tokens';
import type { HostConfig } from './config/host-config.ts';
import type { EventLog } from './service/ports.ts';
import type { Database } from './stores/open-database.ts';
import { createSyncStore, syncGrantKey } from './stores/sync-store.ts';
import type { HostTelemetry } from './telemetry/create-telemetry.ts';

/** What it is made of. */
export interface SchedulerSetting {
  readonly config: Pick<HostConfig, 'scheduler'>;
  readonly database: Database;
  readonly events: EventLog;
  readonly telemetry: Pick<HostTelemetry, 'log' | 'metrics'>;
  readonly random: (length: number) => Uint8Array;
}

/** A scheduler, with what the host itself asks of it. Leaving the scope ends every wait. */
export interface HostScheduler extends Disposable {
  readonly scheduler: TokenScheduler;
  /** What the quotas count. */
  readonly counted: readonly Token[];
  readonly quotas: readonly Quota[];
  /** Serves it on its socket, where the configuration has one. `group`: number of one whose members may connect. */
  serve(group: number | undefined): Promise<SyncServer | undefined>;
}

type Listener = (event: SchedulerEvent) => void;

/** Opens it; what the database kept goes on. @throws {CodedError} `CONFIG_INVALID`, `STORE_CORRUPT`, `IO_FAILED`. */
export function openScheduler({ config, database, events, telemetry, random }: SchedulerSetting): HostScheduler {
  const { quotas, socket, waitersMax } = config.scheduler;
  const listeners = new Set<Listener>();
  const read = quotas.map(({ name, token, rule }) => ({ name, covers: parseToken(token), rule }));
  const scheduler = createTokenScheduler({
    quotas: read,
    clock: systemSyncClock,
    store: createSyncStore(database),
    bootId: bootId(),
    limits: { waiters: waitersMax, waitersPerScope: Math.min(waitersMax, syncDefaults.waitersPerScope) },
    onEvent(event) {
      tell(event, events, telemetry.log);
      for (const listener of listeners) listener(event);
    },
  });
  return {
    scheduler,
    counted: read.map(({ covers }) => covers),
    quotas: read,
    async serve(group) {
      if (socket === undefined) return undefined;
      await makePlace(socket, group);
      const { serveSync } = await import('#quilt-adapter/sync/grpc');
      return serveSync({
        path: socket,
        grantKey: syncGrantKey(database, random),
        group,
        scheduler,
        clock: systemSyncClock,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        failed: (method, thrown) =>
          telemetry.log.error('a request to the token scheduler failed', { method, reason: String(thrown) }),
      });
    },
    [Symbol.dispose]: () => scheduler[Symbol.dispose](),
  };
}

/** The directory of the socket, for the owner and the group, where nobody has made one. @throws {CodedError} `LISTEN_REFUSED`. */
async function makePlace(socket: string, group: number | undefined): Promise<void> {
  const directory = dirname(socket);
  if (existsSync(directory)) return;
  if (!directoryMade(directory)) throw listenRefused(socket, `"${directory}" cannot be made`);
  if (group === undefined) return;
  const { uid, gid } = await stat(directory);
  if (gid !== group) await chown(directory, uid, group);
  await chmod(directory, 0o750);
}

/** Grants and waits are too many to tell of each; what ended against somebody's will is told. */
function tell(event: SchedulerEvent, events: EventLog, log: HostTelemetry['log']): void {
  switch (event.kind) {
    case 'deadlock':
      events.publish('tokens.deadlock', { victim: event.victim, cycle: event.cycle });
      log.warn('two or more waited for each other; one was ended', { victim: event.victim, cycle: event.cycle });
      return;
    case 'expired':
      events.publish('tokens.expired', { holder: event.holder, label: event.label, tokens: event.tokens });
      log.warn('a lease ended before it was given back', { holder: event.holder, label: event.label });
      return;
    default:
  }
}

/** Names the boot whose clock leases are kept by; elsewhere than on Linux a restart drops them. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `process-${process.pid}-${Date.now()}`;
  }
}
