/** https://html.spec.whatwg.org/multipage/structured-data.html#structured-cloning, for what a tool can have. */

type ErrorMaker = new (message?: string) => Error;
const errorMakers: Readonly<Record<string, ErrorMaker>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Copies a value with its cycles. @throws {DOMException} `DataCloneError` for functions, symbols and what holds state elsewhere. */
export function structuredClone<T>(value: T, options: { readonly transfer?: Iterable<ArrayBuffer> } = {}): T {
  if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
  const copies = new Map<object, unknown>();
  for (const buffer of options?.transfer ?? []) {
    if (!(buffer instanceof ArrayBuffer)) throw refused('The value to transfer');
    if (copies.has(buffer)) throw new DOMException('The transfer list names a buffer twice', 'DataCloneError');
    if (buffer.detached)
      throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
    copies.set(buffer, undefined);
  }
  const transferred = [...copies.keys()] as ArrayBuffer[];
  /* A transferred buffer moves only once everything else could be copied: until then an empty one stands for it. */
  for (const buffer of transferred) copies.set(buffer, buffer.slice(0));
  const copy = clone(value, copies) as T;
  for (const buffer of transferred) buffer.transfer(0);
  return copy;
}

function clone(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value === 'symbol') throw refused(String(value));
  if (typeof value === 'function') throw refused(Function.prototype.toString.call(value));
  if (typeof value !== 'object' || value === null) return value;
  if (copies.has(value)) return copies.get(value);
  const copy = shell(value, copies);
  copies.set(value, copy);
  fill(value, copy, copies);
  return copy;
}

/* What can refer to itself is made empty first, known, and filled then. */
function shell(value: object, copies: Map<object, unknown>): object {
  if (Array.isArray(value))
    return Array.from({ length: 0 }, () => undefined).concat(new Array<undefined>(value.length));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return cloneView(value, copies);
  if (value instanceof DOMException) return new DOMException(value.message, value.name);
  if (value instanceof Error) return cloneError(value);
  if (isBoxed(value)) return Object(value.valueOf()) as object;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Symbol') throw refused('Object(Symbol)');
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    throw refused(`#<${tag}>`);
  }
  return {};
}

function isBoxed(value: object): boolean {
  return value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt;
}

function cloneView(view: ArrayBufferView, copies: Map<object, unknown>): object {
  const buffer = clone(view.buffer, copies) as ArrayBuffer;
  if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength);
  const { length } = view as Uint8Array;
  const name = (view as Uint8Array)[Symbol.toStringTag];
  const makers = globalThis as unknown as Readonly<
    Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => object>
  >;
  const Maker = makers[name];
  if (Maker === undefined) throw refused(`#<${name}>`);
  return new Maker(buffer, view.byteOffset, length);
}

function cloneError(error: Error): Error {
  const Maker = errorMakers[error.name] ?? Error;
  const copy = new Maker();
  if (Object.hasOwn(error, 'message')) define(copy, 'message', String(error.message), false);
  define(copy, 'stack', String(error.stack), false);
  return copy;
}

function fill(value: object, copy: object, copies: Map<object, unknown>): void {
  if (value instanceof Map && copy instanceof Map) {
    for (const [key, item] of [...value]) copy.set(clone(key, copies), clone(item, copies));
  } else if (value instanceof Set && copy instanceof Set) {
    for (const item of [...value]) copy.add(clone(item, copies));
  } else if (value instanceof Error && copy instanceof Error) {
    if (Object.hasOwn(value, 'cause')) define(copy, 'cause', clone(value.cause, copies), false);
  } else if (Array.isArray(value) || Object.getPrototypeOf(copy) === Object.prototype) {
    for (const key of Object.keys(value))
      define(copy, key, clone((value as Record<string, unknown>)[key], copies), true);
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
}

function refused(what: string): DOMException {
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}
