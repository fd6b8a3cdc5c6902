/** The table of `check-quilt`: what was tried, and what came of it. */
import { isDeepStrictEqual } from 'node:util';
import { CodedError } from '#wit/errors';
import type { RuntimeCapabilities } from '../../quilt-adapter/runtime/container-runtime.ts';

type Outcome = 'works' | 'FAILS' | 'unknown' | 'skipped';

interface Row {
  readonly what: string;
  readonly outcome: Outcome;
  readonly seen: string;
  readonly wallMs: number;
}

/** See above. */
export class Checks {
  readonly #rows: Row[] = [];

  get failed(): boolean {
    return this.#rows.some(({ outcome }) => outcome === 'FAILS');
  }

  /** Tries what must work; gives what it saw, in words. */
  must(what: string, run: () => Promise<string>): Promise<void> {
    return this.#try(what, 'FAILS', run);
  }

  /** Tries what some daemons cannot. */
  may(what: string, run: () => Promise<string>): Promise<void> {
    return this.#try(what, 'unknown', run);
  }

  /** Tries what must be refused with a code. */
  refuses(what: string, code: string, run: () => Promise<unknown>): Promise<void> {
    return this.must(`${code} for ${what}`, async () => {
      const seen = await run().then(
        () => 'nothing',
        (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
      );
      equal(seen, code);
      return 'refused';
    });
  }

  skip(what: string, why: string): void {
    this.#rows.push({ what, outcome: 'skipped', seen: why, wallMs: 0 });
  }

  /** The table, and what the capability report has against the rest. */
  print(capabilities: RuntimeCapabilities | undefined): void {
    const width = Math.max(...this.#rows.map(({ what }) => what.length));
    for (const { what, outcome, seen, wallMs } of this.#rows) {
      console.log(`${what.padEnd(width)}  ${outcome.padEnd(7)}  ${wallMs.toFixed(0).padStart(6)} ms  ${seen}`);
    }
    if (capabilities === undefined) return;
    console.log('\nNot with this daemon:');
    for (const { feature, why } of capabilities.unsupported) console.log(`  ${feature}: ${why}`);
  }

  async #try(what: string, otherwise: Outcome, run: () => Promise<string>): Promise<void> {
    const sinceMs = performance.now();
    const add = (outcome: Outcome, seen: string): void => {
      this.#rows.push({ what, outcome, seen, wallMs: performance.now() - sinceMs });
    };
    try {
      add('works', await run());
    } catch (error) {
      const text = error instanceof CodedError ? `${error.code}: ${error.message}` : String(error);
      add(otherwise, text);
    }
  }
}

/** @throws where the two differ. */
export function equal(seen: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(seen, wanted)) return;
  throw new Error(`saw ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
}
