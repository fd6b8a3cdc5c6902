/** Where bytes stand in WIT values: as indexes on the guest's side, as `Uint8Array` on the host's. */
import type { OperationName } from '#wit/host-types';
import type { StartedOperation, TurnOutcome } from '#wit/interfaces';
import { callMisused } from '../errors.ts';

/** The deepest value of `aria:host` nests 5. */
const completionDepthMax = 64;

/** The indexes of blobs that the arguments of an operation name, as far as they have the form of the WIT. */
export function blobIndexes(name: OperationName, args: readonly unknown[]): readonly unknown[] {
  switch (name) {
    case 'kv.set':
    case 'files.write':
      return [args[2]];
    case 'kv.compare-and-set':
      return args[2] === undefined ? [args[3]] : [args[2], args[3]];
    case 'net.fetch':
      return present(field(args[0], 'body'));
    case 'gpu.compute':
      return list(field(args[0], 'bindings')).map((binding) => field(binding, 'content'));
    case 'tools.call':
      return list(field(args[1], 'blobs'));
    default:
      return [];
  }
}

/** Operations may name only blobs of their own turn: how the call ends where one does not. */
export function blobRefusal(
  operations: readonly StartedOperation[],
  blobs: number,
): Extract<TurnOutcome, { kind: 'ended' }> | undefined {
  for (const { name, args } of operations) {
    for (const index of blobIndexes(name, args)) {
      if (typeof index === 'number' && index >= 0 && index < blobs) continue;
      return {
        kind: 'ended',
        code: 'TOOL_TRAPPED',
        message: 'Cannot finish the turn: an operation names a blob that is not there',
        cause: `${name} names blob ${String(index)} of ${blobs}`,
      };
    }
  }
  return undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function present(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : [];
}

/** Takes the bytes out of completions: each becomes its index in `blobs`. Also counts what the completions weigh. */
export class BlobCollector {
  readonly blobs: Uint8Array[] = [];
  bytes = 0;

  #depth = 0;

  /**
   * A copy of the value with indexes; what holds no bytes is returned itself.
   * @throws {CodedError} `INTERNAL` for what is no WIT value at all: functions, symbols, cycles.
   */
  collect(value: unknown): unknown {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw callMisused(`a completion holds a ${typeof value}`);
    if (this.#depth > completionDepthMax) throw callMisused(`a completion nests deeper than ${completionDepthMax}`);
    this.#depth += 1;
    const collected = this.#collect(value);
    this.#depth -= 1;
    return collected;
  }

  #collect(value: unknown): unknown {
    this.bytes += typeof value === 'string' ? value.length : 16;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array) return this.#add(value);
    if (Array.isArray(value)) return this.#collectArray(value);
    if (ArrayBuffer.isView(value)) {
      this.bytes += value.byteLength;
      return value;
    }
    return this.#collectRecord(value as Readonly<Record<string, unknown>>);
  }

  #add(bytes: Uint8Array): number {
    this.bytes += bytes.length;
    this.blobs.push(compact(bytes));
    return this.blobs.length - 1;
  }

  #collectArray(value: readonly unknown[]): unknown {
    let copy: unknown[] | undefined;
    for (const [index, item] of value.entries()) {
      const collected = this.collect(item);
      if (collected !== item) (copy ??= value.slice())[index] = collected;
    }
    return copy ?? value;
  }

  #collectRecord(value: Readonly<Record<string, unknown>>): unknown {
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(value)) {
      const item = value[key];
      const collected = this.collect(item);
      if (collected !== item) (copy ??= { ...value })[key] = collected;
    }
    return copy ?? value;
  }
}

/** Cloning a view clones all of its buffer, and small Buffers share a pool: bytes of others must not travel along. */
export function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength && bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes);
}
