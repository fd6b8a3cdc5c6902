/** What a home keeps: the database, the bundles in it, and whose bundles they may be. */
import { join } from 'node:path';
import type { Clock } from '#host';
import { openKeyRing } from '#wit/trust';
import { bundleMigrations } from './bundles/migrations.ts';
import { type ContentStore, openBundleStore } from './bundles/open-bundle-store.ts';
import type { HostConfig } from './config/host-config.ts';
import { idempotencyMigrations } from './service/idempotency.ts';
import type { StoredVersion, Trust } from './service/ports.ts';
import { keyValueMigrations } from './stores/key-value-store.ts';
import { type Database, openDatabase } from './stores/open-database.ts';
import { syncMigrations } from './stores/sync-store.ts';
import { trustMigrations } from './trust/migrations.ts';
import { createTrust } from './trust/trust.ts';

/** The stores of a host. */
export interface Stores {
  readonly database: Database;
  readonly store: ContentStore;
  readonly trust: Trust;
}

/** What they are opened with. */
export interface StoresSetting {
  readonly config: HostConfig;
  readonly clock: Clock;
  /** Owns them from now on. */
  readonly stack: AsyncDisposableStack;
  readonly quarantined: (version: StoredVersion, reason: string) => void;
  /** Versions that a collection leaves; none where absent. */
  readonly held?: () => ReadonlySet<string>;
}

/** Opens and recovers them. @throws {CodedError} `STORE_CORRUPT`, `STORE_FULL`, `IO_FAILED`, `KEY_INVALID`, `CONFIG_INVALID`. */
export function openStores({ config, clock, stack, quarantined, held }: StoresSetting): Stores {
  const { home, store: limits, allowUnsigned } = config;
  const database = openDatabase(join(home, 'aria.db'), [
    bundleMigrations,
    trustMigrations,
    idempotencyMigrations,
    keyValueMigrations,
    syncMigrations,
  ]);
  stack.defer(() => void database.close());
  const trust = createTrust({
    database,
    ring: openKeyRing(join(home, 'trust'), config.trust),
    allowUnsigned,
    clock,
  });
  const { bytesMax, versionsKept } = limits;
  const store = stack.use(
    openBundleStore({
      directory: join(home, 'bundles'),
      database,
      bytesMax,
      versionsKept,
      clock,
      quarantined,
      ...(held && { held }),
    }),
  );
  return { database, store, trust };
}
