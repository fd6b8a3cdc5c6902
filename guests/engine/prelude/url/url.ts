/** https://url.spec.whatwg.org/#url-class, on whatwg-url's state machine. */
import {
  type UrlRecord,
  basicURLParse,
  cannotHaveAUsernamePasswordPort,
  hasAnOpaquePath,
  serializeHost,
  serializePath,
  serializeURL,
  serializeURLOrigin,
  setThePassword,
  setTheUsername,
} from 'whatwg-url/lib/url-state-machine.js';
import { type URLSearchParams, linkedParams, replaceParams, wellFormed } from './url-search-params.ts';

export class URL {
  #record: UrlRecord;
  /** Made when it is first asked for. */
  #params: URLSearchParams | undefined;

  constructor(url: string | URL, base?: string | URL) {
    this.#record = parsed(url, base);
  }

  static parse(url: string | URL, base?: string | URL): URL | null {
    try {
      return new URL(url, base);
    } catch {
      return null;
    }
  }

  static canParse(url: string | URL, base?: string | URL): boolean {
    return URL.parse(url, base) !== null;
  }

  get href(): string {
    return serializeURL(this.#record);
  }
  set href(value: string) {
    this.#record = parsed(value, undefined);
    this.#queryChanged();
  }

  get origin(): string {
    return serializeURLOrigin(this.#record);
  }

  get protocol(): string {
    return `${this.#record.scheme}:`;
  }
  set protocol(value: string) {
    this.#override(`${wellFormed(value)}:`, 'scheme start');
  }

  get username(): string {
    return this.#record.username;
  }
  set username(value: string) {
    if (!cannotHaveAUsernamePasswordPort(this.#record)) setTheUsername(this.#record, wellFormed(value));
  }

  get password(): string {
    return this.#record.password;
  }
  set password(value: string) {
    if (!cannotHaveAUsernamePasswordPort(this.#record)) setThePassword(this.#record, wellFormed(value));
  }

  get host(): string {
    return this.#record.port === null ? this.hostname : `${this.hostname}:${this.#record.port}`;
  }
  set host(value: string) {
    if (!hasAnOpaquePath(this.#record)) this.#override(wellFormed(value), 'host');
  }

  get hostname(): string {
    return this.#record.host === null ? '' : serializeHost(this.#record.host);
  }
  set hostname(value: string) {
    if (!hasAnOpaquePath(this.#record)) this.#override(wellFormed(value), 'hostname');
  }

  get port(): string {
    return this.#record.port === null ? '' : String(this.#record.port);
  }
  set port(value: string) {
    if (cannotHaveAUsernamePasswordPort(this.#record)) return;
    const text = wellFormed(value);
    if (text === '') this.#record.port = null;
    else this.#override(text, 'port');
  }

  get pathname(): string {
    return serializePath(this.#record);
  }
  set pathname(value: string) {
    if (hasAnOpaquePath(this.#record)) return;
    this.#record.path = [];
    this.#override(wellFormed(value), 'path start');
  }

  get search(): string {
    return this.#record.query ? `?${this.#record.query}` : '';
  }
  set search(value: string) {
    const text = wellFormed(value);
    this.#record.query = text === '' ? null : '';
    if (text !== '') this.#override(text.startsWith('?') ? text.slice(1) : text, 'query');
    this.#queryChanged();
  }

  get searchParams(): URLSearchParams {
    return (this.#params ??= linkedParams(this.#record.query ?? '', (query) => {
      this.#record.query = query === '' ? null : query;
    }));
  }

  get hash(): string {
    return this.#record.fragment ? `#${this.#record.fragment}` : '';
  }
  set hash(value: string) {
    const text = wellFormed(value);
    this.#record.fragment = text === '' ? null : '';
    if (text !== '') this.#override(text.startsWith('#') ? text.slice(1) : text, 'fragment');
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  #override(input: string, stateOverride: string): void {
    basicURLParse(input, { url: this.#record, stateOverride });
  }

  #queryChanged(): void {
    if (this.#params) replaceParams(this.#params, this.#record.query ?? '');
  }
}

function parsed(url: unknown, base: unknown): UrlRecord {
  const baseRecord = base === undefined ? null : basicURLParse(wellFormed(base));
  if (base !== undefined && baseRecord === null) throw invalid(base);
  const record = basicURLParse(wellFormed(url), { baseURL: baseRecord });
  if (record === null) throw invalid(url);
  return record;
}

function invalid(input: unknown): TypeError {
  return Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: wellFormed(input) });
}
