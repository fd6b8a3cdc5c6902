import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOperations } from '#host';
import { openIcc } from '../../../quilt-adapter/icc/open-icc.ts';
import type { Clock } from '../../../quilt-adapter/icc/clock.ts';
import { ask, callerWith, iccIn, laterMs, recordedOperations } from './icc-client.ts';

const services = { operations: createOperations() };
const get = { path: '/operations/kv.get', body: { args: ['orders', 'a'] } };

test('a request without a token, with a token of another form, or with an unknown one is CALL_TOKEN_INVALID, and nothing runs', async () => {
  const operations = recordedOperations(() => ({ kind: 'ok', value: undefined }));
  await using icc = await iccIn({ services: { operations } });
  icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const headers = [
    {},
    { authorization: '' },
    { authorization: 'Bearer ' },
    { authorization: 'Bearer short' },
    { authorization: `Basic ${'a'.repeat(43)}` },
    { authorization: `Bearer ${'a'.repeat(43)}` },
    { authorization: `Bearer ${'a'.repeat(42)}=` },
    { authorization: `Bearer ${'a'.repeat(44)}` },
    { authorization: 'null' },
  ];
  for (const header of headers) {
    const { status, json } = await ask(icc.socketPath, { ...get, headers: header });
    expect([header, status, json.error.code, json.success]).toEqual([header, 403, 'CALL_TOKEN_INVALID', false]);
  }
  expect(operations.asked).toEqual([]);
});

test("a call's token works while the call runs and is refused when it is replayed after its end", async () => {
  await using icc = await iccIn({ services });
  const call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  expect((await ask(icc.socketPath, { ...get, token: call.token })).json).toEqual({ ok: null });
  call.end();
  call.end();
  expect((await ask(icc.socketPath, { ...get, token: call.token })).json.error.code).toBe('CALL_TOKEN_INVALID');
  expect(icc.load.calls).toBe(0);
});

test("another container's token is refused, though that call runs", async () => {
  await using mine = await iccIn({ services });
  await using other = await iccIn({ services });
  using foreign = other.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  using own = mine.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  expect((await ask(mine.socketPath, { ...get, token: foreign.token })).status).toBe(403);
  expect((await ask(mine.socketPath, { ...get, token: own.token })).status).toBe(200);
});

test('two calls of one container have each the permissions of its own caller', async () => {
  await using icc = await iccIn({ services });
  using reader = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  using stranger = icc.begin({ caller: callerWith('kv:others:r'), deadlineMs: laterMs() });
  expect((await ask(icc.socketPath, { ...get, token: reader.token })).status).toBe(200);
  const refused = await ask(icc.socketPath, { ...get, token: stranger.token });
  expect([refused.status, refused.json.failed.tag, refused.json.failed.code]).toEqual([
    403,
    'access-denied',
    'CAPABILITY_DENIED',
  ]);
});

test('a token ends at the deadline of its call, by the clock that was passed in', async () => {
  const clock = new HandClock();
  await using icc = await iccIn({ services, clock });
  const call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: clock.nowMs() + 1000 });
  expect((await ask(icc.socketPath, { ...get, token: call.token })).status).toBe(200);
  clock.advance(1000);
  await Promise.resolve();
  expect((await ask(icc.socketPath, { ...get, token: call.token })).status).toBe(403);
});

test('two headers "authorization" are refused, so that nobody is taken for the other', async () => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const value = `Bearer ${call.token}`;
  const { status, json } = await ask(icc.socketPath, { ...get, headers: { authorization: [value, value] } });
  expect([status, json.error.code]).toEqual([400, 'REQUEST_INVALID']);
});

test('one call more than the maximum is OVERLOADED, and there is room when one has ended', async () => {
  await using icc = await iccIn({ services, limits: { callsMax: 1 } });
  const begin = () => icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const first = begin();
  expect(begin).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
  first.end();
  expect(begin().token).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('health and status say nothing of calls and need no token', async () => {
  await using icc = await iccIn({ services, version: '0.1.0' });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const health = await ask(icc.socketPath, { path: '/health' });
  expect(health.json).toEqual({ status: 'ok', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), connections: 1 });
  const status = await ask(icc.socketPath, { path: '/status' });
  expect(status.json).toEqual({
    status: 'ok',
    connections: expect.any(Number),
    uptime_ms: expect.any(Number),
    version: '0.1.0',
  });
  expect(`${health.bytes}${status.bytes}`).not.toContain(call.token);
  expect(health.headers['access-control-allow-origin']).toBeUndefined();
});

test('the socket has the mode and owner that were asked for, is gone after disposal, and disposal is idempotent', async () => {
  const root = process.getuid?.() === 0;
  const icc = await iccIn({
    services,
    access: { mode: 0o660, ...(root && { owner: { uid: 100_000, gid: 100_000 } }) },
  });
  const { mode, uid } = await stat(icc.socketPath);
  expect([mode & 0o777, uid]).toEqual([0o660, root ? 100_000 : process.getuid?.()]);
  await icc[Symbol.asyncDispose]();
  await icc[Symbol.asyncDispose]();
  await expect(stat(icc.socketPath)).rejects.toThrow('ENOENT');
  expect(() => icc.begin({ caller: callerWith(), deadlineMs: laterMs() })).toThrow(
    expect.objectContaining({ code: 'UNAVAILABLE' }),
  );
});

test('disposal during a request aborts its operation and ends', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const operations = recordedOperations(({ signal }) => {
    begun.resolve(signal);
    const { promise, resolve } = Promise.withResolvers<{ kind: 'ok'; value: undefined }>();
    signal.addEventListener('abort', () => resolve({ kind: 'ok', value: undefined }));
    return promise;
  });
  const icc = await iccIn({ services: { operations } });
  const { token } = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const answer = ask(icc.socketPath, { ...get, token }).catch((error: unknown) => error);
  const signal = await begun.promise;
  await icc[Symbol.asyncDispose]();
  expect(signal.aborted).toBe(true);
  const got = await answer;
  if (!(got instanceof Error)) expect(got).toMatchObject({ status: 499, json: { error: { code: 'CANCELLED' } } });
});

test('a socket that an earlier process left is replaced, a file is not, and a path that is too long is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aria-icc-'));
  try {
    const container = { id: 'box-1' };
    const path = join(directory, 'icc.sock');
    const first = await openIcc({ socketPath: path, container, services });
    const second = await openIcc({ socketPath: path, container, services });
    expect((await ask(path, { path: '/health' })).status).toBe(200);
    await second[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await writeFile(join(directory, 'file'), 'mine');
    const start = { code: 'CONTAINER_START_FAILED' };
    await expect(openIcc({ socketPath: join(directory, 'file'), container, services })).rejects.toMatchObject(start);
    await expect(openIcc({ socketPath: join(directory, 'x'.repeat(108)), container, services })).rejects.toMatchObject(
      start,
    );
    await expect(openIcc({ socketPath: join(directory, 'no', 's'), container, services })).rejects.toMatchObject(start);
  } finally {
    await chmod(directory, 0o700);
    await rm(directory, { recursive: true, force: true });
  }
});

class HandClock implements Clock {
  #nowMs = 1_000_000;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve });
    signal.addEventListener('abort', () => resolve());
    return promise;
  }
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const { atMs, wake } of this.#sleepers) if (atMs <= this.#nowMs) wake();
  }
}
