/** One connection of a client: what it has under way, each kind with its maximum. */
import { tooMany } from './errors.ts';
import type { SyncServerLimits } from './limits.ts';

/** What is counted. */
export type Counted = 'waits' | 'watches' | 'states';

const maximumOf = { waits: 'waitsMax', watches: 'watchesMax', states: 'statesMax' } as const satisfies Record<
  Counted,
  keyof SyncServerLimits
>;

/** Counts. */
export class Connection {
  readonly #limits: SyncServerLimits;
  readonly #counts: Record<Counted, number> = { waits: 0, watches: 0, states: 0 };

  constructor(limits: SyncServerLimits) {
    this.#limits = limits;
  }

  /** Counts one until what it returns is called; a second call does nothing. @throws {CodedError} `OVERLOADED`. */
  begin(what: Counted): () => void {
    const countMax = this.#limits[maximumOf[what]];
    if (this.#counts[what] >= countMax) throw tooMany(what, countMax);
    this.#counts[what] += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#counts[what] -= 1;
    };
  }
}
