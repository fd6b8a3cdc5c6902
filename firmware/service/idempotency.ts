/**
 * A repeated key returns the first answer, also after a restart.
 *
 * - A row is on disk before the request runs, and its answer is on disk before anybody hears it.
 * - A request that was refused leaves no row: it may be sent again. One whose answer could not be kept leaves its row: it has happened.
 * - Keys are kept as their hashes: a client may use what nobody else is to read.
 * - A row without an answer after a start of the host is one that the stop cut off: whether it happened is unknown, and that is the answer.
 */
import { requestKeyPattern } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import type { Clock } from '#host';
import type { Database, Migrations } from '../stores/open-database.ts';
import { storeError } from '../stores/store-error.ts';
import { idempotencyConflict, outcomeUnknown, requestInvalid } from './errors.ts';

/** Rows that are kept. The oldest go first. */
const rowsMax = 100_000;
/** Bytes of answers that are kept, so that large ones do not fill the disk. The oldest go first. */
const answerBytesMaxDefault = 256 * 1024 * 1024;
/** Answers are kept for a day, which is longer than clients retry. */
const keptMs = 24 * 60 * 60 * 1000;
/** Every so many new keys the old ones go; also when new answers have this part of the maximum. */
const sweepEvery = 1_000;
const sweepPart = 1 / 8;

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
    // What a sweep reads is all in the index: with a hundred thousand answers in the table it would hold the host up for seconds.
    `ALTER TABLE idempotency ADD COLUMN answer_bytes INTEGER;
     UPDATE idempotency SET answer_bytes = octet_length(answer);
     DROP INDEX idempotency_created;
     CREATE INDEX idempotency_age ON idempotency (created_ms, answer_bytes);`,
  ],
};

interface Row {
  readonly request: string;
  readonly answer: string | null;
}

/** A row with an answer, as a sweep sees it. */
interface Kept {
  readonly client: string;
  readonly key: string;
  readonly bytes: number;
}

/** A request with a key. */
export interface KeyedRequest {
  readonly client: string;
  readonly key: string;
  /** What the request is about, as JSON: another text under the same key is a conflict. */
  readonly content: string;
  /** Whether what the answer tells has happened, asked when it is there; one of which nothing has is not kept. All are where absent. */
  readonly happened?: () => boolean;
}

/** Runs requests at most once for each key of each client. */
export class IdempotentRequests {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #answerBytesMax: number;
  readonly #running = new Map<string, { readonly request: string; readonly answer: Promise<string> }>();
  #sinceSweep = 0;
  #bytesSinceSweep = 0;

  constructor(database: Database, clock: Clock, answerBytesMax: number = answerBytesMaxDefault) {
    this.#database = database;
    this.#clock = clock;
    this.#answerBytesMax = answerBytesMax;
    // Nothing runs yet: rows that a stop cut off go, too, once nobody asks for them any more.
    database.prepare<[number]>('DELETE FROM idempotency WHERE created_ms < ?').run(clock.nowMs() - keptMs);
    this.#sweep();
  }

  /**
   * Runs `work`, or returns what it returned the first time.
   * @param work returns the answer as JSON.
   * @throws {CodedError} `REQUEST_INVALID`, `IDEMPOTENCY_CONFLICT`, `OUTCOME_UNKNOWN`, `STORE_FULL`, `IO_FAILED`, and what `work` throws.
   */
  async once(keyed: KeyedRequest, work: () => Promise<string>): Promise<string> {
    const { client, key, content } = keyed;
    if (!requestKeyPattern.test(key))
      throw requestInvalid('the idempotency key', 'is not 1 to 128 of A-Z a-z 0-9 . _ : -');
    const request = hashOf(content);
    const row = hashOf(key);
    const name = `${client} ${row}`;
    const running = this.#running.get(name);
    if (running !== undefined) {
      if (running.request !== request) throw idempotencyConflict(key);
      return running.answer;
    }
    const kept = this.#find(client, row);
    if (kept !== undefined) {
      if (kept.request !== request) throw idempotencyConflict(key);
      if (kept.answer === null) throw outcomeUnknown(key);
      return kept.answer;
    }
    try {
      this.#begin(client, row, request);
    } catch (thrown) {
      throw storeError('note the idempotency key', thrown);
    }
    const answer = this.#run(keyed, row, work).finally(() => this.#running.delete(name));
    this.#running.set(name, { request, answer });
    return answer;
  }

  async #run({ client, happened }: KeyedRequest, row: string, work: () => Promise<string>): Promise<string> {
    let answer: string;
    try {
      answer = await work();
    } catch (thrown) {
      this.#forget(client, row);
      throw thrown;
    }
    if (happened?.() === false) {
      this.#forget(client, row);
      return answer;
    }
    try {
      this.#keep(client, row, answer);
    } catch (thrown) {
      throw storeError('keep the answer of the request, which has been done', thrown);
    }
    return answer;
  }

  #keep(client: string, key: string, answer: string): void {
    const bytes = Buffer.byteLength(answer);
    this.#database
      .prepare<[string, number, string, string]>(
        'UPDATE idempotency SET answer = ?, answer_bytes = ? WHERE client = ? AND key = ?',
      )
      .run(answer, bytes, client, key);
    this.#bytesSinceSweep += bytes;
    if (this.#bytesSinceSweep > this.#answerBytesMax * sweepPart) this.#sweep();
  }

  /** A row that stays says that nobody knows what happened, which is safe, too: what `work` threw is the answer. */
  #forget(client: string, key: string): void {
    try {
      this.#database
        .prepare<[string, string]>('DELETE FROM idempotency WHERE client = ? AND key = ? AND answer IS NULL')
        .run(client, key);
    } catch (thrown) {
      if (!this.#database.open || storeError('forget the request', thrown) !== thrown) return;
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
    this.#bytesSinceSweep = 0;
    const before = this.#clock.nowMs() - keptMs;
    this.#database
      .prepare<[number]>('DELETE FROM idempotency WHERE created_ms < ? AND answer_bytes IS NOT NULL')
      .run(before);
    const surplus = this.#surplus();
    if (surplus.length === 0) return;
    const forget = this.#database.prepare<[string, string]>('DELETE FROM idempotency WHERE client = ? AND key = ?');
    this.#database.transaction(() => {
      for (const { client, key } of surplus) forget.run(client, key);
    })();
  }

  /** The oldest of what is more than there may be. */
  #surplus(): readonly Kept[] {
    const kept = 'FROM idempotency WHERE answer_bytes IS NOT NULL';
    const sum = this.#database.prepare<[], { rows: number; bytes: number }>(
      `SELECT count(*) AS rows, coalesce(sum(answer_bytes), 0) AS bytes ${kept}`,
    );
    let { rows, bytes } = sum.get() ?? { rows: 0, bytes: 0 };
    const surplus: Kept[] = [];
    if (rows <= rowsMax && bytes <= this.#answerBytesMax) return surplus;
    const oldest = this.#database.prepare<[], Kept>(
      `SELECT client, key, answer_bytes AS bytes ${kept} ORDER BY created_ms`,
    );
    for (const row of oldest.iterate()) {
      if (rows <= rowsMax && bytes <= this.#answerBytesMax) break;
      surplus.push(row);
      rows -= 1;
      bytes -= row.bytes;
    }
    return surplus;
  }
}

function hashOf(text: string): string {
  return hashBytes(new TextEncoder().encode(text));
}
