/**
 * StreamEvents never says what is new: it sends its whole ring of 1000 again every 100 ms, newest first, and nothing where the ring is empty. So one pass
 * is read now and then, and what was in the pass before is left out.
 */
import type { WireEvent } from '../messages.ts';

/** Of the daemon's ring. */
export const ringEventsMax = 1_000;
/** With nothing for so long the ring is empty, or the pass over; the daemon sends every 100 ms. */
export const silenceMsMax = 250;

/** What has been seen of the ring, by one reader. */
export class EventRing {
  readonly #sinceMs: number;
  #seen: ReadonlySet<string> = new Set();

  /** Events before this time of the daemon's clock are not news. */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** What a pass brings that the pass before did not, oldest first. A pass cut short adds to what was seen, and forgets nothing. */
  take({ events, whole }: RingPass): readonly WireEvent[] {
    const fresh: WireEvent[] = [];
    const now = new Set<string>();
    for (const event of events) {
      const key = keyOf(event);
      if (event.timestamp >= this.#sinceMs && !this.#seen.has(key) && !now.has(key)) fresh.push(event);
      now.add(key);
    }
    this.#seen = whole ? now : new Set([...now, ...this.#seen].slice(0, 4 * ringEventsMax));
    return fresh.toReversed().sort((left, right) => left.timestamp - right.timestamp);
  }
}

/** One time through the ring. */
export interface RingPass {
  readonly events: readonly WireEvent[];
  /** Its end was seen. */
  readonly whole: boolean;
}

/** Collects one pass; `add` says whether it is over. */
export class PassReader {
  readonly #events: WireEvent[] = [];
  readonly #keys = new Set<string>();

  /** The ring has started again where something comes a second time. What is new by then stands before it, and belongs to this pass. */
  add(event: WireEvent): boolean {
    const key = keyOf(event);
    if (this.#keys.has(key) || this.#events.length >= 2 * ringEventsMax) return true;
    this.#keys.add(key);
    this.#events.push(event);
    return false;
  }

  pass(whole: boolean): RingPass {
    return { events: this.#events, whole };
  }
}

function keyOf({ eventType, containerId, timestamp }: WireEvent): string {
  return `${eventType} ${containerId} ${timestamp}`;
}
