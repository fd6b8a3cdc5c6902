/** The tokens that bundles have, in SQLite. */
import type { Database } from '../stores/open-database.ts';
import { Coverage } from './coverage.ts';

/** Grants of a bundle beyond this many: those of older versions lapse. A manifest has some ten thousand at most. */
const grantsMax = 32_768;

/** Who granted, and when. */
export interface GrantedBy {
  readonly by: string;
  readonly atMs: number;
}

/** Keeps grants; every method is to run within a transaction of its caller. */
export class GrantStore {
  readonly #known;
  readonly #list;
  readonly #know;
  readonly #add;
  readonly #clear;

  constructor(database: Database) {
    this.#known = database.prepare<[string], { bundle: string }>('SELECT bundle FROM trust_bundles WHERE bundle = ?');
    this.#list = database.prepare<[string], { token: string }>('SELECT token FROM trust_grants WHERE bundle = ?');
    this.#know = database.prepare<[string, number]>(
      'INSERT INTO trust_bundles (bundle, first_granted_at_ms) VALUES (?, ?) ON CONFLICT (bundle) DO NOTHING',
    );
    this.#add = database.prepare<[string, string, string, number]>(
      'INSERT INTO trust_grants (bundle, token, granted_by, granted_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (bundle, token) DO NOTHING',
    );
    this.#clear = database.prepare<[string]>('DELETE FROM trust_grants WHERE bundle = ?');
  }

  /** Whether a version of the bundle was ever granted what it asks for. */
  isKnown(bundle: string): boolean {
    return this.#known.get(bundle) !== undefined;
  }

  tokens(bundle: string): readonly string[] {
    return this.#list.all(bundle).map(({ token }) => token);
  }

  /** Grants all of these tokens. */
  grant(bundle: string, tokens: Iterable<string>, { by, atMs }: GrantedBy): void {
    this.#know.run(bundle, atMs);
    const wanted = new Set(tokens);
    const had = this.tokens(bundle);
    const coverage = new Coverage(had);
    const added = [...wanted].filter((token) => !coverage.covers(token));
    const lapse = had.length + added.length > grantsMax;
    if (lapse) this.#clear.run(bundle);
    for (const token of lapse ? wanted : added) this.#add.run(bundle, token, by, atMs);
  }
}
