/** A job as it is stored. */
import { type Json, kv } from '@aria/sdk';

/** Where a job stands. */
export type JobState = 'open' | 'leased' | 'done';

/** A job. */
export interface Job {
  body: Json;
  state: JobState;
  /** Who works on it. */
  owner?: string;
  /** Milliseconds since 1970: until then it is its owner's. */
  leasedUntilMs?: number;
  result?: Json;
}

/** The jobs. */
export const queue = kv('queue');

/** The state of a job now: a lease that has ended is none. */
export function stateOf({ state, leasedUntilMs = 0 }: Job): JobState {
  return state === 'leased' && leasedUntilMs <= Date.now() ? 'open' : state;
}

/** Every job's id, page by page. */
export async function allIds(): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.list({ cursor, limit: 1_000 });
    ids.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

/** Maps in parallel, but at most `width` at a time: a call may have a limited number of operations open. */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
  width = 64,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const place = next;
      next += 1;
      results[place] = await map(items[place] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
  return results;
}
