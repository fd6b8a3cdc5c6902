import { once } from 'node:events';
import { constants } from 'node:http2';
import { createConnection } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { GrantSeal } from '../../../quilt-adapter/sync/grpc/grant-seal.ts';
import { Random, fuzzSeed, mutate } from '../../fuzz.ts';
import { rawStream } from './raw-stream.ts';
import {
  type PlainClient,
  type ServedScheduler,
  codeOf,
  openServed,
  plainClient,
  serialized,
  until,
} from './served-scheduler.ts';

const orders = ['kv:orders:rw'];
const key = 'k'.repeat(22);

function statusOf(promise: Promise<object>): Promise<number> {
  return promise.then(
    () => grpc.status.OK,
    (error: grpc.ServiceError) => error.code,
  );
}

test('requests whose fields mean nothing are refused by name, and nothing is granted', async () => {
  await using served = await openServed();
  const client = served.connect();
  const good = { holder: 'a', tokens: orders };
  const bad: readonly (readonly [object, string])[] = [
    [{ holder: '' }, 'holder'],
    [{ holder: 'a b' }, 'holder'],
    [{ holder: 'x'.repeat(129) }, 'holder'],
    [{ parent: 'a\n' }, 'parent'],
    [{ label: 'a\u001B[2Jb' }, 'label'],
    [{ label: 'a\u202Eb' }, 'label'],
    [{ label: 'x'.repeat(257) }, 'label'],
    [{ path: ['ok', ''] }, 'path[1]'],
    [{ path: Array.from({ length: 33 }, () => 'p') }, 'path'],
    [{ tokens: Array.from({ length: 65 }, (_, at) => `kv:a${at}:r`) }, 'tokens'],
    [{ amount: 0 }, 'amount'],
    [{ priority: 10 }, 'priority'],
    [{ leaseMs: 999 }, 'lease_ms'],
    [{ leaseMs: 3_600_001 }, 'lease_ms'],
    [{ leaseMs: Number.NaN }, 'lease_ms'],
  ];
  for (const [change, field] of bad) {
    const refused = client.tryAcquire({ ...good, ...change });
    await expect(refused).rejects.toMatchObject({ code: 'REQUEST_INVALID', wire: { details: { field } } });
  }
  expect(await codeOf(client.tryAcquire({ ...good, tokens: ['kv:orders:write'] }))).toBe('TOKEN_INVALID');
  expect(await codeOf(served.connect('short').tryAcquire(good))).toBe('REQUEST_INVALID');
  for (const leaseMs of [999, 3_600_001]) expect(await codeOf(client.renew('g', leaseMs))).toBe('REQUEST_INVALID');
  expect(await codeOf(client.release(''))).toBe('REQUEST_INVALID');
  expect(await codeOf(client.release('g'.repeat(129)))).toBe('REQUEST_INVALID');
  expect(await client.state()).toMatchObject({ holds: [], waits: [] });
  for (const leaseMs of [1_000, 3_600_000]) {
    const grant = await client.tryAcquire({ ...good, leaseMs, amount: 1, priority: 9, path: ['p'] });
    await client.release(grant?.id ?? '');
  }
  expect(served.faults).toEqual([]);
});

test('forged ids of grants do nothing, whoever they are of', async () => {
  await using served = await openServed();
  const [owner, thief] = [served.connect(), served.connect()];
  const held = await owner.acquire({ holder: 'a', tokens: orders });
  const inside = served.scheduler.tryAcquire({ holder: 'call-1', label: 'tool', tokens: served.tokens('kv:host:x') });
  const code = held.id.slice(held.id.indexOf('.'));
  const near = [
    inside?.id ?? '',
    `${inside?.id}${code}`,
    `g${held.epoch}`,
    `${held.id}a`,
    held.id.slice(0, -1),
    held.id.toUpperCase() + held.id.toLowerCase(),
    '1',
    '0',
    '__proto__',
  ];
  for (const id of near) {
    expect(await codeOf(thief.renew(id))).toBe('NOT_FOUND');
    await thief.release(id);
    expect(await thief.isCurrent({ id, epoch: held.epoch })).toBe(false);
  }
  expect(await owner.isCurrent(held)).toBe(true);
  expect(inside !== undefined && served.scheduler.isCurrent(inside.id, inside.epoch)).toBe(true);
});

test('an id of a grant is one that only this host can make', () => {
  const [seal, other] = [new GrantSeal(new Uint8Array(32).fill(1)), new GrantSeal(new Uint8Array(32).fill(2))];
  const sealed = seal.seal('g12');
  expect(seal.open(sealed)).toBe('g12');
  expect(sealed).toMatch(/^g12\.[\w-]{22}$/);
  // The last character of 16 bytes in Base64 has four bits that say nothing.
  const spelled = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map(
    (end) => sealed.slice(0, -1) + end,
  );
  expect(spelled.filter((text) => seal.open(text) !== undefined)).toEqual([sealed]);
  for (const forged of [
    other.seal('g12'),
    sealed.replace('g12', 'g13'),
    `${sealed}=`,
    'g12',
    'g12.',
    '.',
    '',
    `x.${sealed}`,
  ])
    expect([forged, seal.open(forged)]).toEqual([forged, undefined]);
  expect(() => new GrantSeal(new Uint8Array(31))).toThrow('31 bytes');
});

test('a connection may have so many waits, and still release what they wait for', async () => {
  await using served = await openServed({ waitsMax: 4, streamsMax: 6 });
  const [crowd, other] = [served.connect(), served.connect()];
  const held = await crowd.acquire({ holder: 'a', tokens: orders });
  const waits = Array.from({ length: 4 }, (_, at) => crowd.acquire({ holder: `w${at}`, tokens: orders }));
  await until(async () => (await other.state()).waits.length === 4);
  await expect(crowd.acquire({ holder: 'w5', tokens: orders })).rejects.toMatchObject({
    code: 'OVERLOADED',
    wire: { details: { countMax: 4 } },
  });
  const beside = other.acquire({ holder: 'b', tokens: orders });
  await crowd.release(held.id);
  for (const wait of waits) await crowd.release((await wait).id);
  await other.release((await beside).id);
  const again = await crowd.acquire({ holder: 'a', tokens: orders });
  await crowd.release(again.id);
});

test('more requests than a connection may have at once wait in the client, and none is lost', async () => {
  await using served = await openServed({ streamsMax: 4 });
  const client = served.connect();
  const answers = await Promise.all(Array.from({ length: 200 }, () => client.reasons('a')));
  expect(answers.every(({ length }) => length === 0)).toBe(true);
});

test('a message that is too large, and bytes that are none, are refused, and the connection goes on', async () => {
  await using served = await openServed();
  const client = served.connect();
  const label = 'x'.repeat(70_000);
  expect(await codeOf(client.acquire({ holder: 'a', label, tokens: orders }))).toBe('MESSAGE_TOO_LARGE');
  const plain = plainClient(served.path);
  expect(await statusOf(plain.ask('Acquire', Uint8Array.of(0xff, 0xff, 0xff)))).toBe(grpc.status.INVALID_ARGUMENT);
  expect(await statusOf(plain.ask('GetState', {}))).toBe(grpc.status.OK);
  plain.cut();
  await client.state();
  expect(served.faults).toEqual([]);
});

test('no bytes at all, of requests and of connections, are a fault of the host', async () => {
  await using served = await openServed();
  const random = new Random(fuzzSeed());
  const messages: Readonly<Record<string, object>> = {
    TryAcquire: {
      clientKey: key,
      holder: 'a',
      parent: 'b',
      label: 'l',
      path: ['p'],
      tokens: orders,
      amount: 1,
      leaseMs: 1_000,
    },
    Acquire: {
      clientKey: key,
      holder: 'b',
      tokens: ['kv:other:x', 'llm:openai:*'],
      priority: 3,
      leaseMs: 1_000,
      timeoutMs: 1,
    },
    Renew: { grant: 'abc', leaseMs: 2_000 },
    Check: { grant: 'abc', epoch: 12 },
    ReleaseHolder: { clientKey: key, holder: 'a' },
    Explain: { clientKey: key, holder: 'a' },
  };
  const allowed = [
    'OK',
    'INVALID_ARGUMENT',
    'NOT_FOUND',
    'RESOURCE_EXHAUSTED',
    'DEADLINE_EXCEEDED',
    'ABORTED',
    'FAILED_PRECONDITION',
  ];
  const plain = plainClient(served.path);
  for (let round = 0; round < 600; round += 1) {
    const [method, message] = random.pick(Object.entries(messages));
    const bytes = mutate(random, serialized(method, message));
    const status = await statusOf(plain.ask(method, bytes, { deadline: Date.now() + 200 }));
    expect(allowed, `round ${round}, ${method}`).toContain(grpc.status[status]);
  }
  plain.cut();
  for (const start of ['', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const socket = createConnection(served.path);
    socket.on('error', () => {});
    socket.resume();
    socket.write(Buffer.concat([Buffer.from(start), random.bytes(2_000)]));
    await once(socket, 'close');
  }
  await served.connect().state();
  expect(served.faults).toEqual([]);
});

/** Grants and takes back, from inside. */
function churn(served: ServedScheduler, rounds: number): void {
  const [inside, label] = [served.tokens('kv:a:r'), 'x'.repeat(200)];
  for (let round = 0; round < rounds; round += 1) {
    const grant = served.scheduler.tryAcquire({ holder: `call-${round}`, label, tokens: inside });
    served.scheduler.release(grant?.id ?? '');
  }
}

test('a watcher that never reads is cut off and told so; those who read hear of everything', async () => {
  await using served = await openServed({ backlogMax: 200, slowReaderMs: 600_000 });
  const client = served.connect();
  const heard: string[] = [];
  const { promise: standing, resolve: started } = Promise.withResolvers<void>();
  const watching = (async () => {
    for await (const event of client.watch(started)) heard.push(...Object.keys(event));
  })();
  await standing;
  using slow = rawStream(served.path, 'Watch', {}, 1_024);
  await once(slow.stream, 'response');
  for (let rounds = 20; rounds <= 400; rounds += 20) {
    churn(served, 20);
    await until(() => heard.length === rounds * 2);
  }
  const trailers = once(slow.stream, 'trailers');
  slow.stream.resume();
  expect((await trailers)[0]).toMatchObject({
    'grpc-status': String(grpc.status.RESOURCE_EXHAUSTED),
    'grpc-message': encodeURI('Cannot send more events: more than 200 wait'),
  });
  await served.server[Symbol.asyncDispose]();
  await watching;
});

test('a watcher that takes nothing for too long is cut off although nothing overflows', async () => {
  await using served = await openServed({ backlogMax: 100_000, slowReaderMs: 30 });
  using slow = rawStream(served.path, 'Watch', {}, 1_024);
  await once(slow.stream, 'response');
  expect(served.listeners()).toBe(1);
  churn(served, 3_000);
  await until(() => served.listeners() === 0);
});

test('a stop does not wait for a client that takes nothing, nor for one that has said nothing', async () => {
  await using served = await openServed();
  using slow = rawStream(served.path, 'Watch', {}, 1_024);
  await once(slow.stream, 'response');
  const silent = createConnection(served.path);
  await once(silent.resume(), 'connect');
  churn(served, 300);
  await served.server[Symbol.asyncDispose]();
  await until(() => silent.closed && slow.session.destroyed);
  expect(served.listeners()).toBe(0);
});

test.for(['stream', 'connection'] as const)(
  'a grant whose answer cannot leave is given back when its %s ends',
  async (what) => {
    await using served = await openServed();
    // With a window of no bytes the answer stays in the host.
    using raw = rawStream(served.path, 'Acquire', { clientKey: key, holder: 'a', tokens: orders }, 0);
    const client = served.connect();
    await until(async () => (await client.state()).holds.length === 1);
    if (what === 'stream') raw.stream.close(constants.NGHTTP2_CANCEL);
    else raw.session.destroy();
    await until(async () => (await client.state()).holds.length === 0);
    expect(await client.tryAcquire({ holder: 'b', tokens: orders })).toBeDefined();
  },
);

test('states and watches of one connection have a maximum', async () => {
  await using served = await openServed({ watchesMax: 2 });
  const plain = plainClient(served.path);
  const watches = [plain.watch(), plain.watch()];
  await Promise.all(watches.map((watch) => once(watch, 'metadata')));
  const third = plain.watch();
  const [error] = (await once(third, 'error')) as [grpc.ServiceError];
  expect(error).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED });
  watches[0]?.cancel();
  await until(() => served.listeners() > 0);
  await untilWatched(plain);
  plain.cut();
  await until(() => served.listeners() === 0);
});

async function untilWatched(plain: PlainClient): Promise<void> {
  for (;;) {
    const watch = plain.watch();
    const stands = await new Promise((resolve) => {
      watch.once('metadata', () => resolve(true));
      watch.once('error', () => resolve(false));
    });
    if (stands === true) return;
  }
}

test('a state of very many holders is cut', async () => {
  await using served = await openServed({ stateBytesMax: 40_000 });
  for (let at = 0; at < 500; at += 1)
    served.scheduler.tryAcquire({ holder: `call-${at}`, label: 'z'.repeat(200), tokens: served.tokens('kv:a:r') });
  const state = await served.connect().state();
  expect(state.holds.length).toBeGreaterThan(20);
  expect(state.holds.length).toBeLessThan(100);
});
