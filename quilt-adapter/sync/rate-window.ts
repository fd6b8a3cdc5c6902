/**
 * A rate: at most `max` requests within any period, counted by the time of each, so that two bursts never meet at the edge of a window.
 *
 * What was used is written down in blocks before it is used: after a crash everything that could have been used counts as used.
 */
import { rateBlocks } from './limits.ts';
import type { StoredRate, StoredRateBlock } from './store.ts';

/** A rate's window. */
export class RateWindow {
  readonly #name: string;
  readonly #max: number;
  readonly #perMs: number;
  readonly #write: (rate: StoredRate) => void;
  /** A ring. */
  readonly #times: Float64Array;
  #head = 0;
  #count = 0;
  readonly #blockUnits: number;
  #closed: StoredRateBlock[] = [];
  /** Units of the open block that are not used yet. */
  #left = 0;
  /** When the open block was last used; absent where there is none. */
  #lastMs: number | undefined;

  constructor(
    quota: { readonly name: string; readonly max: number; readonly perMs: number },
    write: (rate: StoredRate) => void,
  ) {
    this.#name = quota.name;
    this.#max = quota.max;
    this.#perMs = quota.perMs;
    this.#write = write;
    this.#times = new Float64Array(quota.max);
    this.#blockUnits = Math.ceil(quota.max / rateBlocks);
  }

  get perMs(): number {
    return this.#perMs;
  }

  /** Requests that may go now. */
  free(nowMs: number): number {
    while (this.#count > 0 && (this.#times[this.#head] ?? 0) + this.#perMs <= nowMs) {
      this.#head = (this.#head + 1) % this.#max;
      this.#count -= 1;
    }
    return this.#max - this.#count;
  }

  /** When one more may go than now; `undefined` where none is used. */
  nextMs(): number | undefined {
    return this.#count === 0 ? undefined : (this.#times[this.#head] ?? 0) + this.#perMs;
  }

  /** Sets aside what `use` takes; throws where that cannot be written, and has then changed nothing. */
  prepare(nowMs: number): void {
    if (this.#left > 0) return;
    const blocks = this.#closed.filter(({ untilMs = nowMs }) => untilMs + this.#perMs > nowMs);
    const whole = this.#blockUnits === 1;
    if (this.#lastMs !== undefined && !whole) blocks.push({ units: this.#blockUnits, untilMs: this.#lastMs });
    const opened = { units: this.#blockUnits, untilMs: whole ? nowMs : undefined };
    this.#write({ quota: this.#name, blocks: [...blocks, opened] });
    this.#closed = whole ? [...blocks, opened] : blocks;
    this.#left = this.#blockUnits;
  }

  /** Takes one. */
  use(nowMs: number): void {
    this.#left -= 1;
    this.#lastMs = nowMs;
    this.#push(nowMs);
  }

  /** What an earlier process used. @returns what is to be kept of it. */
  recover(blocks: readonly StoredRateBlock[], boot: { readonly same: boolean; readonly nowMs: number }): StoredRate {
    const kept: StoredRateBlock[] = [];
    for (const { units, untilMs } of blocks) {
      // Another boot's times say nothing: what was used counts as used just now.
      const usedMs = boot.same ? Math.min(untilMs ?? boot.nowMs, boot.nowMs) : boot.nowMs;
      if (usedMs + this.#perMs > boot.nowMs) kept.push({ units, untilMs: usedMs });
    }
    kept.sort((left, right) => (left.untilMs ?? 0) - (right.untilMs ?? 0));
    for (const { units, untilMs = boot.nowMs } of kept) {
      for (let unit = Math.min(units, this.#max); unit > 0; unit -= 1) this.#push(untilMs);
    }
    this.#closed = kept;
    return { quota: this.#name, blocks: kept };
  }

  /** Beyond the maximum, which an earlier configuration may have allowed, the newest count. */
  #push(atMs: number): void {
    if (this.#count === this.#max) {
      this.#head = (this.#head + 1) % this.#max;
      this.#count -= 1;
    }
    this.#times[(this.#head + this.#count) % this.#max] = atMs;
    this.#count += 1;
  }
}
