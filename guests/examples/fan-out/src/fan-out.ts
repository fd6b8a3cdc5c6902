import { aria, type Json, remainingMs, tool, ToolError } from '@aria/sdk';
import { type Job, allIds, mapInParallel, queue, stateOf } from './job.ts';

const pauseMs = { first: 25, most: 1_000 };
/* What is left of the call for the answer itself. */
const reserveMs = 500;

@aria({ name: 'fan-out', version: '0.1.0', description: 'A work queue that agents share' })
export class FanOut {
  /** Stores jobs, all at once; those that are known stay as they are. */
  @tool({ tokens: ['kv:queue:rw'] })
  async enqueue(input: {
    /** @maxItems 1000 */
    jobs: { id: string; body: Json }[];
  }): Promise<{ added: string[]; known: string[] }> {
    const isNew = await mapInParallel(input.jobs, ({ id, body }) =>
      queue.compareAndSet(id, undefined, JSON.stringify({ body, state: 'open' } satisfies Job)),
    );
    const ids = input.jobs.map(({ id }) => id);
    return { added: ids.filter((_, place) => isNew[place]), known: ids.filter((_, place) => !isNew[place]) };
  }

  /** Hands out free jobs under a lease. */
  @tool({ tokens: ['kv:queue:rw'] })
  async claim(input: {
    owner: string;
    /**
     * @minimum 1
     * @maximum 100
     * @integer
     */
    count?: number;
    /** @minimum 1 */
    leaseMs?: number;
  }): Promise<{ jobs: { id: string; body: Json }[] }> {
    const { owner, count = 1, leaseMs = 60_000 } = input;
    const claimed: { id: string; body: Json }[] = [];
    const ids = await allIds();
    while (ids.length > 0 && claimed.length < count) {
      const found = await Promise.all(ids.splice(0, count - claimed.length).map((id) => lease(id, owner, leaseMs)));
      claimed.push(...found.filter((job) => job !== undefined));
    }
    return { jobs: claimed };
  }

  /** Closes a job that its owner has done. */
  @tool({ tokens: ['kv:queue:rw'] })
  async finish(input: { id: string; owner: string; result?: Json }): Promise<{ finished: boolean }> {
    const text = await queue.getText(input.id);
    if (text === undefined) throw new ToolError('JOB_UNKNOWN', `Cannot finish "${input.id}": there is no such job`);
    const job = JSON.parse(text) as Job;
    if (job.owner !== input.owner || stateOf(job) !== 'leased') {
      throw new ToolError('JOB_NOT_YOURS', `Cannot finish "${input.id}": "${input.owner}" does not hold it`);
    }
    const done: Job = { body: job.body, state: 'done', owner: input.owner, result: input.result ?? null };
    return { finished: await queue.compareAndSet(input.id, text, JSON.stringify(done)) };
  }
}

/** Waits for jobs; what is not done in time is named. */
export const awaitJobs = tool(
  { name: 'awaitJobs', description: 'Waits until jobs are done, or the time is over', tokens: ['kv:queue:r'] },
  async (input: {
    ids: string[];
    /** @minimum 0 */ timeoutMs?: number;
  }): Promise<{ results: Record<string, Json>; missing: string[] }> => {
    const signal = AbortSignal.timeout(Math.min(input.timeoutMs ?? 10_000, Math.max(0, remainingMs() - reserveMs)));
    const results: Record<string, Json> = {};
    let missing = input.ids;
    for (let wait = pauseMs.first; ; wait = Math.min(wait * 2, pauseMs.most)) {
      const looks = await mapInParallel(missing, async (id) => ({ id, job: await queue.getJson<Job>(id) }));
      for (const { id, job } of looks) if (job?.state === 'done') results[id] = job.result ?? null;
      missing = missing.filter((id) => !Object.hasOwn(results, id));
      if (missing.length === 0 || signal.aborted) return { results, missing };
      await Promise.race([new Promise((resolve) => setTimeout(resolve, wait)), aborted(signal)]);
    }
  },
);

/** Counts the jobs. */
export const board = tool(
  { name: 'board', description: 'Counts jobs by state and owner', tokens: ['kv:queue:r'] },
  async (): Promise<{ open: number; leased: number; done: number; byOwner: Record<string, number> }> => {
    const counts = { open: 0, leased: 0, done: 0 };
    const byOwner: Record<string, number> = {};
    for (const job of await mapInParallel(await allIds(), (id) => queue.getJson<Job>(id))) {
      if (job === undefined) continue;
      const state = stateOf(job);
      counts[state] += 1;
      if (state !== 'open' && job.owner !== undefined) byOwner[job.owner] = (byOwner[job.owner] ?? 0) + 1;
    }
    return { ...counts, byOwner };
  },
);

async function lease(id: string, owner: string, leaseMs: number): Promise<{ id: string; body: Json } | undefined> {
  const text = await queue.getText(id);
  if (text === undefined) return undefined;
  const job = JSON.parse(text) as Job;
  if (stateOf(job) !== 'open') return undefined;
  const leased: Job = { body: job.body, state: 'leased', owner, leasedUntilMs: Date.now() + leaseMs };
  return (await queue.compareAndSet(id, text, JSON.stringify(leased))) ? { id, body: job.body } : undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
