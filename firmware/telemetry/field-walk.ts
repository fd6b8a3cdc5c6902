/** Turns any value into a JSON value without secrets, in bounded work. Nothing that it meets makes it throw. */
import { redacted } from './secret-values.ts';

/** What it asks of the redactor. */
export interface Cleaner {
  name(text: string): string;
  text(text: string, name?: string): string;
  hasSecret(text: string): boolean;
  spansLines(lines: readonly string[]): boolean;
  isSecretName(name: string): boolean;
}

/** Objects in objects. */
const depthMax = 8;
/** Values of one line together. */
const valuesMax = 1000;
/** Characters of one line together, names included. */
const charactersMax = 32 * 1024;
/** Of one text, as much as the redactor keeps. */
const textCharactersMax = 8192;
/** Parts of a list that are looked at together: a secret that was split into characters, lines or bytes. */
const joinedCharactersMax = 8192;

const left = '[left out]';
const unreadable = '[unreadable]';

/** One walk through the fields of one line. */
export class FieldWalk {
  readonly #cleaner: Cleaner;
  readonly #above: Set<object> = new Set();
  #values = 0;
  #characters = 0;

  constructor(cleaner: Cleaner) {
    this.#cleaner = cleaner;
  }

  fields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const walked = this.#value(fields, '', 0);
    if (typeof walked === 'object' && walked !== null && !Array.isArray(walked))
      return walked as Record<string, unknown>;
    return Object.assign(Object.create(null), { value: walked }) as Record<string, unknown>;
  }

  #value(value: unknown, name: string, depth: number): unknown {
    this.#values += 1;
    if (this.#values > valuesMax || this.#characters > charactersMax) return left;
    if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
    if (this.#cleaner.isSecretName(name)) return redacted;
    if (typeof value === 'string') return this.#text(value, name);
    if (typeof value === 'number') return this.#number(value, name);
    if (typeof value === 'bigint' || typeof value === 'symbol') return this.#text(String(value), name);
    if (typeof value === 'function') return '[function]';
    if (depth >= depthMax) return left;
    if (this.#above.has(value)) return '[circular]';
    this.#above.add(value);
    try {
      return this.#object(value, name, depth);
    } catch {
      return unreadable;
    } finally {
      this.#above.delete(value);
    }
  }

  #text(text: string, name: string): string {
    const cleaned = this.#cleaner.text(text, name);
    // What was looked at counts, even where little is left of it.
    this.#characters += Math.max(cleaned.length, Math.min(text.length, textCharactersMax));
    return cleaned;
  }

  #number(value: number, name: string): unknown {
    const text = String(value);
    if (!Number.isFinite(value)) return text;
    return this.#text(text, name) === text ? value : redacted;
  }

  #object(value: object, name: string, depth: number): unknown {
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof URL || value instanceof URLSearchParams || value instanceof RegExp)
      return this.#text(String(value), name);
    if (value instanceof String || value instanceof Number || value instanceof BigInt)
      return this.#value(value.valueOf(), name, depth);
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof Map || isHeaders(value)) return this.#entries(value.entries(), depth);
    if (Array.isArray(value)) return this.#list(value, name, depth);
    if (value instanceof Set) return this.#list([...take(value, valuesMax)], name, depth);
    return this.#record(value, depth);
  }

  /** Message and stack are not enumerable, and the stack may be made when it is read. */
  #error(error: Error, depth: number): unknown {
    const entries: [string, unknown][] = [];
    for (const name of ['name', 'message', 'code', 'stack', 'cause', 'errors']) {
      const value = read(error, name);
      if (value !== undefined) entries.push([name, value]);
    }
    const known = new Set(entries.map(([name]) => name));
    for (const name of Object.keys(error)) if (!known.has(name)) entries.push([name, read(error, name)]);
    return this.#entries(entries, depth);
  }

  #record(value: object, depth: number): unknown {
    // A header in its long form: { name: 'authorization', value: '…' }.
    const named = ['name', 'key', 'header', 'field'].some((part) => {
      const name = Object.hasOwn(value, part) ? read(value, part) : undefined;
      return typeof name === 'string' && this.#cleaner.isSecretName(name);
    });
    const names = Object.keys(value);
    return this.#entries(
      names
        .values()
        .map((name): [string, unknown] => [
          name,
          named && (name === 'value' || name === 'values') ? redacted : read(value, name),
        ]),
      depth,
    );
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>, depth: number): unknown {
    const result: Record<string, unknown> = Object.create(null);
    for (const [key, value] of entries) {
      const raw = typeof key === 'string' ? key : this.#keyText(key, depth);
      let name = this.#cleaner.name(raw);
      this.#characters += name.length;
      // Two names that are one when they are cleaned; the number of the value has no other.
      if (Object.hasOwn(result, name)) name = `${name} (${this.#values})`;
      if (this.#values >= valuesMax || this.#characters > charactersMax) {
        result[left] = true;
        break;
      }
      result[name] = this.#value(value, raw, depth + 1);
    }
    return result;
  }

  /** A key of a `Map` that is no text. */
  #keyText(key: unknown, depth: number): string {
    const value = this.#value(key, '', depth + 1);
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  #list(list: readonly unknown[], name: string, depth: number): unknown {
    const result: unknown[] = [];
    let before: unknown;
    for (const item of list) {
      if (this.#values >= valuesMax || this.#characters > charactersMax) {
        result.push(left);
        break;
      }
      // Arguments and raw headers: a name, then its value.
      const named = typeof before === 'string' && before.length <= 64 && this.#cleaner.isSecretName(before);
      result.push(named && typeof item === 'string' ? redacted : this.#value(item, name, depth + 1));
      before = item;
    }
    return this.#isSplit(list.slice(0, valuesMax), result) ? redacted : result;
  }

  /** Whether the parts of a list are a secret together: lines, characters, bytes. `cleaned`: what each came to alone. */
  #isSplit(list: readonly unknown[], cleaned: readonly unknown[]): boolean {
    if (list.length < 2) return false;
    if (list.every((part) => typeof part === 'string')) {
      const joined = cleaned.join('').slice(0, joinedCharactersMax);
      return this.#cleaner.hasSecret(joined) || this.#cleaner.spansLines(list);
    }
    if (!list.every((part) => Number.isInteger(part) && (part as number) >= 0 && (part as number) < 256)) return false;
    return this.#cleaner.hasSecret(Buffer.from(list as number[]).toString('latin1'));
  }
}

function* take<Item>(items: Iterable<Item>, max: number): Generator<Item> {
  let count = 0;
  for (const item of items) {
    if (count >= max) return;
    count += 1;
    yield item;
  }
}

/** By its name: the class itself is of the client of `fetch`, which Node loads for whoever names it (see node-http.ts). */
function isHeaders(value: object): value is Headers {
  return Object.prototype.toString.call(value) === '[object Headers]';
}

/** A property, whatever its getter does. */
function read(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return unreadable;
  }
}
