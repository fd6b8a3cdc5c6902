import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { type SyncClient, connectSync } from '#quilt-adapter/sync/grpc';
import { Random, fuzzSeed } from '../../fuzz.ts';
import { type SeenGrant, contradictions } from '../../quilt-adapter/sync-grpc/grant-history.ts';
import { machineMs, work } from '../../quilt-adapter/sync-grpc/seen-grants.ts';

const kills = process.env['ARIA_FUZZ_CASES'] === undefined ? 3 : 60;
/** Of what is to be there after a restart, however slow the machine is. */
const leaseMs = 600_000;

/** A host's scheduler that is killed and started again. */
class KilledHost implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'aria-sync-recovery-'));
  readonly path = join(this.directory, 'api.sock');
  bootId = 'boot-1';
  #child: ChildProcess | undefined;
  readonly #clients: SyncClient[] = [];

  async start(): Promise<void> {
    const program = join(import.meta.dirname, 'sync-server-child.ts');
    const args = [program, join(this.directory, 'host.db'), this.path, this.bootId];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    const ended = once(child, 'close').then(([code]) =>
      Promise.reject(new Error(`the host ended with ${String(code)}`)),
    );
    // Killed later on purpose.
    ended.catch(() => undefined);
    await Promise.race([once(child.stdout, 'data'), ended]);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.runs) throw new Error('the host ended by itself');
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }

  /** Until it is killed, or ends by itself. */
  get runs(): boolean {
    return this.#child?.exitCode === null;
  }

  connect(key?: string): SyncClient {
    const client = connectSync(this.path, key === undefined ? {} : { key });
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
    this.#child?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let host = new KilledHost();
afterEach(() => {
  host[Symbol.dispose]();
  host = new KilledHost();
});

/** Requests that the rate still allows. */
async function burst(client: SyncClient, countMax = Infinity): Promise<number> {
  for (let granted = 0; ; granted += 1) {
    const wanted = { holder: 'burst', tokens: ['llm:fake:small'] };
    const grant = granted < countMax ? await client.tryAcquire(wanted) : undefined;
    if (grant === undefined) return granted;
    await client.release(grant.id);
  }
}

test('after a kill what was held is held, what was given back is free, and a rate has no second burst', async () => {
  await host.start();
  const first = host.connect();
  const askedMs = machineMs();
  await first.acquire({ holder: 'short', tokens: ['kv:short:rw'], leaseMs: 1_500 });
  const back = await first.acquire({ holder: 'back', tokens: ['kv:back:rw'], leaseMs });
  const card = await first.acquire({ holder: 'card', tokens: ['gpu:any:compute'], leaseMs });
  const held = await first.acquire({ holder: 'held', tokens: ['kv:held:rw'], leaseMs });
  await first.release(back.id);
  expect(await burst(host.connect(), 15)).toBe(15);
  await host.kill();

  await host.start();
  const [again, other] = [host.connect(first.key), host.connect()];
  const next = other.acquire({ holder: 'n', tokens: ['kv:short.below:r'], leaseMs }).then((grant) => {
    expect(machineMs()).toBeGreaterThanOrEqual(askedMs + 1_500);
    return grant;
  });
  const free = await other.tryAcquire({ holder: 'b', tokens: ['kv:back:x'], leaseMs });
  expect(free?.epoch).toBeGreaterThan(held.epoch);
  for (const tokens of [['gpu:any:compute'], ['kv:held.below:r'], ['kv:*:rw']])
    expect(await other.tryAcquire({ holder: 'c', tokens })).toBeUndefined();
  for (const grant of [card, held]) expect(await again.isCurrent(grant)).toBe(true);
  expect(await again.isCurrent(back)).toBe(false);
  expect((await next).epoch).toBeGreaterThan(held.epoch);
  expect((await again.renew(card.id, leaseMs)).epoch).toBe(card.epoch);
  await again.releaseHolder('card');
  expect(await other.tryAcquire({ holder: 'c', tokens: ['gpu:any:compute'] })).toBeDefined();
  // What was set aside and not used is lost, at most one part in sixteen.
  const rest = await burst(other);
  expect(rest).toBeLessThanOrEqual(17);
  expect(rest).toBeGreaterThanOrEqual(15);
  await host.kill();

  // Another boot of the machine: times of leases say nothing any more, and what was used of a rate still counts.
  host.bootId = 'boot-2';
  await host.start();
  const last = host.connect();
  expect(await burst(last)).toBe(0);
  const taken = await last.tryAcquire({ holder: 'd', tokens: ['kv:held:rw'] });
  expect(taken?.epoch).toBeGreaterThan((await next).epoch);
});

test('killed again and again while clients work, the host grants in one order, and forgets neither leases nor releases', async () => {
  const random = new Random(fuzzSeed());
  const seen: SeenGrant[] = [];
  const judged = { held: 0, released: 0 };
  await host.start();
  for (let round = 0; round < kills; round += 1) {
    const before = seen.length;
    const clients = [host.connect(), host.connect(), host.connect()];
    const working = clients.flatMap((client, at) =>
      ['left', 'right'].map((side, half) =>
        work({
          client,
          root: `r${round}`,
          name: `r${round}-${at}-${side}`,
          random: new Random(fuzzSeed() + round, 2 * at + half),
          rounds: 100_000,
          leaseMs,
          keeps: true,
          seen,
        }),
      ),
    );
    const killAt = before + 20 + random.below(40);
    while (host.runs && seen.length < killAt) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, random.below(5)));
    await host.kill();
    await Promise.all(working);
    await host.start();
    await judge(seen.slice(before), judged);
  }
  expect(contradictions(seen)).toEqual([]);
  expect(judged.held).toBeGreaterThan(kills);
  expect(judged.released).toBeGreaterThan(kills);
});

/** Asks the new process about each grant of the old one. */
async function judge(seen: readonly SeenGrant[], judged: { held: number; released: number }): Promise<void> {
  const client = host.connect();
  for (const grant of seen) {
    if (grant.releasedMs !== undefined && grant.givenBack !== true) continue;
    const current = await client.isCurrent(grant);
    if (grant.givenBack === true) {
      expect(current, `${grant.holder} was given back`).toBe(false);
      judged.released += 1;
    } else if (machineMs() < (grant.renewedMs ?? grant.askedMs) + grant.leaseMs) {
      expect(current, `${grant.holder} has a lease`).toBe(true);
      const rival = await client.tryAcquire({
        holder: 'rival',
        tokens: grant.tokens.map((text) => text.replace(/[^:]+$/, 'x')),
      });
      expect(rival, `${grant.holder} excludes others`).toBeUndefined();
      judged.held += 1;
    }
  }
}
