import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type StoredLease, type SyncStore, createMemorySyncStore } from '#quilt-adapter/sync';
import { type Database, openDatabase } from '../../../firmware/stores/open-database.ts';
import { createSyncStore, syncGrantKey, syncMigrations } from '../../../firmware/stores/sync-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'aria-sync-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const opened: Database[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

function open(path = ':memory:'): Database {
  const database = openDatabase(path, [syncMigrations]);
  opened.push(database);
  return database;
}

function lease(grant: string, more: Partial<StoredLease> = {}): StoredLease {
  return {
    grant,
    holder: `external:k:${grant}`,
    label: 'a "label" – 𝄞',
    path: ['outer', 'inner'],
    tokens: ['kv:a:rw', 'vector:b:c:x'],
    amount: 1.5,
    epoch: Number(grant.slice(1)),
    grantedAtMs: 12.25,
    expiresAtMs: 30_012.25,
    ...more,
  };
}

const blocks = [
  { units: 3, untilMs: 17.5 },
  { units: 2, untilMs: undefined },
];

describe.for([
  ['in memory', createMemorySyncStore],
  ['on disk', () => createSyncStore(open())],
] as const)('a store %s', ([, create]) => {
  test('is empty when it is new', () => {
    expect(create().load()).toStrictEqual({ bootId: undefined, epochsReserved: 0, leases: [], rates: [] });
  });

  test('has what was put last, and nothing that was removed', () => {
    const store: SyncStore = create();
    for (const grant of ['g1', 'g2', 'g3']) store.putLease(lease(grant));
    store.putLease(lease('g2', { expiresAtMs: 99_000.5, path: [] }));
    store.deleteLeases(['g1', 'none']);
    store.deleteLeases([]);
    store.putRate({ quota: 'calls', blocks: [{ units: 1, untilMs: 1 }] });
    store.putRate({ quota: 'calls', blocks });
    store.putRate({ quota: 'other', blocks });
    store.putRate({ quota: 'other', blocks: [] });
    store.putRate({ quota: 'none', blocks: [] });
    store.reserveEpochs(64);
    store.reserveEpochs(32);
    expect(store.load()).toStrictEqual({
      bootId: undefined,
      epochsReserved: 64,
      leases: [lease('g2', { expiresAtMs: 99_000.5, path: [] }), lease('g3')],
      rates: [{ quota: 'calls', blocks }],
    });
  });

  test('replaces everything by what it is given, also by less', () => {
    const store: SyncStore = create();
    store.putLease(lease('g1'));
    store.putRate({ quota: 'calls', blocks });
    store.reserveEpochs(9_007_199_254_740_000);
    const state = {
      bootId: 'b-1',
      epochsReserved: 7,
      leases: [lease('g2')],
      rates: [{ quota: 'other', blocks }],
    };
    store.replace(state);
    expect(store.load()).toStrictEqual(state);
    store.replace({ bootId: undefined, epochsReserved: 0, leases: [], rates: [] });
    expect(store.load()).toStrictEqual({ bootId: undefined, epochsReserved: 0, leases: [], rates: [] });
  });
});

test('what was written is there after the database is opened again', () => {
  const path = join(directory, 'again.db');
  const first = openDatabase(path, [syncMigrations]);
  const before = createSyncStore(first);
  before.replace({ bootId: 'b', epochsReserved: 1, leases: [], rates: [{ quota: 'q', blocks }] });
  before.putLease(lease('g1'));
  before.reserveEpochs(100);
  first.close();
  expect(createSyncStore(open(path)).load()).toStrictEqual({
    bootId: 'b',
    epochsReserved: 100,
    leases: [lease('g1')],
    rates: [{ quota: 'q', blocks }],
  });
});

test('the key of grants is drawn once, and is the same after the database is opened again', () => {
  const path = join(directory, 'key.db');
  const first = openDatabase(path, [syncMigrations]);
  const key = syncGrantKey(first, (count) => new Uint8Array(count).fill(7));
  expect(key).toEqual(new Uint8Array(32).fill(7));
  first.close();
  expect(syncGrantKey(open(path), (count) => new Uint8Array(count).fill(9))).toEqual(key);
});

test('a disk without room is STORE_FULL, and what could not be replaced is still whole', () => {
  const database = open(join(directory, 'full.db'));
  const store = createSyncStore(database);
  store.putLease(lease('g1'));
  const before = store.load();
  database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 2}`);
  const large = lease('g2', { label: 'x'.repeat(60_000) });
  expect(() => store.putLease(large)).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
  expect(() => store.replace({ bootId: 'b', epochsReserved: 5, leases: [lease('g3'), large], rates: [] })).toThrow(
    expect.objectContaining({ code: 'STORE_FULL' }),
  );
  expect(store.load()).toStrictEqual(before);
  store.putLease(lease('g4'));
  expect(store.load().leases.map(({ grant }) => grant)).toEqual(['g1', 'g4']);
});

test('a row that is no list is STORE_CORRUPT', () => {
  const database = open();
  const store = createSyncStore(database);
  store.putLease(lease('g1'));
  database.exec(`UPDATE sync_leases SET tokens = '["kv:a'`);
  expect(() => store.load()).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
});

test('another process that writes is waited for, and one that goes on is IO_FAILED', () => {
  const path = join(directory, 'busy.db');
  const [mine, other] = [open(path), open(path)];
  mine.pragma('busy_timeout = 20');
  const store = createSyncStore(mine);
  other.exec('BEGIN IMMEDIATE');
  expect(() => store.putLease(lease('g1'))).toThrow(expect.objectContaining({ code: 'IO_FAILED' }));
  other.exec('COMMIT');
  store.putLease(lease('g1'));
  expect(createSyncStore(other).load().leases).toHaveLength(1);
});
