/**
 * JSON from inside a container, where two readers must not read two things: no key twice, no `__proto__`, no bytes that are not UTF-8, and neither
 * a depth nor a number of values that costs the host far more than the text cost its sender.
 */
import { endOfString, parseJson } from '#wit/values';
import { requestInvalid } from './errors.ts';
import { formLimits } from './limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses a body. `what`: what the message calls it. @throws {CodedError} `REQUEST_INVALID`. */
export function parseStrictJson(bytes: Uint8Array, what: string): unknown {
  const text = decoded(bytes, what);
  // Before the parser: it would build what is refused.
  new Scanner(text, what).scan();
  try {
    return parseJson(text);
  } catch {
    throw requestInvalid(what, 'is no JSON', { remedy: 'Send one JSON value in UTF-8, without a byte order mark' });
  }
}

function decoded(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw requestInvalid(what, 'is not UTF-8', { remedy: 'Encode it as UTF-8' });
  }
}

const [quote, comma, colon, openBracket, closeBracket, openBrace, closeBrace] = [34, 44, 58, 91, 93, 123, 125];

/** Walks over a text that need not be JSON: what it says of one that is none does not matter, since the parser refuses that. */
class Scanner {
  readonly #text: string;
  readonly #what: string;
  /** The keys of each open object; `undefined` for an array. */
  readonly #open: (Set<string> | undefined)[] = [];
  #values = 0;
  #keyNext = false;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  scan(): void {
    const text = this.#text;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === quote) at = this.#string(at);
      else if (unit === openBrace || unit === openBracket) this.#begin(unit === openBrace);
      else if (unit === closeBrace || unit === closeBracket) this.#end();
      else if (unit === comma) this.#next();
      else if (unit === colon) this.#keyNext = false;
    }
  }

  #begin(isObject: boolean): void {
    this.#open.push(isObject ? new Set() : undefined);
    if (this.#open.length > formLimits.depthMax) {
      throw requestInvalid(this.#what, `nests deeper than ${formLimits.depthMax}`, { remedy: 'Flatten the value' });
    }
    this.#count();
    this.#keyNext = isObject;
  }

  #end(): void {
    this.#open.pop();
    this.#keyNext = false;
  }

  #next(): void {
    this.#count();
    this.#keyNext = this.#open.at(-1) !== undefined;
  }

  #count(): void {
    this.#values += 1;
    if (this.#values <= formLimits.valuesMax) return;
    throw requestInvalid(this.#what, `has more than ${formLimits.valuesMax} values`, { remedy: 'Send less at a time' });
  }

  /** @returns where the string ends. */
  #string(start: number): number {
    const end = endOfString(this.#text, start);
    if (!this.#keyNext) return end;
    this.#keyNext = false;
    const key = keyOf(this.#text.slice(start, end + 1));
    const keys = this.#open.at(-1);
    if (key === '__proto__') throw requestInvalid(this.#what, 'has a key "__proto__"', { remedy: 'Rename the key' });
    if (keys?.has(key)) {
      const state = `has the key ${JSON.stringify(key.slice(0, 64))} twice in one object`;
      throw requestInvalid(this.#what, state, { remedy: 'Write each key once' });
    }
    keys?.add(key);
    return end;
  }
}

function keyOf(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}
