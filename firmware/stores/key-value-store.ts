/**
 * The key-value store of a host with a data directory: as the one in memory (`host/operations/memory-store.ts`), and still there after a crash. Each
 * operation is one transaction, on disk when it returns.
 *
 * Entries count towards the maxima as in memory, `entryBytes` each beside key and value: rows, index and pages cost no less.
 *
 * Invariants:
 * - a namespace's and the store's sums are written by triggers of the tables themselves, in the transaction of the change: they cannot drift;
 * - keys are BLOBs of UTF-8, so that SQLite compares them by their bytes.
 */
import type { KeyQuery, KeyValueStore, StoreLimits, ValueChange, WriteResult } from '#host';
import { entryBytes, kvLimits } from '#host';
import type { Database, Migrations } from './open-database.ts';

/** Tables of the store. A rowid table, since values may be a megabyte: its index has the keys alone, and pages of keys read nothing else. */
export const keyValueMigrations: Migrations = {
  area: 'key-value',
  steps: [
    `CREATE TABLE kv_sums (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       namespaces INTEGER NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL
     ) STRICT;
     INSERT INTO kv_sums (id, namespaces, entries, bytes) VALUES (1, 0, 0, 0);

     CREATE TABLE kv_namespaces (
       id INTEGER PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       entries INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE TABLE kv_entries (
       id INTEGER PRIMARY KEY,
       namespace INTEGER NOT NULL REFERENCES kv_namespaces (id),
       key BLOB NOT NULL,
       value BLOB NOT NULL,
       UNIQUE (namespace, key)
     ) STRICT;

     CREATE TRIGGER kv_namespace_added AFTER INSERT ON kv_namespaces BEGIN
       UPDATE kv_sums SET namespaces = namespaces + 1;
     END;
     CREATE TRIGGER kv_namespace_removed AFTER DELETE ON kv_namespaces BEGIN
       UPDATE kv_sums SET namespaces = namespaces - 1;
     END;
     CREATE TRIGGER kv_namespace_changed AFTER UPDATE OF entries, bytes ON kv_namespaces BEGIN
       UPDATE kv_sums SET entries = entries + NEW.entries - OLD.entries, bytes = bytes + NEW.bytes - OLD.bytes;
     END;
     CREATE TRIGGER kv_entry_added AFTER INSERT ON kv_entries BEGIN
       UPDATE kv_namespaces SET entries = entries + 1, bytes = bytes + length(NEW.key) + length(NEW.value)
         WHERE id = NEW.namespace;
     END;
     CREATE TRIGGER kv_entry_changed AFTER UPDATE OF value ON kv_entries BEGIN
       UPDATE kv_namespaces SET bytes = bytes + length(NEW.value) - length(OLD.value) WHERE id = NEW.namespace;
     END;
     CREATE TRIGGER kv_entry_removed AFTER DELETE ON kv_entries BEGIN
       UPDATE kv_namespaces SET entries = entries - 1, bytes = bytes - length(OLD.key) - length(OLD.value)
         WHERE id = OLD.namespace;
       DELETE FROM kv_namespaces WHERE id = OLD.namespace AND entries = 0;
     END;`,
  ],
};

/** A store whose every answer is there at once. */
export interface DurableKeyValueStore extends KeyValueStore {
  get(namespace: string, key: string): Uint8Array | undefined;
  set(namespace: string, key: string, value: Uint8Array, options: { readonly ifUnset: boolean }): WriteResult;
  delete(namespace: string, key: string): boolean;
  keys(namespace: string, query: KeyQuery): readonly string[];
  compareAndSet(namespace: string, key: string, change: ValueChange): WriteResult;
  /** What it holds; bytes as they count towards its maximum. */
  usage(): { readonly namespaces: number; readonly entries: number; readonly bytes: number };
}

/** Creates the store on a database that has `keyValueMigrations`. The database stays its owner's. */
export function createKeyValueStore(database: Database, limits: Partial<StoreLimits> = {}): DurableKeyValueStore {
  return new SqliteKeyValueStore(database, { ...kvLimits, ...limits });
}

interface Sums {
  readonly entries: number;
  readonly bytes: number;
}

class SqliteKeyValueStore implements DurableKeyValueStore {
  readonly #limits: StoreLimits;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #write: (change: () => WriteResult) => WriteResult;

  constructor(database: Database, limits: StoreLimits) {
    this.#limits = limits;
    this.#statements = statementsOf(database);
    const write = database.transaction((change: () => WriteResult) => change());
    // The write lock first: a transaction that reads before it writes could find the database changed in between.
    this.#write = (change) => write.immediate(change);
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return plain(this.#statements.value.get(namespace, bytesOf(key))?.value);
  }

  set(namespace: string, key: string, value: Uint8Array, { ifUnset }: { readonly ifUnset: boolean }): WriteResult {
    return this.#write(() => {
      const previous = this.#statements.length.get(namespace, bytesOf(key))?.length;
      if (ifUnset && previous !== undefined) return 'not-stored';
      return this.#store(namespace, key, value, previous);
    });
  }

  delete(namespace: string, key: string): boolean {
    // One statement, with its triggers: a transaction of its own.
    return this.#statements.remove.run(namespace, bytesOf(key)).changes > 0;
  }

  keys(namespace: string, { prefix, after, limit }: KeyQuery): readonly string[] {
    const first = Buffer.from(prefix);
    // What comes right behind a text of bytes is the text with a zero byte; no UTF-8 has the byte 255.
    const behind = after === undefined ? first : Buffer.concat([Buffer.from(after), Buffer.of(0)]);
    const begin = Buffer.compare(behind, first) > 0 ? behind : first;
    const end = Buffer.concat([first, Buffer.of(255)]);
    return this.#statements.keys.all(namespace, begin, end, limit).map(({ key }) => key.toString());
  }

  compareAndSet(namespace: string, key: string, { expected, value }: ValueChange): WriteResult {
    return this.#write(() => {
      const previous = this.#statements.value.get(namespace, bytesOf(key))?.value;
      const same = previous && expected ? Buffer.compare(previous, expected) === 0 : previous === expected;
      return same ? this.#store(namespace, key, value, previous?.length) : 'not-stored';
    });
  }

  usage(): { readonly namespaces: number; readonly entries: number; readonly bytes: number } {
    const { namespaces, ...sums } = this.#sums();
    return { namespaces, entries: sums.entries, bytes: weight(sums) };
  }

  #store(namespace: string, key: string, value: Uint8Array, previousLength: number | undefined): WriteResult {
    const { namespaceBytesMax, storeBytesMax, namespacesMax } = this.#limits;
    const bytes = bytesOf(key);
    const change = value.length - (previousLength ?? -(entryBytes + bytes.length));
    const found = this.#statements.namespace.get(namespace);
    const sums = this.#sums();
    if ((found ? weight(found) : 0) + change > namespaceBytesMax || weight(sums) + change > storeBytesMax)
      return 'full';
    if (!found && sums.namespaces >= namespacesMax) return 'full';
    if (!found) this.#statements.addNamespace.run(namespace);
    this.#statements.store.run({ namespace, key: bytes, value });
    return 'stored';
  }

  #sums(): Sums & { readonly namespaces: number } {
    return this.#statements.sums.get() ?? { namespaces: 0, entries: 0, bytes: 0 };
  }
}

/** Prepared once; the types of their rows are what their texts say. */
function statementsOf(database: Database) {
  const ofNamespace = '(SELECT id FROM kv_namespaces WHERE name = ?)';
  return {
    value: database.prepare<[string, Buffer], { value: Buffer }>(
      `SELECT value FROM kv_entries WHERE namespace = ${ofNamespace} AND key = ?`,
    ),
    length: database.prepare<[string, Buffer], { length: number }>(
      `SELECT length(value) AS length FROM kv_entries WHERE namespace = ${ofNamespace} AND key = ?`,
    ),
    keys: database.prepare<[string, Buffer, Buffer, number], { key: Buffer }>(
      `SELECT key FROM kv_entries WHERE namespace = ${ofNamespace} AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
    ),
    remove: database.prepare<[string, Buffer]>(`DELETE FROM kv_entries WHERE namespace = ${ofNamespace} AND key = ?`),
    store: database.prepare<{ namespace: string; key: Buffer; value: Uint8Array }>(
      `INSERT INTO kv_entries (namespace, key, value)
       VALUES ((SELECT id FROM kv_namespaces WHERE name = @namespace), @key, @value)
       ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value`,
    ),
    namespace: database.prepare<[string], Sums>('SELECT entries, bytes FROM kv_namespaces WHERE name = ?'),
    addNamespace: database.prepare<[string]>('INSERT INTO kv_namespaces (name) VALUES (?)'),
    sums: database.prepare<[], Sums & { readonly namespaces: number }>(
      'SELECT namespaces, entries, bytes FROM kv_sums',
    ),
  };
}

/** As the limits count it. */
function weight({ entries, bytes }: Sums): number {
  return bytes + entries * entryBytes;
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key);
}

/** Without the methods of a Buffer, which would share memory where those of a Uint8Array copy. */
function plain(buffer: Buffer | undefined): Uint8Array | undefined {
  return buffer && new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
