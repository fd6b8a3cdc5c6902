/** `aria:host/kv`: from WIT values to a key-value store, and back. */
import type { AccessMode, Token } from '#wit/tokens';
import { kvLimits } from '../limits.ts';
import { blobAt, namespace, textOfBytes, wholeNumber } from './arguments.ts';
import { type Import, type PreparedImport, Refusal, type ValueOf } from './import.ts';

/** What a write came to. */
export type WriteResult = 'stored' | 'not-stored' | 'full';

/** A store of values, by namespace and key. Values that go in and come out belong to the store: nobody changes them. */
export interface KeyValueStore {
  get(namespace: string, key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** `ifUnset`: a key that is set stays, and the result is `not-stored`. */
  set(
    namespace: string,
    key: string,
    value: Uint8Array,
    options: { readonly ifUnset: boolean },
  ): WriteResult | Promise<WriteResult>;
  /** Whether the key was set. */
  delete(namespace: string, key: string): boolean | Promise<boolean>;
  /** Keys with the prefix after `after`, in the order of their UTF-8 bytes, at most `limit`. */
  keys(namespace: string, query: KeyQuery): readonly string[] | Promise<readonly string[]>;
  /** Writes if the value is `expected` (none: not set). */
  compareAndSet(namespace: string, key: string, change: ValueChange): WriteResult | Promise<WriteResult>;
}

/** Which keys. */
export interface KeyQuery {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

/** A write that depends on the value that is there. */
export interface ValueChange {
  readonly expected: Uint8Array | undefined;
  readonly value: Uint8Array;
}

const keyBytes = { min: 1, max: kvLimits.keyBytesMax } as const;
const prefixBytes = { min: 0, max: kvLimits.keyBytesMax } as const;

/** The operations of `kv`. */
export function kvImports(
  store: KeyValueStore,
): Record<'kv.get' | 'kv.set' | 'kv.delete' | 'kv.keys' | 'kv.compare-and-set', Import> {
  return {
    'kv.get': { effect: 'pure', prepare: (args) => prepareGet(store, args) },
    'kv.set': { effect: 'transactional', prepare: (args, blobs) => prepareSet(store, args, blobs) },
    'kv.delete': { effect: 'transactional', prepare: (args) => prepareDelete(store, args) },
    'kv.keys': { effect: 'pure', prepare: (args) => prepareKeys(store, args) },
    'kv.compare-and-set': {
      effect: 'transactional',
      prepare: (args, blobs) => prepareCompareAndSet(store, args, blobs),
    },
  };
}

function kvToken(name: string, mode: AccessMode): Token {
  return { kind: 'kv', namespace: name, mode };
}

function prepareGet(store: KeyValueStore, args: readonly unknown[]): PreparedImport {
  const name = namespace(args[0]);
  return {
    wanted: [kvToken(name, 'r')],
    run: (): ValueOf<'kv.get'> | Promise<ValueOf<'kv.get'>> =>
      store.get(name, textOfBytes(args[1], 'the key', keyBytes)),
  };
}

function prepareSet(store: KeyValueStore, args: readonly unknown[], blobs: readonly Uint8Array[]): PreparedImport {
  const name = namespace(args[0]);
  return {
    wanted: [kvToken(name, 'rw'), kvToken(name, 'append')],
    async run(granted): Promise<ValueOf<'kv.set'>> {
      const key = textOfBytes(args[1], 'the key', keyBytes);
      const ifUnset = granted?.kind === 'kv' && granted.mode === 'append';
      const result = await store.set(name, key, value(args[2], blobs), { ifUnset });
      // With `append` alone a key that is set is out of reach.
      if (result === 'not-stored') throw new Refusal('CAPABILITY_DENIED');
      checkStored(result);
    },
  };
}

function prepareDelete(store: KeyValueStore, args: readonly unknown[]): PreparedImport {
  const name = namespace(args[0]);
  return {
    wanted: [kvToken(name, 'rw')],
    run: (): ValueOf<'kv.delete'> | Promise<ValueOf<'kv.delete'>> =>
      store.delete(name, textOfBytes(args[1], 'the key', keyBytes)),
  };
}

function prepareKeys(store: KeyValueStore, args: readonly unknown[]): PreparedImport {
  const name = namespace(args[0]);
  return {
    wanted: [kvToken(name, 'r')],
    async run(): Promise<ValueOf<'kv.keys'>> {
      const prefix = textOfBytes(args[1], 'the prefix', prefixBytes);
      const after = args[2] === undefined ? undefined : textOfBytes(args[2], 'the cursor', prefixBytes);
      const limit = wholeNumber(args[3], 'the limit', { min: 1, max: kvLimits.keysPageMax });
      // One more than asked for says whether there is another page.
      const keys = await store.keys(name, { prefix, after, limit: limit + 1 });
      const page = keys.slice(0, limit);
      return { keys: page, cursor: keys.length > limit ? page.at(-1) : undefined };
    },
  };
}

function prepareCompareAndSet(
  store: KeyValueStore,
  args: readonly unknown[],
  blobs: readonly Uint8Array[],
): PreparedImport {
  const name = namespace(args[0]);
  return {
    wanted: [kvToken(name, 'rw')],
    async run(): Promise<ValueOf<'kv.compare-and-set'>> {
      const key = textOfBytes(args[1], 'the key', keyBytes);
      const expected = args[2] === undefined ? undefined : blobAt(args[2], blobs, 'the expected value');
      const result = await store.compareAndSet(name, key, { expected, value: value(args[3], blobs) });
      checkStored(result);
      return result === 'stored';
    },
  };
}

function value(index: unknown, blobs: readonly Uint8Array[]): Uint8Array {
  const found = blobAt(index, blobs, 'the value');
  if (found.length > kvLimits.valueBytesMax) throw new Refusal('VALUE_TOO_LARGE', kvLimits.valueBytesMax);
  return found;
}

function checkStored(result: WriteResult): void {
  if (result === 'full') throw new Refusal('STORE_FULL', kvLimits.namespaceBytesMax);
}
