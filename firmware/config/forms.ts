/** Which values a key of `aria.toml` takes, and what they come to. */
import { isAbsolute, join, resolve } from 'node:path';
import { type Role, roles } from '#wit/api';
import { CodedError } from '#wit/errors';
import { parseToken, printToken } from '#wit/tokens';
import type { ListenAddress } from './host-config.ts';

/** Where a value stands, as far as its meaning depends on it. */
export interface Surroundings {
  /** What relative paths start from: the directory of the file, the current one for flags and the environment. */
  readonly directory: string;
  /** What `~` stands for. */
  readonly userHome: string;
}

/** A value as it was read, or what is wrong with it. */
export type Reading<Value> = { readonly value: Value } | { readonly state: string };

/** A kind of value. */
export interface Form<Value> {
  /** What is expected, after "expected": `true or false`. */
  readonly expected: string;
  read(value: unknown, surroundings: Surroundings): Reading<Value>;
  /** The value that a text of the environment or of a flag stands for; what is no such value stays a text, which `read` refuses. */
  fromText(text: string): unknown;
  /** As a file would say it. */
  print(value: Value): string;
}

/** Items of a list; nobody writes more by hand, and each is compared at every install. */
const listItemsMax = 256;
/** Characters of a text: a path of Linux. */
const textCharactersMax = 4096;
/** Entries of a table of names. */
const namesMax = 1024;
/** What names of keys, tokens and certificates are made of. */
export const namePattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
export const nameExpected = 'a letter or digit, then letters, digits, ".", "_", "@" and "-", at most 64 characters';

const byteUnits = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const timeUnits = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

function form<Value>(
  expected: string,
  read: (value: unknown, surroundings: Surroundings) => Value | undefined,
  {
    fromText = (text) => text,
    print = (value) => JSON.stringify(value),
  }: Partial<Pick<Form<Value>, 'fromText' | 'print'>> = {},
): Form<Value> {
  return {
    expected,
    fromText,
    print,
    read(value, surroundings) {
      const found = read(value, surroundings);
      return found === undefined ? { state: `expected ${expected}, found ${shown(value)}` } : { value: found };
    },
  };
}

/** Whether a value of TOML is a table. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A value as it is quoted in a message. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object' && value !== null) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value as number | boolean);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

export const truth: Form<boolean> = form('true or false', (value) => (typeof value === 'boolean' ? value : undefined), {
  fromText: (text) => (text === 'true' ? true : text === 'false' ? false : text),
});

export function choice<const Value extends string>(values: readonly Value[]): Form<Value> {
  return form(values.map((value) => `"${value}"`).join(' or '), (value) => values.find((known) => known === value));
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number): Form<number> {
  return form(`a whole number from ${grouped(min)} to ${grouped(max)}`, (value) => within(value, min, max), {
    fromText: numberIn,
  });
}

/** Bytes, as a number or as a text with a unit; bounds included. */
export function size(min: number, max: number): Form<number> {
  return form(
    `a size from ${bytesText(min)} to ${bytesText(max)}, as ${bytesText(Math.min(max, 512 * byteUnits.MiB))} or a number of bytes`,
    (value) => within(typeof value === 'string' ? measured(value, byteUnits) : value, min, max),
    { fromText: numberIn, print: bytesText },
  );
}

/** Milliseconds, as a text with a unit; bounds included. */
export function duration(minMs: number, maxMs: number): Form<number> {
  return form(
    `a time with its unit (ms, s, min, h) from ${timeText(minMs)} to ${timeText(maxMs)}, as "30 s"`,
    (value) => (typeof value === 'string' ? within(measured(value, timeUnits), minMs, maxMs) : undefined),
    { print: timeText },
  );
}

function numberIn(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function within(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}

function measured(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : Math.round(Number(digits) * factor);
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Bytes as `aria.toml` writes them. */
function bytesText(bytes: number): string {
  const units = Object.entries(byteUnits).reverse();
  const [unit, factor] = units.find(([, factor]) => bytes >= factor && bytes % factor === 0) ?? ['B', 1];
  return `"${bytes / factor} ${unit}"`;
}

/** Milliseconds as `aria.toml` writes them. */
function timeText(ms: number): string {
  const units = Object.entries(timeUnits).reverse();
  const [unit, factor] = units.find(([, factor]) => ms >= factor && ms % factor === 0) ?? ['ms', 1];
  return `"${ms / factor} ${unit}"`;
}

/** A text of one line that fits a pattern. */
export function text(pattern: RegExp, expected: string): Form<string> {
  return form(expected, (value) =>
    typeof value === 'string' && value.length <= textCharactersMax && pattern.test(value) ? value : undefined,
  );
}

/** A path; comes out absolute. */
export const path: Form<string> = form('a path', absolutePath);

/** The path of a socket; `off` for none. */
export const socketOrOff: Form<string> = form('a path, or "off"', (value, place) =>
  value === 'off' ? 'off' : absolutePath(value, place),
);

function absolutePath(value: unknown, { directory, userHome }: Surroundings): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > textCharactersMax || value.includes('\0')) return;
  if (value === '~' || value.startsWith('~/')) return join(userHome, value.slice(1));
  return isAbsolute(value) ? resolve(value) : resolve(directory, value);
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** `host:port`, IPv6 in brackets; `off` for none. Port 0: any free one. */
export const address: Form<ListenAddress | 'off'> = form(
  'an address as "127.0.0.1:7600" or "[::1]:7600", or "off"',
  (value) => {
    if (typeof value !== 'string') return;
    if (value === 'off') return 'off';
    const [, host = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(value) ?? [];
    const port = Number(digits);
    if (digits === '' || port > 65_535) return;
    const bracketed = /^\[([0-9A-Fa-f:.]{2,45})\]$/.exec(host)?.[1];
    if (bracketed !== undefined) return URL.canParse(`http://[${bracketed}]`) ? { host: bracketed, port } : undefined;
    // A name of digits and dots would be taken for an address that it is not.
    const valid = /^[\d.]+$/.test(host) ? ipv4.test(host) : hostName.test(host);
    return valid ? { host, port } : undefined;
  },
  {
    print: (value) =>
      JSON.stringify(
        value === 'off' ? value : `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`,
      ),
  },
);

/** `http` or `https`, without a user or a password in it, which would come into a log. */
export const endpoint: Form<string> = form(
  'an address as "http://127.0.0.1:4318", without user and password',
  (value) => {
    if (typeof value !== 'string' || value.length > textCharactersMax || !URL.canParse(value)) return;
    const url = new URL(value);
    const fine = (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
    return fine ? value : undefined;
  },
);

/** An origin as browsers send it. */
export const origin: Form<string> = form('an origin as "https://console.example.org"', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return;
  const url = new URL(value);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === value ? value : undefined;
});

/** What a header `Host` says, with or without a port. */
export const webHost: Form<string> = form('a host as "aria.example.org" or "aria.example.org:8443"', (value) => {
  const [, host = '', port] =
    /^(\[[0-9A-Fa-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(typeof value === 'string' ? value : '') ?? [];
  const valid = host.startsWith('[') ? URL.canParse(`http://${host}`) : hostName.test(host);
  return valid && Number(port ?? 0) <= 65_535
    ? `${host}${port === undefined ? '' : `:${port}`}`.toLowerCase()
    : undefined;
});

export const role: Form<Role> = choice(roles);

/** A resource token, in its one spelling. */
export const resourceToken: Form<string> = {
  expected: 'a token as "kv:orders:rw"',
  fromText: (value) => value,
  print: (value) => JSON.stringify(value),
  read(value) {
    if (typeof value !== 'string') return { state: `expected a token as "kv:orders:rw", found ${shown(value)}` };
    try {
      return { value: printToken(parseToken(value)) };
    } catch (thrown) {
      if (thrown instanceof CodedError) return { state: thrown.message };
      throw thrown;
    }
  },
};

/** A list; in the environment separated by commas. */
export function list<Item>(item: Form<Item>): Form<readonly Item[]> {
  const expected = `a list, each ${item.expected}`;
  return {
    expected,
    fromText: (value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => item.fromText(part)),
    print: (items) => `[${items.map((one) => item.print(one)).join(', ')}]`,
    read(value, surroundings) {
      if (!Array.isArray(value)) return { state: `expected ${expected}, found ${shown(value)}` };
      if (value.length > listItemsMax)
        return { state: `expected at most ${listItemsMax} items, found ${value.length}` };
      const items: Item[] = [];
      for (const [index, one] of value.entries()) {
        const reading = item.read(one, surroundings);
        if ('state' in reading) return { state: `[${index}]: ${reading.state}` };
        items.push(reading.value);
      }
      return { value: Object.freeze(items) };
    },
  };
}

/** A table of names, each with a value of a form. */
export function named<Item>(item: Form<Item>): Form<ReadonlyMap<string, Item>> {
  const expected = `a table of names, each ${item.expected}`;
  return {
    expected,
    fromText: (value) => value,
    print: (items) =>
      `{ ${[...items].map(([name, one]) => `${JSON.stringify(name)} = ${item.print(one)}`).join(', ')} }`,
    read(value, surroundings) {
      if (!isTable(value)) return { state: `expected ${expected}, found ${shown(value)}` };
      const items = new Map<string, Item>();
      for (const [name, one] of Object.entries(value)) {
        if (name === '' || name.length > 253)
          return { state: `expected a name of 1 to 253 characters, found ${shown(name)}` };
        const reading = item.read(one, surroundings);
        if ('state' in reading) return { state: `${name}: ${reading.state}` };
        items.set(name, reading.value);
      }
      if (items.size > namesMax) return { state: `expected at most ${namesMax} names, found ${items.size}` };
      return { value: items };
    },
  };
}
