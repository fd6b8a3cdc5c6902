import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../firmware/telemetry/redactor.ts';
import { createTelemetry } from '../../../firmware/telemetry/create-telemetry.ts';
import type { Log } from '../../../firmware/telemetry/telemetry.ts';
import { systemClock } from '#host';
import type { LogEntry } from '#wit/api';
import { Random, fuzz, fuzzSeed } from '../../fuzz.ts';
import { type Planted, formsOf, harmless, knownSecrets, leaks, secretNames, shapedSecrets } from './planted.ts';

/** A place of a line where a text can stand. */
type Place = (text: string, log: Log) => void;

class Holder {
  readonly inner: string;
  constructor(inner: string) {
    this.inner = inner;
  }
}

function thrown(text: string): Error {
  const error = new Error('outer', { cause: new Error(`inner ${text}`) });
  return Object.assign(error, { extra: { text } });
}

const places: Readonly<Record<string, Place>> = {
  'the message': (text, log) => log.info(text),
  'the middle of the message': (text, log) => log.warn(`Cannot reach it (${text}): refused`),
  'the message behind an equals sign': (text, log) => log.error(`value=${text}`),
  'the message in JSON': (text, log) => log.info(JSON.stringify({ a: [text] })),
  'the message in JSON in JSON': (text, log) => log.info(JSON.stringify({ a: JSON.stringify({ text }) })),
  'the message behind a long text': (text, log) => log.info(`${'a b '.repeat(1500)} ${text}`),
  'a field': (text, log) => log.info('m', { text }),
  'a nested field': (text, log) => log.info('m', { a: { b: [{ c: text }] } }),
  'a name': (text, log) => log.info('m', { [text]: 1 }),
  'a nested name': (text, log) => log.info('m', { a: [{ [`x ${text}`]: {} }] }),
  'a list': (text, log) => log.info('m', { list: ['a', text, 'b'] }),
  'a list of its characters': (text, log) => log.info('m', { list: [...text] }),
  'a list of its lines': (text, log) => log.info('m', { list: text.split('\n') }),
  'a value of a map': (text, log) => log.info('m', { map: new Map([['a', text]]) }),
  'a key of a map': (text, log) => log.info('m', { map: new Map([[{ text }, text]]) }),
  'a set': (text, log) => log.info('m', { set: new Set([text]) }),
  bytes: (text, log) => log.info('m', { bytes: Buffer.from(text), view: new TextEncoder().encode(text) }),
  'a list of bytes': (text, log) => log.info('m', { bytes: [...Buffer.from(text)] }),
  'an error': (text, log) => log.error('m', { error: new Error(text) }),
  'a cause': (text, log) => log.error('m', { error: thrown(text) }),
  'an error of several': (text, log) => log.error('m', { error: new AggregateError([new Error(text)], text) }),
  'a stack': (text, log) =>
    log.error('m', { error: Object.assign(new Error('x'), { stack: `Error: ${text}\n at y` }) }),
  'an instance': (text, log) => log.info('m', { holder: new Holder(text) }),
  'a boxed string': (text, log) => log.info('m', { boxed: Object(text) as unknown }),
  'a symbol': (text, log) => log.info('m', { symbol: Symbol(text) }),
  headers: (text, log) => log.info('m', { headers: new Headers({ 'x-any': text.replaceAll(/[^ -~]/g, '') }) }),
  'a getter': (text, log) =>
    log.info('m', {
      get a(): string {
        return text;
      },
    }),
  'a bound field': (text, log) => log.child({ text }).child({ b: 1 }).info('m'),
  'a request id': (text, log) => log.info('m', { requestId: text, callId: text, traceId: text }),
  'a deep object': (text, log) =>
    log.info('m', { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: text } } } } } } } } } }),
};

/** A host's log with everything that comes out of it. */
function harness(secrets: readonly string[]) {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    config: { level: 'debug' },
    clock: systemClock,
    logBacklog: 10,
    host: { version: '0', instance: 'i' },
    secrets,
    sink: { write: (line) => void lines.push(line) },
  });
  const out = async (): Promise<string> => {
    const tail: LogEntry[] = [];
    for await (const entry of telemetry.tail.subscribe({ level: 'debug', signal: AbortSignal.timeout(60_000) }))
      tail.push(entry);
    return lines.splice(0).join('') + JSON.stringify(tail) + tail.map(({ message }) => message).join('');
  };
  return { telemetry, out };
}

describe('No secret comes out of a log or of its tail', () => {
  const random = new Random(fuzzSeed());
  const known = knownSecrets(random);
  const all: readonly Planted[] = [...known.flatMap((secret) => formsOf(secret)), ...shapedSecrets(random)];

  test.each(Object.keys(places))('that stood in %s', async (name) => {
    const { telemetry, out } = harness(known);
    for (const planted of all) {
      places[name]?.(planted.text, telemetry.log);
      expect(leaks(await out(), [planted], name)).toEqual([]);
    }
    await telemetry[Symbol.asyncDispose]();
  });

  test('that stood in the source or in a line of a tool', async () => {
    const { telemetry, out } = harness(known);
    for (const planted of all) {
      const { text } = planted;
      telemetry.record({ atMs: 1, level: 'info', source: `b/${text}`, message: text, callId: text, fields: { text } });
      expect(leaks(await out(), [planted])).toEqual([]);
    }
  });

  test('that only its name gives away', async () => {
    const { telemetry, out } = harness([]);
    const value = 'correct-horse';
    for (const name of secretNames) {
      const texts = [
        `${name}=${value}`,
        `${name}: ${value}`,
        `a ${name} = '${value} x'`,
        JSON.stringify({ a: { [name]: value } }),
        JSON.stringify({ a: JSON.stringify({ [name]: `"${value}"` }) }),
        `https://example.com/?a=1&${name}=${value}`,
        `${name}%3D${value}`,
        `--${name}=${value}`,
      ];
      for (const text of texts) {
        telemetry.log.info(text, { text, list: [text] });
        expect((await out()).includes(value) && text).toBe(false);
      }
      const headers = { toString: () => value, name, value };
      telemetry.log.info('m', {
        [name]: value,
        nested: { [name]: [value, { value }] },
        number: { [name]: 4_815_162_342 },
      });
      telemetry.log.info('m', {
        map: new Map([[name, value]]),
        list: [`--${name}`, value],
        raw: [name, value],
        headers,
      });
      telemetry.log.child({ [name]: value }).info('m', { error: Object.assign(new Error('x'), { [name]: value }) });
      const output = await out();
      expect(output.includes(value) && name).toBe(false);
      expect(output.includes('4815162342') && name).toBe(false);
    }
  });

  test('that is cut off at the maximum of a text', async () => {
    const secret = random.text(400, 'abcdefghijklmnopqrstuvwxyz');
    const { telemetry, out } = harness([secret]);
    for (const length of [7800, 8100, 8190, 12_000, 17_000, 17_300, 17_408, 18_000]) {
      const text = `${'x '.repeat(length / 2)}${secret} and more ${'y '.repeat(10_000)}`;
      telemetry.log.info(text, { text });
      const output = await out();
      for (let start = 0; start + 12 <= secret.length; start += 12)
        expect(output.includes(secret.slice(start, start + 12)) && length).toBe(false);
    }
  });

  test('that was added after the log had begun', async () => {
    const { telemetry, out } = harness([]);
    telemetry.log.info('swordfish-7');
    expect(await out()).toContain('swordfish-7');
    telemetry.addSecret('swordfish-7');
    telemetry.log.info('swordfish-7');
    expect((await out()).split('[redacted]')).not.toHaveLength(1);
  });
});

test('No secret comes out of a value of any shape', async () => {
  const planted = new Random(fuzzSeed(), 1);
  const known = knownSecrets(planted);
  const all = [...known.flatMap((secret) => formsOf(secret)), ...shapedSecrets(planted)];
  const redactor = new Redactor();
  for (const secret of known) redactor.addSecret(secret);
  await fuzz((random) => {
    const secret = random.pick(all);
    const { text } = secret;
    const words = (): string => random.text(random.below(12), 'ab =:"\'\\{}[]()/?&%@-_.,;\n\t');
    const leaf = (): unknown => random.pick([`${words()} ${text} ${words()}`, text, 1, null, words()]);
    const build = (depth: number): unknown => {
      if (depth === 0) return leaf();
      const parts = Array.from({ length: 1 + random.below(3) }, () => build(depth - 1));
      switch (random.below(7)) {
        case 0:
          return parts;
        case 1:
          return new Map(parts.map((part, index) => [random.oneIn(2) ? `k${index}` : part, part]));
        case 2:
          return new Set(parts);
        case 3:
          return Object.assign(new Error(String(leaf())), { parts });
        case 4:
          return { [`${words()} ${text}`]: parts[0], b: parts };
        case 5:
          return JSON.stringify({ parts, text });
        default:
          return { a: parts[0], b: { c: parts } };
      }
    };
    const output =
      JSON.stringify(redactor.fields({ value: build(random.below(4)) })) + redactor.message(`${words()} ${text}`);
    expect(leaks(output, [secret], output)).toEqual([]);
  });
});

describe('A redactor', () => {
  const redactor = new Redactor();

  test.each(harmless.map(([name, value]) => ({ name, value })))('leaves $name $value', ({ name, value }) => {
    expect(redactor.fields({ [name]: value })).toEqual({ [name]: value });
  });

  test('keeps the text around a secret', () => {
    redactor.addSecret('swordfish-7');
    expect(redactor.message('Cannot open "swordfish-7": swordfish-7swordfish-7 is wrong')).toBe(
      'Cannot open "[redacted]": [redacted][redacted] is wrong',
    );
    expect(redactor.message('Cannot reach https://me:pw@example.com:8080/a?b: refused')).toBe(
      'Cannot reach https://[redacted]@example.com:8080/a?b: refused',
    );
  });

  test('takes a secret of four characters, and refuses one of three without saying it', () => {
    const short = new Redactor();
    short.addSecret('q7x!');
    expect(short.message('aq7x!b')).toBe('a[redacted]b');
    expect(() => short.addSecret('q7x')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('q7x') as string }),
    );
  });

  test('holds so many secrets and not one more, and finds each', () => {
    const many = new Redactor();
    for (let index = 0; index < 4096; index += 1) many.addSecret(`${index}-secret`);
    many.addSecret('7-secret');
    expect(() => many.addSecret('one more')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(many.message('a 0-secret b 4095-secret c 4096_secret d')).toBe('a [redacted] b [redacted] c 4096_secret d');
  });

  test('survives what cannot be read', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop['self'] = loop;
    const list: unknown[] = [];
    list.push(list);
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const fields = {
      ...{ loop, list, trap, revoked: revoked.proxy, big: 2n ** 64n, none: undefined, nan: Number.NaN },
      getter: {
        get a(): never {
          throw new Error('no');
        },
      },
      date: new Date(Number.NaN),
      nameless: Object.assign(new Error('x'), { stack: undefined }),
      call: () => 1,
      ['__proto__']: { polluted: true },
    };
    const clean = JSON.parse(JSON.stringify(redactor.fields(fields))) as Record<string, unknown>;
    expect(clean).toMatchObject({
      ...{ loop: { a: 1, self: '[circular]' }, list: ['[circular]'], trap: '[unreadable]', revoked: '[unreadable]' },
      ...{ big: '18446744073709551616', none: null, nan: 'NaN', getter: { a: '[unreadable]' }, date: 'Invalid Date' },
      call: '[function]',
    });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('keeps two names apart that are one without their secrets', () => {
    redactor.addSecret('swordfish-7');
    const clean = redactor.fields({ 'swordfish-7': 1, '[redacted]': 2 });
    expect(Object.values(clean)).toEqual([1, 2]);
  });

  test('bounds what it takes from a line: values, depth and characters', () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]));
    const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => ({ inner }), 1);
    const long = Array.from({ length: 1000 }, () => 'x y '.repeat(10_000));
    for (const value of [wide, deep, long, Array.from({ length: 1e6 }, () => 1)])
      expect(JSON.stringify(redactor.fields({ value })).length).toBeLessThan(64 * 1024);
    expect(redactor.message('x '.repeat(1e6)).length).toBeLessThanOrEqual(8192);
  });

  /** Counted, not timed: work that grows with the square of a text would take minutes here, and the test its limit. */
  test('takes a hostile megabyte in time that is in proportion to it', { timeout: 60_000 }, () => {
    const parts = [
      'a=',
      'password=',
      'eyJ',
      '-eyJ',
      '://',
      'a://b:c',
      'x@',
      'a:b@',
      '-----BEGIN ',
      '"',
      '\\"',
      'token":"',
    ];
    const others = [
      'Bearer ',
      'sk-',
      '%3D',
      'A1b',
      '\0',
      'PRIVATE KEY',
      'SG.',
      'a.',
      'aA',
      '1:AA',
      "'",
      '[',
      'gh',
      ' =',
      '{"',
    ];
    for (const part of [...parts, ...others]) {
      const text = part.repeat(Math.ceil(1e6 / part.length));
      redactor.fields({ text, [text]: [text, text], error: new Error(text) });
      expect(redactor.message(text).length).toBeLessThanOrEqual(8192);
    }
  });
});
