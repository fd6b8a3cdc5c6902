/** Cases that every key-value store keeps: the one in memory and the one on disk. */
import { expect } from 'vitest';
import {
  type KeyQuery,
  type KeyValueStore,
  type StoreLimits,
  type ValueChange,
  type WriteResult,
  createOperations,
  entryBytes,
  kvLimits,
} from '#host';
import type { OperationName } from '#wit/host-types';
import type { Completion } from '#wit/interfaces';
import { parseToken } from '#wit/tokens';
import { Random, fuzzCases, fuzzSeed } from '../fuzz.ts';
import { type ConformanceCase, fact } from './conformance-case.ts';

/** A kind of store. */
export interface KeyValueSubject {
  /** Makes an empty store; who made the subject disposes of it. */
  create(limits?: Partial<StoreLimits>): KeyValueStore;
}

type Run = (operation: OperationName, args: readonly unknown[], ...blobs: Uint8Array[]) => Promise<Completion>;

/** Runs operations of a caller that may do everything below the namespace `n`. */
function operationsOn(kv: KeyValueStore): Run {
  const operations = createOperations({ kv });
  const caller = { callId: 'call', bundle: 'samples@1.0.0', tool: 'probe', tokens: [parseToken('kv:n:rw')] };
  const never = new AbortController().signal;
  return async (operation, args, ...blobs) => operations.run(caller, operation, args, blobs, never);
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const always = { ifUnset: false } as const;
const all: KeyQuery = { prefix: '', after: undefined, limit: 1_000 };

const valueCases: readonly ConformanceCase<KeyValueSubject>[] = [
  fact('set keeps a copy of the value, and get gives plain bytes', async (subject) => {
    const run = operationsOn(subject.create());
    const value = bytes(1, 2);
    await run('kv.set', ['n', 'copied', 0], value);
    value[0] = 9;
    const got = await run('kv.get', ['n', 'copied']);
    expect(got).toEqual({ kind: 'ok', value: bytes(1, 2) });
    expect(got.kind === 'ok' && Buffer.isBuffer(got.value)).toBe(false);
  }),
  fact('a value of no bytes is set, and one of a mebibyte comes back as it was', async (subject) => {
    const kv = subject.create();
    const large = new Random(1).bytes(kvLimits.valueBytesMax);
    expect(await kv.set('n', 'none', bytes(), always)).toBe('stored');
    expect(await kv.set('n', 'large', large, always)).toBe('stored');
    expect(await kv.get('n', 'none')).toEqual(bytes());
    expect(Buffer.compare((await kv.get('n', 'large')) ?? bytes(), large)).toBe(0);
    expect(await kv.get('n', 'other')).toBeUndefined();
    expect(await kv.get('other', 'none')).toBeUndefined();
  }),
  fact('a value may lie in memory that threads share', async (subject) => {
    const kv = subject.create();
    const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
    shared.set([3, 4]);
    expect(await kv.set('n', 'k', shared, always)).toBe('stored');
    expect(await kv.compareAndSet('n', 'k', { expected: shared, value: shared })).toBe('stored');
    expect(await kv.get('n', 'k')).toEqual(bytes(3, 4));
  }),
  fact('with ifUnset a key that is set stays as it is', async (subject) => {
    const kv = subject.create();
    expect(await kv.set('n', 'k', bytes(), { ifUnset: true })).toBe('stored');
    expect(await kv.set('n', 'k', bytes(2), { ifUnset: true })).toBe('not-stored');
    expect(await kv.get('n', 'k')).toEqual(bytes());
  }),
  fact('delete says whether the key was set', async (subject) => {
    const kv = subject.create();
    await kv.set('n', 'k', bytes(), always);
    expect([await kv.delete('n', 'k'), await kv.delete('n', 'k'), await kv.delete('m', 'k')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await kv.get('n', 'k')).toBeUndefined();
  }),
  fact(
    'compare-and-set writes where the value is the expected one, and not set is not the same as empty',
    async (s) => {
      const kv = s.create();
      const swap = async (expected: Uint8Array | undefined, value: Uint8Array): Promise<unknown> =>
        kv.compareAndSet('n', 'k', { expected, value });
      expect(await swap(bytes(), bytes(1))).toBe('not-stored');
      expect(await swap(undefined, bytes())).toBe('stored');
      expect(await swap(undefined, bytes(1))).toBe('not-stored');
      expect(await swap(bytes(), bytes(1, 2))).toBe('stored');
      expect(await swap(bytes(1), bytes(3))).toBe('not-stored');
      expect(await swap(bytes(1, 3), bytes(3))).toBe('not-stored');
      expect(await swap(bytes(1, 2), bytes(3))).toBe('stored');
      expect(await kv.get('n', 'k')).toEqual(bytes(3));
    },
  ),
];

const keyCases: readonly ConformanceCase<KeyValueSubject>[] = [
  fact('keys come in pages, in the order of their UTF-8 bytes', async (subject) => {
    const run = operationsOn(subject.create());
    const keys = ['b', 'a', '𝄞', '\uffff', 'ab', 'é', 'a\0', '\0', 'a'.repeat(256)];
    for (const key of keys) await run('kv.set', ['n.pages', key, 0], bytes());
    const byBytes = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await run('kv.keys', ['n.pages', '', cursor, 2]);
      const value = (page.kind === 'ok' ? page.value : undefined) as { keys: string[]; cursor?: string };
      seen.push(...value.keys);
      cursor = value.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(byBytes);
  }),
  fact('both the prefix and the cursor bound the keys, whatever a cursor is', async (subject) => {
    const kv = subject.create();
    for (const key of ['a', 'ab', 'a\0', 'a\uffff', 'a𝄞', 'b']) await kv.set('n', key, bytes(), always);
    const keys = async (prefix: string, after: string | undefined, limit = 1_000): Promise<unknown> =>
      kv.keys('n', { prefix, after, limit });
    expect(await keys('a', undefined)).toEqual(['a', 'a\0', 'ab', 'a\uffff', 'a𝄞']);
    expect(await keys('a', 'a')).toEqual(['a\0', 'ab', 'a\uffff', 'a𝄞']);
    expect(await keys('a', 'a', 1)).toEqual(['a\0']);
    expect(await keys('a', '')).toEqual(['a', 'a\0', 'ab', 'a\uffff', 'a𝄞']);
    expect(await keys('a', 'aa')).toEqual(['ab', 'a\uffff', 'a𝄞']);
    expect(await keys('a', 'zzz')).toEqual([]);
    expect(await keys('', 'a𝄞')).toEqual(['b']);
    expect(await keys('', 'b')).toEqual([]);
    expect(await keys('ab', 'a')).toEqual(['ab']);
    expect(await kv.keys('other', all)).toEqual([]);
  }),
];

const limitCases: readonly ConformanceCase<KeyValueSubject>[] = [
  fact('a namespace that is full is store-full, and what was there stays', async (subject) => {
    const run = operationsOn(subject.create({ namespaceBytesMax: 2 * entryBytes + 10 }));
    const set = async (key: string, length: number): Promise<string> => {
      const completion = await run('kv.set', ['n', key, 0], new Uint8Array(length));
      return completion.kind === 'ok' ? 'ok' : `${completion.error.tag} ${String(completion.error.val)}`;
    };
    expect(await set('a', 9)).toBe('ok');
    expect(await set('b', 1)).toBe(`store-full ${kvLimits.namespaceBytesMax}`);
    expect(await set('a', entryBytes + 10)).toContain('store-full');
    expect(await set('a', 3)).toBe('ok');
    expect(await set('b', 5)).toBe('ok');
    expect(await run('kv.get', ['n', 'a'])).toMatchObject({ value: new Uint8Array(3) });
  }),
  fact('an entry counts with what it costs beside its key and value, and no longer once it is deleted', async (s) => {
    const kv = s.create({ storeBytesMax: 3 * (entryBytes + 1) });
    const set = async (key: string): Promise<unknown> => kv.set(key, key, bytes(), always);
    expect([await set('a'), await set('b'), await set('c'), await set('d')]).toEqual([
      'stored',
      'stored',
      'stored',
      'full',
    ]);
    expect(await kv.delete('a', 'a')).toBe(true);
    expect(await set('d')).toBe('stored');
  }),
  fact('bytes of a key count as UTF-8', async (subject) => {
    const kv = subject.create({ storeBytesMax: entryBytes + 4 });
    expect(await kv.set('n', '𝄞', bytes(1), always)).toBe('full');
    expect(await kv.set('n', 'é', bytes(1, 2), always)).toBe('stored');
    expect(await kv.compareAndSet('n', 'é', { expected: bytes(1, 2), value: bytes(1, 2, 3) })).toBe('full');
    expect(await kv.get('n', 'é')).toEqual(bytes(1, 2));
  }),
  fact('one namespace more than the maximum is refused, and one that is emptied makes room', async (subject) => {
    const kv = subject.create({ namespacesMax: 2 });
    const set = async (namespace: string): Promise<unknown> => kv.set(namespace, 'k', bytes(), always);
    expect([await set('a'), await set('b'), await set('c')]).toEqual(['stored', 'stored', 'full']);
    expect(await kv.keys('c', all)).toEqual([]);
    expect(await set('a')).toBe('stored');
    await kv.delete('a', 'k');
    expect([await set('c'), await set('a')]).toEqual(['stored', 'full']);
  }),
];

const modelCases: readonly ConformanceCase<KeyValueSubject>[] = [
  fact('operations in any order come to what a plain map comes to', async (subject) => {
    const limits = { namespaceBytesMax: 4 * entryBytes, namespacesMax: 2, storeBytesMax: 6 * entryBytes };
    const kv = subject.create(limits);
    const model = new Model(limits);
    const random = new Random(fuzzSeed());
    for (let step = 0; step < Math.min(fuzzCases(), 20_000); step += 1) {
      const [namespace, key] = [random.pick(['a', 'b', 'c']), random.pick(['x', 'xy', 'é', '𝄞', 'x\0'])];
      const value = random.bytes(random.pick([0, 1, 2, entryBytes]));
      const ifUnset = random.oneIn(2);
      const expected = random.pick([undefined, model.get(namespace, key), value]);
      const query = {
        prefix: random.pick(['', 'x']),
        after: random.pick([undefined, key]),
        limit: 1 + random.below(3),
      };
      const act = random.pick<(store: KeyValueStore) => unknown>([
        (store) => store.set(namespace, key, value, { ifUnset }),
        (store) => store.delete(namespace, key),
        (store) => store.compareAndSet(namespace, key, { expected, value }),
        (store) => store.get(namespace, key),
        (store) => store.keys(namespace, query),
      ]);
      expect({ step, result: await act(kv) }).toEqual({ step, result: act(model) });
    }
  }),
];

/** The table. */
export const keyValueStoreCases: readonly ConformanceCase<KeyValueSubject>[] = [
  ...valueCases,
  ...keyCases,
  ...limitCases,
  ...modelCases,
];

/** What a store is, said as shortly as can be: everything is counted anew each time. */
class Model implements KeyValueStore {
  readonly #limits: StoreLimits;
  readonly #entries = new Map<string, { namespace: string; key: string; value: Uint8Array }>();

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return this.#entries.get(`${namespace}/${key}`)?.value;
  }

  set(namespace: string, key: string, value: Uint8Array, { ifUnset }: { readonly ifUnset: boolean }): WriteResult {
    return ifUnset && this.get(namespace, key) ? 'not-stored' : this.#store(namespace, key, value);
  }

  delete(namespace: string, key: string): boolean {
    return this.#entries.delete(`${namespace}/${key}`);
  }

  keys(namespace: string, { prefix, after, limit }: KeyQuery): readonly string[] {
    const behind = (key: string): boolean =>
      after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
    return this.#of(namespace)
      .map(({ key }) => key)
      .filter((key) => key.startsWith(prefix) && behind(key))
      .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      .slice(0, limit);
  }

  compareAndSet(namespace: string, key: string, { expected, value }: ValueChange): WriteResult {
    const previous = this.get(namespace, key);
    const same = String(previous) === String(expected) && (previous === undefined) === (expected === undefined);
    return same ? this.#store(namespace, key, value) : 'not-stored';
  }

  #store(namespace: string, key: string, value: Uint8Array): WriteResult {
    const before = new Map(this.#entries);
    this.#entries.set(`${namespace}/${key}`, { namespace, key, value });
    const namespaces = new Set(Array.from(this.#entries.values(), (entry) => entry.namespace));
    const weigh = (entries: readonly { key: string; value: Uint8Array }[]): number =>
      entries.reduce((sum, entry) => sum + entryBytes + Buffer.byteLength(entry.key) + entry.value.length, 0);
    if (
      weigh(this.#of(namespace)) <= this.#limits.namespaceBytesMax &&
      weigh([...this.#entries.values()]) <= this.#limits.storeBytesMax &&
      namespaces.size <= this.#limits.namespacesMax
    )
      return 'stored';
    this.#entries.clear();
    for (const [place, entry] of before) this.#entries.set(place, entry);
    return 'full';
  }

  #of(namespace: string): { namespace: string; key: string; value: Uint8Array }[] {
    return [...this.#entries.values()].filter((entry) => entry.namespace === namespace);
  }
}
