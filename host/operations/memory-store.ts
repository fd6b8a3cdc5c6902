/** A key-value store in memory, for tests and for a host without a data directory. */
import { entryBytes, kvLimits } from '../limits.ts';
import type { KeyQuery, KeyValueStore, ValueChange, WriteResult } from '../imports/kv.ts';

/** Maxima of a store. */
export interface StoreLimits {
  readonly namespaceBytesMax: number;
  readonly namespacesMax: number;
  readonly storeBytesMax: number;
}

interface Namespace {
  readonly values: Map<string, Uint8Array>;
  /** Keys in the order of their UTF-8 bytes; none after a change of the keys. */
  sorted: readonly string[] | undefined;
  /** Keys, values and `entryBytes` for each. */
  bytes: number;
}

/** Creates an empty store. */
export function createMemoryStore(limits: Partial<StoreLimits> = {}): KeyValueStore {
  return new MemoryStore({ ...kvLimits, ...limits });
}

class MemoryStore implements KeyValueStore {
  readonly #limits: StoreLimits;
  readonly #namespaces = new Map<string, Namespace>();
  #bytes = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return this.#namespaces.get(namespace)?.values.get(key);
  }

  set(namespace: string, key: string, value: Uint8Array, { ifUnset }: { readonly ifUnset: boolean }): WriteResult {
    const previous = this.get(namespace, key);
    if (ifUnset && previous) return 'not-stored';
    return this.#store(namespace, key, value, previous);
  }

  delete(namespace: string, key: string): boolean {
    const found = this.#namespaces.get(namespace);
    const value = found?.values.get(key);
    if (!found || !value) return false;
    found.values.delete(key);
    found.sorted = undefined;
    this.#weigh(found, -(entryBytes + Buffer.byteLength(key) + value.length));
    if (found.values.size === 0) this.#namespaces.delete(namespace);
    return true;
  }

  keys(namespace: string, { prefix, after, limit }: KeyQuery): readonly string[] {
    const found = this.#namespaces.get(namespace);
    if (!found) return [];
    found.sorted ??= [...found.values.keys()].sort(compareCodePoints);
    // The cursor may be anything that a guest made up; both bounds hold.
    const afterIndex = after === undefined ? 0 : lowerBound(found.sorted, after, true);
    const start = Math.max(lowerBound(found.sorted, prefix, false), afterIndex);
    const keys: string[] = [];
    for (let index = start; index < found.sorted.length && keys.length < limit; index += 1) {
      const key = found.sorted[index];
      if (key === undefined || !key.startsWith(prefix)) break;
      keys.push(key);
    }
    return keys;
  }

  compareAndSet(namespace: string, key: string, { expected, value }: ValueChange): WriteResult {
    const previous = this.get(namespace, key);
    const same = previous && expected ? Buffer.compare(previous, expected) === 0 : previous === expected;
    return same ? this.#store(namespace, key, value, previous) : 'not-stored';
  }

  #store(namespace: string, key: string, value: Uint8Array, previous: Uint8Array | undefined): WriteResult {
    const found = this.#namespaces.get(namespace);
    const change = value.length - (previous ? previous.length : -(entryBytes + Buffer.byteLength(key)));
    if (
      (found?.bytes ?? 0) + change > this.#limits.namespaceBytesMax ||
      this.#bytes + change > this.#limits.storeBytesMax
    )
      return 'full';
    if (!found && this.#namespaces.size >= this.#limits.namespacesMax) return 'full';
    const target = found ?? { values: new Map(), sorted: undefined, bytes: 0 };
    this.#namespaces.set(namespace, target);
    // A copy: the turn's bytes may lie in a buffer that others share.
    target.values.set(key, new Uint8Array(value));
    if (!previous) target.sorted = undefined;
    this.#weigh(target, change);
    return 'stored';
  }

  #weigh(namespace: Namespace, bytes: number): void {
    namespace.bytes += bytes;
    this.#bytes += bytes;
  }
}

/** The order of UTF-8 bytes is the order of code points, which UTF-16 units do not follow beyond U+FFFF. */
function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    // Surrogates stand for code points above all other units.
    const aSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bSurrogate = b >= 0xd800 && b <= 0xdfff;
    return aSurrogate === bSurrogate ? a - b : aSurrogate ? 1 : -1;
  }
  return left.length - right.length;
}

/** The first index whose key is not before `key`, or, with `past`, behind it. */
function lowerBound(sorted: readonly string[], key: string, past: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compareCodePoints(sorted[middle] ?? '', key);
    if (order < 0 || (past && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}
