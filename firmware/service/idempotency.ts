/**
 * A repeated key returns the first answer, also after a restart.
 *
 * - A row is on disk before the request runs, and its answer is on disk before anybody hears it.
 * - A request that was refused leaves no row: it may be sent again.
 * - A row without an answer after a start of the host is one that the stop cut off: whether it happened is unknown, and that is the answer.
 */
import { hashBytes } from '#wit/bundle';
import type { Clock } from '#host';
import type { Database, Migrations } from '../stores/open-database.ts';
import { idempotencyConflict, outcomeUnknown, requestInvalid } from './errors.ts';

/** Rows that are kept: at 1 KiB each some 100 MiB. The oldest go first. */
const rowsMax = 100_000;
/** Answers are kept for a day, which is longer than clients retry. */
const keptMs = 24 * 60 * 60 * 1000;
/** Every so many new keys the old ones go. */
const sweepEvery = 1_000;
const keyPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** The table of keys. */
export const idempotencyMigrations: Migrations = {
  area: 'idempotency',
  steps: [
    `CREATE TABLE idempotency (
       client TEXT NOT NULL,
       key TEXT NOT NULL,
       request TEXT NOT NULL,
       answer TEXT,
       created_ms REAL NOT NULL,
       PRIMARY KEY (client, key)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX idempotency_created ON idempotency (created_ms);`,
  ],
};

interface Row {
  readonly request: string;
  readonly answer: string | null;
}

/** A request with a key. */
export interface KeyedRequest {
  readonly client: string;
  readonly key: string;
  /** What the request is about, as JSON: another text under the same key is a conflict. */
  readonly content: string;
}

/** Runs requests at most once for each key of each client. */
export class IdempotentRequests {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #running = new Map<string, { readonly request: string; readonly answer: Promise<string> }>();
  #sinceSweep = 0;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#sweep();
  }

  /**
   * Runs `work`, or returns what it returned the first time.
   * @param work returns the answer as JSON.
   * @throws {CodedError} `REQUEST_INVALID`, `IDEMPOTENCY_CONFLICT`, `OUTCOME_UNKNOWN`, and what `work` throws.
   */
  async once({ client, key, content }: KeyedRequest, work: () => Promise<string>): Promise<string> {
    if (!keyPattern.test(key)) throw requestInvalid('the idempotency key', 'is not 1 to 128 of A-Z a-z 0-9 . _ : -');
    const request = hashBytes(new TextEncoder().encode(content));
    const name = `${client} ${key}`;
    const running = this.#running.get(name);
    if (running !== undefined) {
      if (running.request !== request) throw idempotencyConflict(key);
      return running.answer;
    }
    const kept = this.#find(client, key);
    if (kept !== undefined) {
      if (kept.request !== request) throw idempotencyConflict(key);
      if (kept.answer === null) throw outcomeUnknown(key);
      return kept.answer;
    }
    this.#begin(client, key, request);
    const answer = this.#run(client, key, work).finally(() => this.#running.delete(name));
    this.#running.set(name, { request, answer });
    return answer;
  }

  async #run(client: string, key: string, work: () => Promise<string>): Promise<string> {
    try {
      const answer = await work();
      this.#database
        .prepare<[string, string, string]>('UPDATE idempotency SET answer = ? WHERE client = ? AND key = ?')
        .run(answer, client, key);
      return answer;
    } catch (thrown) {
      this.#database
        .prepare<[string, string]>('DELETE FROM idempotency WHERE client = ? AND key = ? AND answer IS NULL')
        .run(client, key);
      throw thrown;
    }
  }

  #find(client: string, key: string): Row | undefined {
    return this.#database
      .prepare<[string, string], Row>('SELECT request, answer FROM idempotency WHERE client = ? AND key = ?')
      .get(client, key);
  }

  #begin(client: string, key: string, request: string): void {
    this.#sinceSweep += 1;
    if (this.#sinceSweep >= sweepEvery) this.#sweep();
    this.#database
      .prepare<[string, string, string, number]>(
        'INSERT INTO idempotency (client, key, request, created_ms) VALUES (?, ?, ?, ?)',
      )
      .run(client, key, request, this.#clock.nowMs());
  }

  /** Requests that run keep their rows. */
  #sweep(): void {
    this.#sinceSweep = 0;
    const before = this.#clock.nowMs() - keptMs;
    this.#database.prepare<[number]>('DELETE FROM idempotency WHERE created_ms < ? AND answer IS NOT NULL').run(before);
    this.#database
      .prepare<[number]>(
        `DELETE FROM idempotency WHERE (client, key) IN
           (SELECT client, key FROM idempotency WHERE answer IS NOT NULL ORDER BY created_ms DESC LIMIT -1 OFFSET ?)`,
      )
      .run(rowsMax);
  }
}
