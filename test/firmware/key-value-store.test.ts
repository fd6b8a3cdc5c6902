import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { entryBytes, kvLimits } from '#host';
import { createKeyValueStore, keyValueMigrations } from '../../firmware/stores/key-value-store.ts';
import { type Database, openDatabase } from '../../firmware/stores/open-database.ts';
import { keyValueStoreCases } from '../conformance/key-value-store-cases.ts';
import { Random, fuzzSeed } from '../fuzz.ts';

const directory = mkdtempSync(join(tmpdir(), 'aria-kv-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const opened: Database[] = [];
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

let files = 0;
function newFile(): string {
  files += 1;
  return join(directory, `${files}.db`);
}

function open(path: string): Database {
  const database = openDatabase(path, [keyValueMigrations]);
  opened.push(database);
  return database;
}

const always = { ifUnset: false } as const;

/** What the tables hold, counted anew. */
function counted(database: Database): unknown {
  return database
    .prepare(
      `SELECT (SELECT count(*) FROM kv_namespaces) AS namespaces, count(*) AS entries,
         coalesce(sum(length(key) + length(value) + ${entryBytes}), 0) AS bytes FROM kv_entries`,
    )
    .get();
}

describe('the key-value store on disk conforms', () => {
  test.for(keyValueStoreCases.map((each) => [each.fact, each] as const))('%s', async ([text, each]) => {
    // Ten thousand commits to a real disk would take minutes; which of them are there is the same in memory.
    const inMemory = text.includes('in any order');
    const proved = each.prove({
      create: (limits) => createKeyValueStore(open(inMemory ? ':memory:' : newFile()), limits),
    });
    await expect(proved).resolves.toBeUndefined();
  });
});

test('values and sums are there after the database is opened again', () => {
  const path = newFile();
  const first = openDatabase(path, [keyValueMigrations]);
  const before = createKeyValueStore(first);
  before.set('n', 'k', Uint8Array.of(1, 2), always);
  before.set('m', 'é', Uint8Array.of(), always);
  first.close();
  expect(() => before.get('n', 'k')).toThrow('not open');
  const after = createKeyValueStore(open(path));
  expect(after.get('n', 'k')).toEqual(Uint8Array.of(1, 2));
  expect(after.usage()).toEqual({ namespaces: 2, entries: 2, bytes: 2 * entryBytes + 5 });
});

test('sums are what the tables hold after any changes, those of others among them', () => {
  const database = open(':memory:');
  const store = createKeyValueStore(database, { namespaceBytesMax: 20 * entryBytes, storeBytesMax: 40 * entryBytes });
  const random = new Random(fuzzSeed());
  for (let step = 0; step < 2_000; step += 1) {
    const [namespace, key] = [random.pick(['a', 'b', 'c']), random.text(1 + random.below(2), 'xyé𝄞')];
    if (random.oneIn(3)) store.delete(namespace, key);
    else store.set(namespace, key, random.bytes(random.below(600)), { ifUnset: random.oneIn(4) });
    if (random.oneIn(100)) database.exec("DELETE FROM kv_entries WHERE key > x'79'");
    expect(store.usage()).toEqual(counted(database));
  }
  database.exec('DELETE FROM kv_entries');
  expect(store.usage()).toEqual({ namespaces: 0, entries: 0, bytes: 0 });
});

test('a disk without room fails the write with nothing of it kept, and the store goes on', () => {
  const database = open(newFile());
  const store = createKeyValueStore(database);
  store.set('n', 'kept', Uint8Array.of(1), always);
  const before = store.usage();
  const pages = database.pragma('page_count', { simple: true });
  database.pragma(`max_page_count = ${Number(pages) + 8}`);
  const large = new Uint8Array(kvLimits.valueBytesMax);
  expect(() => store.set('other', 'large', large, always)).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
  expect(() => store.compareAndSet('n', 'kept', { expected: Uint8Array.of(1), value: large })).toThrow('full');
  expect([store.get('n', 'kept'), store.get('other', 'large')]).toEqual([Uint8Array.of(1), undefined]);
  expect([store.usage(), counted(database)]).toEqual([before, before]);
  expect(store.set('n', 'small', Uint8Array.of(2), always)).toBe('stored');
});

test('two connections to one file hold to the same maxima', () => {
  const path = newFile();
  const limits = { storeBytesMax: 2 * (entryBytes + 1) };
  const [one, two] = [createKeyValueStore(open(path), limits), createKeyValueStore(open(path), limits)];
  expect(one.set('n', 'a', Uint8Array.of(), always)).toBe('stored');
  expect(two.set('n', 'b', Uint8Array.of(), always)).toBe('stored');
  expect(one.set('n', 'c', Uint8Array.of(), always)).toBe('full');
  expect(two.compareAndSet('n', 'a', { expected: undefined, value: Uint8Array.of() })).toBe('not-stored');
  expect(one.keys('n', { prefix: '', after: undefined, limit: 9 })).toEqual(['a', 'b']);
});

test('after a kill everything that was answered is there, and the sums fit', async () => {
  const path = newFile();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'key-value-child.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answered = -1;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    answered = Number(line);
    if (answered === 40) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'close'), once(lines, 'close')]);
  const database = open(path);
  const store = createKeyValueStore(database);
  expect(answered).toBeGreaterThanOrEqual(40);
  for (let number = 0; number <= answered; number += 1) {
    const gone = number % 3 === 1 && number < answered;
    const value = store.get('n', String(number));
    // The deletion that follows the last answer may have happened.
    if (number % 3 === 1 && number === answered) continue;
    expect(value?.every((byte) => byte === number % 256) ?? undefined).toBe(gone ? undefined : true);
  }
  expect(store.usage()).toEqual(counted(database));
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
});
