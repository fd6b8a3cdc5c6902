/** Small values that a tool keeps between calls. */
import type { KvPage } from '#wit/host-types';
import { toBytes, toText } from './bytes.ts';
import { type Json, jsonText } from './json.ts';
import { start } from './operations.ts';

/** Which keys `list` gives. */
export interface KvListOptions {
  /** Only keys that begin with it. Default: all. */
  readonly prefix?: string;
  /** Where the page before ended: its `cursor`. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000. Default: 100. */
  readonly limit?: number;
}

/** One namespace of the key-value store. Keys are 1 to 256 bytes of UTF-8, values at most 1 MiB. */
export interface KvNamespace {
  /** The bytes of a key, or `undefined` if it is not set. Token mode `r` or `rw`. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** As `get`, read as UTF-8. */
  getText(key: string): Promise<string | undefined>;
  /** As `get`, parsed as JSON; the type is the caller's promise. @throws {SyntaxError} where the value is no JSON */
  getJson<T = Json>(key: string): Promise<T | undefined>;
  /** Stores bytes, or a text as UTF-8. Token mode `rw`. */
  set(key: string, value: Uint8Array | string): Promise<void>;
  /** Stores a value as JSON. */
  setJson(key: string, value: unknown): Promise<void>;
  /** Removes a key; says whether it was set. */
  delete(key: string): Promise<boolean>;
  /** One page of keys, in the order of their bytes. */
  list(options?: KvListOptions): Promise<KvPage>;
  /** Stores a value only if the key holds `expected` now (`undefined`: is not set); says whether it did. */
  compareAndSet(key: string, expected: Uint8Array | string | undefined, value: Uint8Array | string): Promise<boolean>;
}

/**
 * A namespace of the key-value store, by the tokens `kv:<namespace>:r|rw|append`.
 * @example
 * const orders = kv('orders');
 * await orders.setJson('4711', { total: 1200 });
 * const order = await orders.getJson<{ total: number }>('4711');
 */
export function kv(namespace: string): KvNamespace {
  const get = (key: string): Promise<Uint8Array | undefined> => start('kv.get', namespace, key);
  const getText = async (key: string): Promise<string | undefined> => {
    const bytes = await get(key);
    return bytes && toText(bytes);
  };
  return {
    get,
    getText,
    async getJson<T>(key: string): Promise<T | undefined> {
      const text = await getText(key);
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    set: async (key, value) => start('kv.set', namespace, key, toBytes(value)),
    setJson: async (key, value) => start('kv.set', namespace, key, toBytes(jsonText(value))),
    delete: (key) => start('kv.delete', namespace, key),
    list: ({ prefix = '', cursor, limit = 100 } = {}) => start('kv.keys', namespace, prefix, cursor, limit),
    compareAndSet: async (key, expected, value) =>
      start(
        'kv.compare-and-set',
        namespace,
        key,
        expected === undefined ? undefined : toBytes(expected),
        toBytes(value),
      ),
  };
}
