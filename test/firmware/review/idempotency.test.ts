/** Keys of requests whose answers are large, or cannot be kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '#host';
import { IdempotentRequests, idempotencyMigrations } from '../../../firmware/service/idempotency.ts';
import { type Database, openDatabase } from '../../../firmware/stores/open-database.ts';
import { startHost } from '../host/host-under-test.ts';
import { addTool, failTool } from '../host/signed-bundle.ts';

const request = { client: 'owner', key: 'k', content: '{}' };

test('a request that was done and whose answer found no room on the disk is not done again', async () => {
  using opened = await openHere();
  const { database } = opened;
  const requests = new IdempotentRequests(database, systemClock);
  let done = 0;
  const work = (): Promise<string> => {
    done += 1;
    // The disk is full from now on.
    database.pragma(`max_page_count = ${String(database.pragma('page_count', { simple: true }))}`);
    return Promise.resolve('x'.repeat(1024 * 1024));
  };
  await expect(requests.once(request, work)).rejects.toMatchObject({ code: 'STORE_FULL' });
  await expect(requests.once(request, work)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(done).toBe(1);
});

test('a request that was refused on a full disk says why it was refused', async () => {
  using opened = await openHere();
  const requests = new IdempotentRequests(opened.database, systemClock);
  const refused = async (): Promise<string> => {
    opened.database.pragma('query_only = ON');
    throw new Error('refused');
  };
  await expect(requests.once(request, refused)).rejects.toThrow('refused');
});

test('of large answers the oldest go, so that together they stay below their maximum', async () => {
  using opened = await openHere();
  const bytesMax = 1024 * 1024;
  const requests = new IdempotentRequests(opened.database, systemClock, bytesMax);
  const answer = 'x'.repeat(100 * 1024);
  for (let n = 0; n < 30; n += 1) await requests.once({ ...request, key: `k${n}` }, () => Promise.resolve(answer));
  const { bytes } = opened.database.prepare('SELECT sum(length(answer)) AS bytes FROM idempotency').get() as {
    bytes: number;
  };
  expect(bytes).toBeLessThan(bytesMax * 1.25);
  const again = () => Promise.reject(new Error('done again'));
  expect(await requests.once({ ...request, key: 'k29' }, again)).toBe(answer);
});

test('a call that never began is not the answer of its key', async () => {
  await using host = await startHost();
  await host.install({ tools: [addTool] });
  const call = { tool: 'add', input: { a: 1, b: 2 } };
  const left = AbortSignal.abort();
  expect(await host.owner.callTool(call, { idempotencyKey: 'k', signal: left })).toMatchObject({
    error: { code: 'CANCELLED' },
  });
  expect(await host.owner.callTool(call, { idempotencyKey: 'k' })).toMatchObject({ kind: 'done' });
});

test('a call that failed is, after a restart, too', async () => {
  await using host = await startHost();
  await host.install({ tools: [failTool] });
  const call = { tool: 'fail', input: {} };
  const first = await host.owner.callTool(call, { idempotencyKey: 'k' });
  await host.restart();
  expect(await host.owner.callTool(call, { idempotencyKey: 'k' })).toEqual(first);
});

test('a request that a stop cut off has its key for a day, and not for ever', async () => {
  using opened = await openHere();
  let nowMs = 0;
  const clock = { ...systemClock, nowMs: () => nowMs };
  const never = (): Promise<string> => new Promise(() => undefined);
  void new IdempotentRequests(opened.database, clock).once(request, never);
  const again = (): Promise<string> => new IdempotentRequests(opened.database, clock).once(request, async () => 'done');
  nowMs = 23 * 60 * 60 * 1000;
  await expect(again()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  nowMs = 25 * 60 * 60 * 1000;
  expect(await again()).toBe('done');
});

test('of more answers than are kept the oldest go, and what runs stays', async () => {
  using opened = await openHere();
  const { database } = opened;
  let nowMs = 0;
  const requests = new IdempotentRequests(database, { ...systemClock, nowMs: () => nowMs });
  const running = Promise.withResolvers<string>();
  const first = requests.once({ ...request, key: 'running' }, () => running.promise);
  const insert = database.prepare(
    'INSERT INTO idempotency (client, key, request, answer, answer_bytes, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const rows = 101_000;
  database.transaction(() => {
    for (let row = 1; row <= rows; row += 1) insert.run('owner', `old${row}`, '', '', 0, row);
  })();
  nowMs = rows + 1;
  for (let key = 0; key < 1_000; key += 1) await requests.once({ ...request, key: `new${key}` }, async () => '1');
  const count = database
    .prepare('SELECT count(*) AS count, min(created_ms) AS oldest FROM idempotency WHERE answer IS NOT NULL')
    .get();
  // The last two came behind the sweep.
  expect(count).toEqual({ count: 100_002, oldest: 1_999 });
  running.resolve('ran');
  expect(await first).toBe('ran');
  expect(await requests.once({ ...request, key: 'running' }, async () => 'again')).toBe('ran');
});

async function openHere(): Promise<{ readonly database: Database } & Disposable> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-keys-'));
  const database = openDatabase(join(directory, 'aria.db'), [idempotencyMigrations]);
  return {
    database,
    [Symbol.dispose]() {
      database.close();
      void rm(directory, { recursive: true });
    },
  };
}
