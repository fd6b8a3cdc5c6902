/** A whole host under a wall clock that is set back and forth, and under a day that passes at once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '#host';
import { type HostUnderTest, startHost, startOn } from '../host/host-under-test.ts';
import { addTool, countTool, echoTool, signedBundle } from '../host/signed-bundle.ts';
import { callOf } from './running-host.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
/** A wall clock that is set; sleeping takes real time, as on a machine whose administrator corrects the time. */
interface SetClock {
  offsetMs: number;
  nowMs(): number;
  sleep: typeof systemClock.sleep;
}

function setClock(): SetClock {
  const clock: SetClock = {
    offsetMs: 0,
    nowMs: () => Date.now() + clock.offsetMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  };
  return clock;
}

async function ask(host: HostUnderTest, token: string, path = '/v1/status', init: RequestInit = {}): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, connection: 'close', ...(init.headers as object) };
  const answer = await fetch(`http://${host.firmware.addresses.ws ?? ''}${path}`, { ...init, headers });
  const { error } = (await answer.json()) as { readonly error?: { readonly code: string } };
  return error === undefined ? String(answer.status) : `${answer.status} ${error.code}`;
}

async function adminToken({ home }: HostUnderTest): Promise<string> {
  return (await readFile(join(home, 'token'), 'utf8')).trim();
}

async function mint(host: HostUnderTest, ttlMs: number, role = 'operator'): Promise<string> {
  const body = JSON.stringify({ name: `of-${ttlMs}`, role, ttlMs });
  const answer = await fetch(`http://${host.firmware.addresses.ws ?? ''}/v1/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await adminToken(host)}`,
      'content-type': 'application/json',
      connection: 'close',
    },
    body,
  });
  return ((await answer.json()) as { readonly token: string }).token;
}

/** How far the clock is off, one after the other. */
const jumps = [0, hourMs / 2, -hourMs, 400 * dayMs, -400 * dayMs, 30 * 365 * dayMs, -60 * 365 * dayMs, 0];

test('calls, keys, events, logs and uploads work on whichever way the clock is set', async () => {
  const clock = setClock();
  await using host = await startHost({ clock });
  await host.install({ tools: [addTool, countTool, echoTool] });
  const seen: number[] = [];
  const stop = new AbortController();
  const follower = (async () => {
    for await (const event of host.owner.events({ kinds: ['call.finished'], signal: stop.signal }))
      seen.push(event.sequence);
  })();
  const keyed = await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'once' });
  const minted = await mint(host, hourMs);
  for (const [index, offsetMs] of jumps.entries()) {
    clock.offsetMs = offsetMs;
    expect(await host.owner.callTool({ tool: 'add', input: { a: index, b: 1 } })).toMatchObject({
      output: { sum: index + 1 },
    });
    expect(await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'once' })).toEqual(keyed);
    expect(await ask(host, await adminToken(host))).toBe('200');
    expect(await ask(host, await adminToken(host), '/v1/tools/add/calls', callOf({ a: 1, b: 1 }))).toBe('200');
    const version = `1.${index}.0`;
    const next = await signedBundle(host.key, { name: 'moving', version, sequence: index + 1, tools: [echoTool] });
    expect(await host.owner.upload(next.content)).toMatchObject({ state: 'active', version });
    // Set back, it is valid again, unless its time has passed by the clock that nobody sets.
    expect(await ask(host, minted)).toBe(offsetMs > hourMs ? '401 UNAUTHENTICATED' : '200');
    const { uptimeMs, state } = await host.owner.status();
    expect({ state, early: uptimeMs < 0 }).toEqual({ state: 'ready', early: false });
  }
  stop.abort();
  await follower;
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  // Of each round one over the service and one over HTTP, and the one with the key.
  expect(seen).toHaveLength(jumps.length * 2 + 1);
  for await (const line of host.owner.logs({ tail: 1 })) expect(line.message).not.toBe('');
});

test('a deadline and a wait of a tool pass by the clock that nobody sets', async () => {
  const clock = setClock();
  await using host = await startHost({ clock });
  const body = `await new Promise((resolve) => setTimeout(resolve, input.ms)); return 'waited';`;
  await host.install({ tools: [{ name: 'wait', body }] });
  const waiting = host.owner.callTool({ tool: 'wait', input: { ms: 300 } });
  const late = host.owner.callTool({ tool: 'wait', input: { ms: 60_000 }, timeoutMs: 300 });
  clock.offsetMs = 10 * dayMs;
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.offsetMs = -10 * dayMs;
  expect(await waiting).toMatchObject({ kind: 'done', output: 'waited' });
  expect(await late).toMatchObject({ kind: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
});

test('the rate of a client is counted by the clock that nobody sets', async () => {
  const clock = setClock();
  const settings = { 'limits.requests_per_second': '1', 'limits.requests_burst': '20' };
  await using host = await startHost({ clock, settings });
  const token = await mint(host, dayMs);
  const answers: string[] = [];
  for (let index = 0; index < 30; index += 1) {
    clock.offsetMs += index % 2 === 0 ? hourMs : -2 * hourMs;
    answers.push(await ask(host, token));
  }
  // Neither does the clock free a client, nor does it shut one out.
  expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => '200'));
  expect(answers).toContain('429 RATE_LIMITED');
  expect(await ask(host, await adminToken(host))).toBe('200');
});

test('in 24 simulated hours tokens of an hour end each in its time, also behind a restart, and the host goes on', async () => {
  const clock = setClock();
  await using host = await startHost({ clock });
  await host.install({ tools: [addTool, countTool] });
  const day = await mint(host, dayMs);
  let previous: string | undefined;
  for (let hour = 0; hour < 24; hour += 1) {
    const fresh = await mint(host, hourMs);
    if (hour === 12) await host.restart();
    expect(await ask(host, fresh, '/v1/tools/add/calls', callOf({ a: hour, b: 1 }))).toBe('200');
    expect(await ask(host, day)).toBe('200');
    if (previous !== undefined) expect(await ask(host, previous)).toBe('401 UNAUTHENTICATED');
    const counted = await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: `hour-${hour}` });
    expect(counted).toMatchObject({ output: { n: hour + 1 } });
    previous = fresh;
    // Clocks may differ by a few seconds.
    clock.offsetMs += hourMs + 6_000;
  }
  expect(await ask(host, day)).toBe('401 UNAUTHENTICATED');
  expect(await ask(host, await adminToken(host))).toBe('200');
  const repeated = await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'hour-23' });
  expect(repeated).toMatchObject({ output: { n: 24 } });
});

test('a boot with the clock set back before the last one finds what is there', async () => {
  const clock = setClock();
  await using host = await startHost({ clock });
  await host.install({ tools: [addTool], sequence: 7 });
  const first = await host.owner.callTool({ tool: 'add', input: { a: 1, b: 1 } }, { idempotencyKey: 'before' });
  await host.firmware[Symbol.asyncDispose]();
  for (const offsetMs of [-10 * 365 * dayMs, 10 * 365 * dayMs]) {
    clock.offsetMs = offsetMs;
    await using firmware = await startOn(host.home, { clock });
    const owner = firmware.api({ name: 'owner', role: 'admin' });
    expect(firmware.failure).toBeUndefined();
    expect(await owner.callTool({ tool: 'add', input: { a: 1, b: 2 } })).toMatchObject({ output: { sum: 3 } });
    // Set forth by more than a day the answer is forgotten, as it would be after that day; it is never another one.
    const again = await owner.callTool({ tool: 'add', input: { a: 1, b: 1 } }, { idempotencyKey: 'before' });
    if (offsetMs < 0) expect(again).toEqual(first);
    else expect(again).toMatchObject({ output: { sum: 2 } });
  }
});
