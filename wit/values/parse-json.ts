/**
 * `JSON.parse` with the keys that the text has. V8 (to 14.6 at least, nodejs/node#63785) compares the first characters of an escaped key as they
 * stand in the text, as many as the key has, with the keys of objects that it built before: after `{"\\":1}` it reads `{"\n":1}` as `{"\\":1}`.
 * One caller could so change what another's JSON is read as. Keys without an escape are safe; texts that have none are left to `JSON.parse`.
 */

const [tab, lineFeed, carriageReturn, blank] = [0x09, 0x0a, 0x0d, 0x20];
const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Parses JSON from others: as `JSON.parse`, whatever was parsed before. Takes any depth. @throws {SyntaxError} as `JSON.parse`. */
export function parseJson(text: string): unknown {
  // Also where its value is not used: it says whether the text is JSON, and what is wrong with it.
  const value: unknown = JSON.parse(text);
  return hasEscapedKey(text) ? new Reader(text).read() : value;
}

/**
 * Where the string ends that `start` is in: the place of its last quote, or the end of the text.
 * `start`: the first quote of the string, or a backslash in it that begins an escape.
 */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let first = at;
    while (text.charCodeAt(first - 1) === backslash) first -= 1;
    if ((at - first) % 2 === 0) return at;
  }
  return text.length;
}

/** Of a text that is JSON: a backslash is within a string, and what stands behind the string says whether that is a key. */
function hasEscapedKey(text: string): boolean {
  for (let slash = text.indexOf('\\'); slash >= 0;) {
    const end = endOfString(text, slash);
    if (text.charCodeAt(afterSpace(text, end + 1)) === colon) return true;
    slash = text.indexOf('\\', end);
  }
  return false;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(unit: number): boolean {
  return unit === blank || unit === lineFeed || unit === carriageReturn || unit === tab;
}

/** An object or array that has begun and not ended, and the key of the member that comes next. */
type Open = { readonly into: unknown[] | Record<string, unknown>; key: string };

/** Reads a text that is known to be JSON. A stack of its own, since nobody has bounded the depth. */
class Reader {
  readonly #text: string;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const root: unknown[] = [];
    let open: Open = { into: root, key: '' };
    for (;;) {
      const unit = this.#skipTo();
      if (Number.isNaN(unit)) return root[0];
      if (unit === closeBrace || unit === closeBracket) {
        this.#at += 1;
        open = this.#open.pop() ?? open;
        continue;
      }
      if (!Array.isArray(open.into)) open.key = this.#key();
      const value = this.#value();
      add(open, value);
      if (typeof value !== 'object' || value === null) continue;
      this.#open.push(open);
      open = { into: value as Open['into'], key: '' };
    }
  }

  /** Passes over white space and commas, whose places are known to be right. */
  #skipTo(): number {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== comma && !isSpace(unit)) return unit;
      this.#at += 1;
    }
  }

  #key(): string {
    const key = this.#string();
    this.#at = afterSpace(this.#text, afterSpace(this.#text, this.#at) + 1);
    return key;
  }

  /** The next value; of an object or an array the empty one. */
  #value(): unknown {
    switch (this.#text.charCodeAt(this.#at)) {
      case openBrace:
        this.#at += 1;
        return {};
      case openBracket:
        this.#at += 1;
        return [];
      case quote:
        return this.#string();
      default:
        return this.#word();
    }
  }

  #string(): string {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    this.#at = end + 1;
    const plain = this.#text.slice(start + 1, end);
    return plain.includes('\\') ? String(JSON.parse(this.#text.slice(start, end + 1))) : plain;
  }

  /** A number, `true`, `false` or `null`. */
  #word(): unknown {
    const start = this.#at;
    for (let unit = 0; unit !== comma && unit !== closeBrace && unit !== closeBracket && !isSpace(unit);) {
      this.#at += 1;
      unit = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(unit)) break;
    }
    return wordValue(this.#text.slice(start, this.#at));
  }
}

function wordValue(word: string): unknown {
  switch (word) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    default:
      return Number(word);
  }
}

function add({ into, key }: Open, value: unknown): void {
  if (Array.isArray(into)) into.push(value);
  // A key that is there, the object's own or `__proto__`, is not assigned to: it becomes the object's own, as with JSON.parse.
  else if (key in into)
    Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
  else into[key] = value;
}
