/** https://fetch.spec.whatwg.org/#headers-class, without guards: a tool's host decides what may be sent. */

/** What the constructor takes. */
export type HeadersInit = Headers | Iterable<Iterable<string>> | Readonly<Record<string, string>> | undefined;

const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export class Headers {
  /** By lower-case name, in the order of addition. */
  readonly #values = new Map<string, string[]>();

  constructor(init?: HeadersInit) {
    if (init === undefined) return;
    if (typeof init !== 'object' || init === null)
      throw new TypeError('Cannot make headers: expected an object or pairs');
    for (const [name, value, ...rest] of pairsOf(init)) {
      if (name === undefined || value === undefined || rest.length > 0) {
        throw new TypeError('Cannot make headers: each pair must be a name and a value');
      }
      this.append(name, value);
    }
  }

  append(name: string, value: string): void {
    const key = validName(name);
    const text = validValue(key, value);
    const values = this.#values.get(key);
    if (values) values.push(text);
    else this.#values.set(key, [text]);
  }

  delete(name: string): void {
    this.#values.delete(validName(name));
  }

  get(name: string): string | null {
    return this.#values.get(validName(name))?.join(', ') ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get('set-cookie') ?? [])];
  }

  has(name: string): boolean {
    return this.#values.has(validName(name));
  }

  set(name: string, value: string): void {
    const key = validName(name);
    this.#values.set(key, [validValue(key, value)]);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const [name, values] of [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (name === 'set-cookie') for (const value of values) yield [name, value];
      else yield [name, values.join(', ')];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

function pairsOf(init: NonNullable<HeadersInit>): Iterable<string[]> {
  if (typeof (init as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') return Object.entries(init);
  return Array.from(init as Iterable<Iterable<string>>, (pair) => Array.from(pair));
}

function validName(name: string): string {
  const text = `${name}`;
  if (!namePattern.test(text)) throw new TypeError(`Cannot use the header name "${text}": it is no HTTP token`);
  return text.toLowerCase();
}

function validValue(name: string, value: string): string {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (/[\0\n\r]|[^\0-\xff]/.test(text))
    throw new TypeError(`Cannot use the value of the header "${name}": it is no HTTP field value`);
  return text;
}
