/** https://url.spec.whatwg.org/#interface-urlsearchparams, on whatwg-url's parser and serializer. */
import { parseUrlencodedString, serializeUrlencoded } from 'whatwg-url/lib/urlencoded.js';

type Pair = [string, string];
/** What the constructor takes. */
export type SearchParamsInit =
  | string
  | URLSearchParams
  | Iterable<Iterable<string>>
  | Readonly<Record<string, string>>
  | undefined;

/** Makes the parameters of a URL: `onChange` is told the new query. */
export let linkedParams: (query: string, onChange: (query: string) => void) => URLSearchParams;
/** Replaces all pairs after the URL has changed, without telling it. */
export let replaceParams: (params: URLSearchParams, query: string) => void;

/** A text as a USVString. */
export function wellFormed(value: unknown): string {
  return `${value as string}`.toWellFormed();
}

export class URLSearchParams {
  #pairs: Pair[];
  #onChange: ((query: string) => void) | undefined;

  static {
    linkedParams = (query, onChange) => {
      const params = new URLSearchParams();
      params.#pairs = parseUrlencodedString(query);
      params.#onChange = onChange;
      return params;
    };
    replaceParams = (params, query) => {
      params.#pairs = parseUrlencodedString(query);
    };
  }

  constructor(init?: SearchParamsInit) {
    this.#pairs = pairsOf(init);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    demand(arguments.length, 2, 'append');
    this.#pairs.push([wellFormed(name), wellFormed(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    demand(arguments.length, 1, 'delete');
    const matches = matcher(name, value);
    this.#pairs = this.#pairs.filter((pair) => !matches(pair));
    this.#changed();
  }

  get(name: string): string | null {
    demand(arguments.length, 1, 'get');
    return this.#pairs.find(matcher(name))?.[1] ?? null;
  }

  getAll(name: string): string[] {
    demand(arguments.length, 1, 'getAll');
    return this.#pairs.filter(matcher(name)).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    demand(arguments.length, 1, 'has');
    return this.#pairs.some(matcher(name, value));
  }

  set(name: string, value: string): void {
    demand(arguments.length, 2, 'set');
    const matches = matcher(name);
    const first = this.#pairs.findIndex(matches);
    const pair: Pair = [wellFormed(name), wellFormed(value)];
    if (first === -1) this.#pairs.push(pair);
    else this.#pairs = this.#pairs.flatMap((old, place) => (place === first ? [pair] : matches(old) ? [] : [old]));
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<Pair> {
    for (let place = 0; place < this.#pairs.length; place += 1) {
      const [name, value] = this.#pairs[place] ?? ['', ''];
      yield [name, value];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries();
  }

  toString(): string {
    return serializeUrlencoded(this.#pairs);
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

function matcher(name: string, value?: string): (pair: Pair) => boolean {
  const wanted = wellFormed(name);
  const wantedValue = value === undefined ? undefined : wellFormed(value);
  return (pair) => pair[0] === wanted && (wantedValue === undefined || pair[1] === wantedValue);
}

function demand(count: number, wanted: number, method: string): void {
  if (count < wanted) throw new TypeError(`URLSearchParams.${method} needs ${wanted} argument${wanted > 1 ? 's' : ''}`);
}

function pairsOf(init: SearchParamsInit): Pair[] {
  if (init === undefined) return [];
  if (typeof init !== 'object' || init === null) {
    const text = wellFormed(init);
    return parseUrlencodedString(text.startsWith('?') ? text.slice(1) : text);
  }
  if (typeof (init as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') {
    return Object.entries(init).map(([name, value]) => [wellFormed(name), wellFormed(value)]);
  }
  return Array.from(init as Iterable<Iterable<string>>, (item) => {
    if (typeof item !== 'object' || item === null)
      throw new TypeError('Each query pair must be an iterable [name, value] tuple');
    const [name, value, ...rest] = Array.from(item);
    if (name === undefined || value === undefined || rest.length > 0) {
      throw new TypeError('Each query pair must be an iterable [name, value] tuple');
    }
    return [wellFormed(name), wellFormed(value)];
  });
}
