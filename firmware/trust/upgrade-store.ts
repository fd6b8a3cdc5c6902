/** Upgrades that wait, and what became of the others, in SQLite. */
import type { Upgrade } from '#wit/api';
import type { StoredVersion } from '../service/ports.ts';
import type { Database } from '../stores/open-database.ts';
import { upgradeNotWaiting } from './errors.ts';
import { parseDiff } from './upgrade-diff.ts';

/** Settled upgrades that are remembered, and versions that passed, so that they pass again. */
const settledMax = 4_096;
/** Digits of the hash in an id; more where another upgrade has the same ones. */
const idDigits = 8;

/** An upgrade that asks to wait. */
export interface UpgradeRequest extends Omit<Upgrade, 'id' | 'diff'> {
  /** Everything that the version asks for. */
  readonly tokens: readonly string[];
  /** As `diffText` writes it. */
  readonly diffText: string | undefined;
  /** Which of two versions is the newer one, also where nobody signed them. */
  readonly sequence: number;
  readonly installedAtMs: number;
}

/** An upgrade that was settled, with everything that its version asks for. */
export interface SettledUpgrade {
  readonly upgrade: Upgrade;
  readonly tokens: readonly string[];
}

interface Row {
  readonly id: string;
  readonly hash: string;
  readonly bundle: string;
  readonly version: string;
  readonly previous_version: string | null;
  readonly tokens: string;
  readonly new_tokens: string;
  readonly grown_limits: string;
  readonly diff: string | null;
  readonly requested_at_ms: number;
  readonly state: string;
}

/** Keeps upgrades; a method that changes something is to run within a transaction of its caller. */
export class UpgradeStore {
  readonly #waiting;
  readonly #byId;
  readonly #byHash;
  readonly #put;
  readonly #replace;
  readonly #outdate;
  readonly #settle;
  readonly #forget;
  readonly #passed;
  readonly #notePassed;
  readonly #forgetPassed;

  constructor(database: Database) {
    this.#waiting = database.prepare<[], Row>("SELECT * FROM trust_upgrades WHERE state = 'waiting' ORDER BY position");
    this.#byId = database.prepare<[string], Row>('SELECT * FROM trust_upgrades WHERE id = ?');
    this.#byHash = database.prepare<[string], Row>('SELECT * FROM trust_upgrades WHERE hash = ?');
    this.#put = database.prepare<[Record<string, string | number | null>]>(
      `INSERT OR REPLACE INTO trust_upgrades
         (position, id, hash, bundle, version, sequence, installed_at_ms, previous_version, tokens, new_tokens,
          grown_limits, diff, requested_at_ms, state)
       VALUES ((SELECT position FROM trust_upgrades WHERE hash = @hash AND state = 'waiting'),
         @id, @hash, @bundle, @version, @sequence, @installedAtMs, @previous, @tokens, @newTokens, @grownLimits, @diff, @requestedAtMs, 'waiting')`,
    );
    this.#replace = database.prepare<[number, string, string]>(
      `UPDATE trust_upgrades SET state = 'replaced', diff = NULL, settled_at_ms = ? WHERE bundle = ? AND hash <> ? AND state = 'waiting'`,
    );
    this.#outdate = database.prepare<[number, string, number, number]>(
      `UPDATE trust_upgrades SET state = 'replaced', diff = NULL, settled_at_ms = ?
       WHERE bundle = ? AND state = 'waiting' AND (sequence, installed_at_ms) <= (?, ?)`,
    );
    this.#settle = database.prepare<[string, string, number, string]>(
      'UPDATE trust_upgrades SET state = ?, diff = NULL, settled_by = ?, settled_at_ms = ? WHERE id = ?',
    );
    this.#forget = database.prepare<[number]>(
      `DELETE FROM trust_upgrades WHERE state <> 'waiting' AND position <= (
         SELECT position FROM trust_upgrades WHERE state <> 'waiting' ORDER BY position DESC LIMIT 1 OFFSET ?)`,
    );
    this.#passed = database.prepare<[string]>('SELECT hash FROM trust_passed WHERE hash = ?');
    this.#notePassed = database.prepare<[string]>('INSERT INTO trust_passed (hash) VALUES (?) ON CONFLICT DO NOTHING');
    this.#forgetPassed = database.prepare<[number]>(
      'DELETE FROM trust_passed WHERE position <= (SELECT position FROM trust_passed ORDER BY position DESC LIMIT 1 OFFSET ?)',
    );
  }

  /** What waits, the oldest first. */
  list(): readonly Upgrade[] {
    return this.#waiting.all().map(upgradeOf);
  }

  find(id: string): Upgrade | undefined {
    const row = this.#byId.get(id);
    return row?.state === 'waiting' ? upgradeOf(row) : undefined;
  }

  /** Whether somebody approved this very version, or it asked for nothing new when it became active. */
  hasPassed(hash: string): boolean {
    return this.#byHash.get(hash)?.state === 'approved' || this.#passed.get(hash) !== undefined;
  }

  /** Lets a version wait in place of another of its bundle. One that waits already keeps its place and its time. */
  wait(request: UpgradeRequest): Upgrade {
    const known = this.#byHash.get(request.hash);
    this.#replace.run(request.requestedAtMs, request.name, request.hash);
    this.#put.run({
      id: known?.id ?? this.#freeId(request.hash),
      hash: request.hash,
      bundle: request.name,
      version: request.version,
      sequence: request.sequence,
      installedAtMs: request.installedAtMs,
      previous: request.previousVersion ?? null,
      tokens: JSON.stringify(request.tokens),
      newTokens: JSON.stringify(request.newTokens),
      grownLimits: JSON.stringify(request.grownLimits),
      diff: request.diffText ?? null,
      requestedAtMs: known?.state === 'waiting' ? known.requested_at_ms : request.requestedAtMs,
    });
    this.#forget.run(settledMax);
    const row = this.#byHash.get(request.hash);
    if (row === undefined) throw new Error('an upgrade that was written is not there');
    return upgradeOf(row);
  }

  /** A version becomes active: what waits of its bundle and is no newer would be a step back. */
  pass(
    { name, hash, sequence, installedAtMs }: Pick<StoredVersion, 'name' | 'hash' | 'sequence' | 'installedAtMs'>,
    atMs: number,
  ): void {
    this.#outdate.run(atMs, name, sequence, installedAtMs);
    this.#notePassed.run(hash);
    this.#forgetPassed.run(settledMax);
  }

  /** @throws {CodedError} `NOT_FOUND` for one that does not wait. */
  settle(
    id: string,
    { state, by, atMs }: { readonly state: 'approved' | 'rejected'; readonly by: string; readonly atMs: number },
  ): SettledUpgrade {
    const row = this.#byId.get(id);
    if (row?.state !== 'waiting') throw upgradeNotWaiting(id);
    this.#settle.run(state, by, atMs, id);
    return { upgrade: upgradeOf(row), tokens: textsOf(row.tokens) };
  }

  /** The first digits of the hash: the same for the same version, and never another's, since a person approves by it. */
  #freeId(hash: string): string {
    for (let digits = idDigits; digits < hash.length; digits += idDigits) {
      const id = `upgrade-${hash.slice(0, digits)}`;
      if (this.#byId.get(id) === undefined) return id;
    }
    return `upgrade-${hash}`;
  }
}

function upgradeOf(row: Row): Upgrade {
  return {
    id: row.id,
    name: row.bundle,
    version: row.version,
    hash: row.hash,
    ...(row.previous_version !== null && { previousVersion: row.previous_version }),
    newTokens: textsOf(row.new_tokens),
    grownLimits: textsOf(row.grown_limits),
    ...(row.diff !== null && { diff: parseDiff(row.diff) }),
    requestedAtMs: row.requested_at_ms,
  };
}

/** A list of texts that this store wrote. */
function textsOf(json: string): readonly string[] {
  return JSON.parse(json) as readonly string[];
}
