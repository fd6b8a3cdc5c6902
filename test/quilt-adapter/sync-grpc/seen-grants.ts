/** Clients that work with overlapping tokens and write down what they see, for `contradictions`. */
import process from 'node:process';
import type { SyncClient, SyncGrant } from '../../../quilt-adapter/sync/grpc/connect-sync.ts';
import { CodedError } from '#wit/errors';
import type { Random } from '../../fuzz.ts';
import type { SeenGrant } from './grant-history.ts';

const scopes = ['a', 'a.b', 'a.b.c', 'a.d', 'e', 'a.*'];
const modes = ['r', 'append', 'rw', 'x'];

/** Of the machine, so that moments of different processes are compared. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** One to three tokens of a few that overlap, below a namespace. */
function someTokens(random: Random, root: string): string[] {
  return Array.from({ length: 1 + random.below(3) }, () => `kv:${root}.${random.pick(scopes)}:${random.pick(modes)}`);
}

/** What a worker does, and what it is stopped by. */
export interface WorkerSetting {
  readonly client: SyncClient;
  readonly random: Random;
  /** Namespace that it works in. */
  readonly root: string;
  /** Begins the names of its holders, which no other worker has. */
  readonly name: string;
  readonly rounds: number;
  readonly leaseMs: number;
  readonly seen: SeenGrant[];
  /** Whether it never gives back some of what it has, which nobody else wants. */
  readonly keeps?: boolean;
}

/** Acquires, renews and gives back, round after round; some of its waits it takes back. Ends early where the connection breaks. */
export async function work(setting: WorkerSetting): Promise<void> {
  for (let round = 0; round < setting.rounds; round += 1) {
    try {
      await workOnce(setting, `${setting.name}-${round}`);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'CONNECTION_FAILED' || error.code === 'UNAVAILABLE') return;
      if (error.code !== 'CANCELLED' && error.code !== 'DEADLINE_EXCEEDED') throw error;
    }
  }
}

async function workOnce({ client, random, root, leaseMs, seen, keeps }: WorkerSetting, holder: string): Promise<void> {
  const kept = keeps === true && random.oneIn(4) ? [`kv:${root}.kept.${holder}:rw`] : undefined;
  const wanted = { holder, tokens: kept ?? someTokens(random, root), leaseMs, timeoutMs: 10_000 };
  const askedMs = machineMs();
  const grant = await ask(client, random, wanted);
  if (grant === undefined) return;
  const { id, epoch } = grant;
  const one: SeenGrant = { id, epoch, holder, tokens: wanted.tokens, askedMs, answeredMs: machineMs(), leaseMs };
  seen.push(one);
  await new Promise((resolve) => setTimeout(resolve, random.below(3)));
  if (random.oneIn(4)) {
    const renewedMs = machineMs();
    await client.renew(id, leaseMs);
    one.renewedMs = renewedMs;
  }
  if (kept !== undefined) return;
  one.releasedMs = machineMs();
  await client.release(id);
  one.givenBack = true;
}

async function ask(
  client: SyncClient,
  random: Random,
  wanted: Parameters<SyncClient['acquire']>[0],
): Promise<SyncGrant | undefined> {
  if (random.oneIn(5)) return client.tryAcquire(wanted);
  if (!random.oneIn(8)) return client.acquire(wanted);
  const abort = new AbortController();
  const taken = setTimeout(() => abort.abort(), random.below(4));
  try {
    return await client.acquire(wanted, abort.signal);
  } catch (error) {
    // A grant may have been on its way.
    await client.releaseHolder(wanted.holder);
    throw error;
  } finally {
    clearTimeout(taken);
  }
}
