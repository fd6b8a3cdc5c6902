/** SQLite, opened the one way that survives a crash. The home of its package. */
import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { storeError } from './store-error.ts';

export type { Database, Statement } from 'better-sqlite3';

/** Tables of an area, as steps; a step that was released never changes. */
export interface Migrations {
  readonly area: string;
  readonly steps: readonly string[];
}

/**
 * Opens a database and brings its tables up to date. The caller owns it.
 * Commits are on disk when they return (`synchronous = FULL`); `:memory:` keeps nothing.
 * @throws {CodedError} `STORE_CORRUPT`, `STORE_FULL`, `IO_FAILED`.
 */
export function openDatabase(path: string, areas: readonly Migrations[]): Database.Database {
  const database = newDatabase(path);
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('busy_timeout = 5000');
    database.exec('CREATE TABLE IF NOT EXISTS migrations (area TEXT PRIMARY KEY, steps INTEGER NOT NULL) STRICT');
    for (const area of areas) migrate(database, area);
    return database;
  } catch (thrown) {
    database.close();
    throw storeError('open the database', thrown);
  }
}

function newDatabase(path: string): Database.Database {
  try {
    // SQLite gives the files beside it the same mode.
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
    return new Database(path);
  } catch (thrown) {
    throw storeError('open the database', thrown);
  }
}

function migrate(database: Database.Database, { area, steps }: Migrations): void {
  const done = database.prepare<[string], { steps: number }>('SELECT steps FROM migrations WHERE area = ?');
  const record = database.prepare<[string, number]>(
    'INSERT INTO migrations (area, steps) VALUES (?, ?) ON CONFLICT (area) DO UPDATE SET steps = excluded.steps',
  );
  database.transaction(() => {
    const from = done.get(area)?.steps ?? 0;
    for (const step of steps.slice(from)) database.exec(step);
    if (from < steps.length) record.run(area, steps.length);
  })();
}
