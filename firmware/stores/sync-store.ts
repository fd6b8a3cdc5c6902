/**
 * What of the token scheduler outlives the host: leases of other processes, epochs, rates. Each write is one transaction, on disk when it returns: what was
 * granted is still granted after a crash, and what was given back is still free.
 */
import type { StoredLease, StoredRate, SyncState, SyncStore } from '#quilt-adapter/sync';
import { CodedError } from '#wit/errors';
import type { Database, Migrations } from './open-database.ts';
import { storeError } from './store-error.ts';

/**
 * - `sync_state`: the boot whose clock all times are of, and how far epochs were given out; one row.
 * - `sync_leases`: times in milliseconds of that clock; lists as JSON.
 * - `sync_rates`: what a quota has used, as JSON, oldest first.
 * - `sync_keys`: what ids of grants for other processes are sealed with; at most one row.
 */
export const syncMigrations: Migrations = {
  area: 'sync',
  steps: [
    `CREATE TABLE sync_state (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       boot_id TEXT,
       epochs_reserved INTEGER NOT NULL
     ) STRICT;
     INSERT INTO sync_state (id, boot_id, epochs_reserved) VALUES (1, NULL, 0);
     CREATE TABLE sync_leases (
       grant_id TEXT PRIMARY KEY,
       holder TEXT NOT NULL,
       label TEXT NOT NULL,
       path TEXT NOT NULL,
       tokens TEXT NOT NULL,
       amount REAL NOT NULL,
       epoch INTEGER NOT NULL,
       granted_at_ms REAL NOT NULL,
       expires_at_ms REAL NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE sync_rates (quota TEXT PRIMARY KEY, blocks TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE sync_keys (id INTEGER PRIMARY KEY CHECK (id = 1), grant_key BLOB NOT NULL) STRICT`,
  ],
};

/** As `serveSync` wants it. */
const grantKeyBytes = 32;

/** Creates the store on a database that has `syncMigrations`. The database stays its owner's. Every method throws `STORE_FULL`, `STORE_CORRUPT` or `IO_FAILED`. */
export function createSyncStore(database: Database): SyncStore {
  const statements = statementsOf(database);
  const writeLease = ({ path, tokens, ...lease }: StoredLease): void =>
    void statements.putLease.run({ ...lease, path: JSON.stringify(path), tokens: JSON.stringify(tokens) });
  const writeRate = ({ quota, blocks }: StoredRate): void =>
    void (blocks.length === 0
      ? statements.deleteRate.run(quota)
      : statements.putRate.run(quota, JSON.stringify(blocks)));
  const load = database.transaction((): SyncState => {
    const state = statements.state.get();
    return {
      bootId: state?.bootId ?? undefined,
      epochsReserved: state?.epochsReserved ?? 0,
      leases: statements.leases.all().map(leaseOf),
      rates: statements.rates.all().map(rateOf),
    };
  });
  const replace = database.transaction(({ bootId, epochsReserved, leases, rates }: SyncState) => {
    statements.setState.run(bootId ?? null, epochsReserved);
    statements.clearLeases.run();
    statements.clearRates.run();
    for (const lease of leases) writeLease(lease);
    for (const rate of rates) writeRate(rate);
  });
  const deleteLeases = database.transaction((grants: readonly string[]) => {
    for (const grant of grants) statements.deleteLease.run(grant);
  });
  return {
    load: () => stored('read the token scheduler', load),
    // The write lock first: a host that was started twice by mistake must not read between two writes of the other.
    replace: (state) => stored('write the token scheduler', () => replace.immediate(state)),
    reserveEpochs: (upTo) => stored('write the token scheduler', () => void statements.reserveEpochs.run(upTo)),
    putLease: (lease) => stored('write a lease', () => writeLease(lease)),
    deleteLeases: (grants) => stored('remove a lease', () => deleteLeases.immediate(grants)),
    putRate: (rate) => stored('write a rate', () => writeRate(rate)),
  };
}

/**
 * The key that ids of grants for other processes are sealed with (`serveSync`): made once, since leases outlive the host.
 * @throws {CodedError} as the store.
 */
export function syncGrantKey(database: Database, random: (count: number) => Uint8Array): Uint8Array {
  return stored('read the key of grants', () => {
    database
      .prepare('INSERT INTO sync_keys (id, grant_key) VALUES (1, ?) ON CONFLICT DO NOTHING')
      .run(random(grantKeyBytes));
    const row = database.prepare<[], { key: Buffer }>('SELECT grant_key AS key FROM sync_keys').get();
    return new Uint8Array(row?.key ?? []);
  });
}

interface LeaseRow extends Omit<StoredLease, 'path' | 'tokens'> {
  readonly path: string;
  readonly tokens: string;
}

interface RateRow {
  readonly quota: string;
  readonly blocks: string;
}

/** Prepared once; the types of their rows are what their texts say. */
function statementsOf(database: Database) {
  return {
    state: database.prepare<[], { bootId: string | null; epochsReserved: number }>(
      'SELECT boot_id AS bootId, epochs_reserved AS epochsReserved FROM sync_state',
    ),
    setState: database.prepare<[string | null, number]>('UPDATE sync_state SET boot_id = ?, epochs_reserved = ?'),
    reserveEpochs: database.prepare<[number]>('UPDATE sync_state SET epochs_reserved = max(epochs_reserved, ?)'),
    leases: database.prepare<[], LeaseRow>(
      `SELECT grant_id AS "grant", holder, label, path, tokens, amount, epoch,
         granted_at_ms AS grantedAtMs, expires_at_ms AS expiresAtMs
       FROM sync_leases ORDER BY epoch`,
    ),
    putLease: database.prepare<LeaseRow>(
      `INSERT INTO sync_leases (grant_id, holder, label, path, tokens, amount, epoch, granted_at_ms, expires_at_ms)
       VALUES (@grant, @holder, @label, @path, @tokens, @amount, @epoch, @grantedAtMs, @expiresAtMs)
       ON CONFLICT (grant_id) DO UPDATE SET holder = excluded.holder, label = excluded.label, path = excluded.path,
         tokens = excluded.tokens, amount = excluded.amount, epoch = excluded.epoch,
         granted_at_ms = excluded.granted_at_ms, expires_at_ms = excluded.expires_at_ms`,
    ),
    deleteLease: database.prepare<[string]>('DELETE FROM sync_leases WHERE grant_id = ?'),
    clearLeases: database.prepare<[]>('DELETE FROM sync_leases'),
    rates: database.prepare<[], RateRow>('SELECT quota, blocks FROM sync_rates ORDER BY quota'),
    putRate: database.prepare<[string, string]>(
      'INSERT INTO sync_rates (quota, blocks) VALUES (?, ?) ON CONFLICT (quota) DO UPDATE SET blocks = excluded.blocks',
    ),
    deleteRate: database.prepare<[string]>('DELETE FROM sync_rates WHERE quota = ?'),
    clearRates: database.prepare<[]>('DELETE FROM sync_rates'),
  };
}

function leaseOf({ path, tokens, ...row }: LeaseRow): StoredLease {
  return { ...row, path: JSON.parse(path) as string[], tokens: JSON.parse(tokens) as string[] };
}

function rateOf({ quota, blocks }: RateRow): StoredRate {
  const read = JSON.parse(blocks) as { units: number; untilMs?: number }[];
  return { quota, blocks: read.map(({ units, untilMs }) => ({ units, untilMs })) };
}

function stored<Result>(action: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    // A list that is none: nobody but a broken disk or another program writes such a row.
    if (thrown instanceof SyntaxError) throw storeCorrupt(action, thrown);
    throw storeError(action, thrown);
  }
}

function storeCorrupt(action: string, cause: SyntaxError): CodedError {
  const facts = { message: `Cannot ${action}: the database is damaged (${cause.message})` };
  return new CodedError('STORE_CORRUPT', facts, { cause });
}
