import { describe, expect, test } from 'vitest';
import { type KeyValueStore, type OperationRecord, createMemoryStore, createOperations } from '#host';
import { type OperationName, operationNames } from '#wit/host-types';
import type { Caller, Completion } from '#wit/interfaces';
import { parseToken } from '#wit/tokens';
import { type Random, fuzz, fuzzTimeoutMs } from '../fuzz.ts';

function caller(...tokens: readonly string[]): Caller {
  return { callId: 'call', bundle: 'samples@1.0.0', tool: 'probe', tokens: tokens.map(parseToken) };
}

const never = new AbortController().signal;

function tagOf(completion: Completion): string {
  return completion.kind === 'ok' ? 'ok' : completion.error.tag;
}

describe('kv', () => {
  const operations = createOperations();
  const run = async (
    operation: OperationName,
    args: readonly unknown[],
    blobs: readonly Uint8Array[] = [],
  ): Promise<Completion> => operations.run(caller('kv:n:rw'), operation, args, blobs, never);

  test.each([
    ['an empty namespace', ['', 'k']],
    ['a namespace with a wildcard', ['n.*', 'k']],
    ['a namespace of 129 characters', ['n'.repeat(129), 'k']],
    ['a namespace that is no text', [1, 'k']],
    ['no arguments at all', []],
    ['an empty key', ['n', '']],
    ['a key of 257 bytes', ['n', 'é'.repeat(129)]],
    ['a key with half a surrogate pair', ['n', '\ud800']],
    ['a key that is no text', ['n', {}]],
  ])('get refuses %s as invalid-argument', async (_, args) => {
    expect(tagOf(await run('kv.get', args))).toBe('invalid-argument');
  });

  test('takes a key of 256 bytes', async () => {
    expect(tagOf(await run('kv.get', ['n', 'é'.repeat(128)]))).toBe('ok');
  });

  test('set refuses a blob that is not there', async () => {
    for (const index of [1, -1, 0.5, '0', undefined, 2 ** 31])
      expect(tagOf(await run('kv.set', ['n', 'k', index], [Uint8Array.of(1)]))).toBe('invalid-argument');
  });

  test('keys takes limits from 1 to 1,000', async () => {
    for (const [limit, tag] of [
      [0, 'invalid-argument'],
      [1, 'ok'],
      [1_000, 'ok'],
      [1_001, 'invalid-argument'],
      [1.5, 'invalid-argument'],
    ] as const) {
      expect(tagOf(await run('kv.keys', ['n', '', undefined, limit]))).toBe(tag);
    }
  });

  test('a store that fails is unavailable to the guest, and its reason is in the audit', async () => {
    const records: OperationRecord[] = [];
    const fault = new Error('the disk is gone');
    const broken: KeyValueStore = Object.assign(Object.create(createMemoryStore()), {
      get: () => Promise.reject(fault),
      delete: () => {
        throw fault;
      },
    });
    const failing = createOperations({ kv: broken, audit: (record) => records.push(record) });
    for (const operation of ['kv.get', 'kv.delete'] as const) {
      expect(await failing.run(caller('kv:n:rw'), operation, ['n', 'k'], [], never)).toEqual({
        kind: 'failed',
        error: { tag: 'unavailable', val: 'the host failed' },
      });
    }
    expect(records).toMatchObject([
      { outcome: 'UNAVAILABLE', cause: fault },
      { outcome: 'UNAVAILABLE', cause: fault },
    ]);
  });
});

describe('interfaces that are not served', () => {
  const operations = createOperations();

  test.each([
    ['llm.complete', [{ model: 'openai:gpt-4o' }], 'llm:openai:gpt-4o'],
    ['net.fetch', [{ url: 'https://api.example.com/x' }], 'net:api.example.com:443'],
    ['files.read', ['reports', 'a.txt'], 'fs:reports:r'],
    ['llm.read-stream', [1], 'llm:openai:gpt-4o'],
    ['gpu.compute', [{}], 'gpu:cuda-0:compute'],
    ['vectors.query', ['embeddings:user', [1], 1, undefined], 'vector:embeddings:user:r'],
    ['tools.call', ['wordCount', { json: '{}', blobs: [] }], 'tool:wordCount:call'],
    ['agents.invoke', ['planner', 'hello'], 'agent:planner:call'],
    ['context.get', [10], 'context:session:r'],
  ] as const)('%s is access-denied without its token and unavailable with it', async (operation, args, token) => {
    expect(tagOf(await operations.run(caller('kv:n:rw'), operation, args, [], never))).toBe('access-denied');
    expect(tagOf(await operations.run(caller(token), operation, args, [], never))).toBe('unavailable');
  });

  test('answer unavailable, and a model or an address of no known form invalid-argument', async () => {
    expect(tagOf(await operations.run(caller(), 'net.fetch', [{ url: 'file:///etc/passwd' }], [], never))).toBe(
      'invalid-argument',
    );
    expect(tagOf(await operations.run(caller(), 'llm.complete', [{}], [], never))).toBe('invalid-argument');
  });
});

test('an operation whose signal is aborted already touches nothing, and is on record as abandoned', async () => {
  const kv = createMemoryStore();
  const records: OperationRecord[] = [];
  const operations = createOperations({ kv, audit: (record) => records.push(record) });
  await operations.run(caller('kv:n:rw'), 'kv.set', ['n', 'k', 0], [Uint8Array.of(1)], AbortSignal.abort());
  expect(kv.get('n', 'k')).toBeUndefined();
  expect(records).toMatchObject([{ operation: 'kv.set', outcome: 'abandoned' }]);
});

test(
  'arguments of any form give a completion of the variant, never a rejection',
  { timeout: fuzzTimeoutMs },
  async () => {
    const operations = createOperations();
    const value = (random: Random): unknown =>
      random.pick([
        undefined,
        null,
        0,
        -1,
        1.5,
        Number.NaN,
        2 ** 40,
        '',
        'n',
        'n.*',
        '\ud800',
        'https://example.com',
        'a:b',
        [],
        {},
        { url: 'n' },
        { model: 'a:b' },
        true,
        1n,
        random.bytes(4),
      ]);
    await fuzz(async (random) => {
      const operation = random.pick(operationNames.filter((name) => name !== 'timer.sleep'));
      const args = Array.from({ length: random.below(5) }, () => value(random));
      const completion = await operations.run(
        caller('kv:n:rw', 'llm:a:b', 'net:example.com:443'),
        operation,
        args,
        [random.bytes(3)],
        never,
      );
      expect(tagOf(completion)).toMatch(/^[a-z-]+$/);
    });
  },
);

test('one operation more than the host may have open is refused, and one that ends or is given up makes room', async () => {
  const operations = createOperations({ operationsOpenMax: 2 });
  const sleep = (ms: number, signal = never): Promise<Completion> | Completion =>
    operations.run(caller(), 'timer.sleep', [ms], [], signal);
  const controller = new AbortController();
  const given = sleep(1_000_000, controller.signal);
  const short = sleep(20);
  expect(await sleep(1)).toEqual({ kind: 'failed', error: { tag: 'too-many-operations', val: 2 } });
  expect(tagOf(await short)).toBe('ok');
  expect(tagOf(await sleep(1))).toBe('ok');
  controller.abort();
  await given;
  expect((await Promise.all([sleep(1), sleep(1)])).map(tagOf)).toEqual(['ok', 'ok']);
});
