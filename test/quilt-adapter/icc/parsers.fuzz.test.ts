import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createOperations } from '#host';
import { CodedError } from '#wit/errors';
import { operationNames } from '#wit/host-types';
import { abiForm, textForm } from '#wit/values';
import { decodeFrame, encodeFrame } from '../../../quilt-adapter/icc/frame.ts';
import { operationForms } from '../../../quilt-adapter/icc/operation-forms.ts';
import { findRoute } from '../../../quilt-adapter/icc/routes.ts';
import { parseStrictJson } from '../../../quilt-adapter/icc/strict-json.ts';
import { Random, fuzz, fuzzSeed, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { ask, callerWith, iccIn, laterMs } from './icc-client.ts';

/** What is thrown for bytes of a stranger's is always coded and never a fault of ours. */
function refusedOr<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof CodedError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

const keys = ['a', 'b', '\\u0061', '__proto__', '', 'args', '$blob', '\\\\', '\\"'];

function jsonText(random: Random, depth: number): string {
  switch (random.below(depth > 4 ? 4 : 6)) {
    case 0:
      return random.pick(['0', '-1.5e3', 'true', 'null', '01', 'NaN', '']);
    case 1:
      return `"${random.pick(keys)}"`;
    case 2:
      return '"\\ud800"';
    case 3:
      return random.pick(['[]', '{}', '[,]', '{"a"}']);
    case 4:
      return `[${Array.from({ length: random.below(4) }, () => jsonText(random, depth + 1)).join(',')}]`;
    default: {
      const entries = Array.from(
        { length: random.below(4) },
        () => `"${random.pick(keys)}" : ${jsonText(random, depth + 1)}`,
      );
      return `{${entries.join(',')}}`;
    }
  }
}

/** By another way than ours: `JSON.parse` of each string alone, in a text whose strings have been taken out. `undefined`: refused. */
function oracle(text: string): { readonly value: unknown } | undefined {
  const strings: string[] = [];
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, (literal) => `"${strings.push(literal) - 1}k"`);
  try {
    JSON.parse(text);
    let refused = false;
    const textAt = (index: string): string => String(JSON.parse(strings[Number.parseInt(index, 10)] ?? ''));
    const restored = (value: unknown): unknown => {
      if (typeof value === 'string') return textAt(value);
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(restored);
      const entries = Object.entries(value).map(([key, item]) => [textAt(key), restored(item)] as const);
      const names = entries.map(([key]) => key);
      refused ||= new Set(names).size < names.length || names.includes('__proto__');
      return Object.fromEntries(entries);
    };
    const value = restored(JSON.parse(bare));
    return refused ? undefined : { value };
  } catch {
    return undefined;
  }
}

test(
  'strict JSON takes exactly what is JSON, without keys twice and __proto__',
  { timeout: fuzzTimeoutMs },
  async () => {
    let taken = 0;
    await fuzz((random) => {
      const text = jsonText(random, 0);
      const found = refusedOr(() => ({ value: parseStrictJson(Buffer.from(text), 'the body') }));
      expect({ text, found }).toEqual({ text, found: oracle(text) });
      if (found) taken += 1;
    });
    expect(taken).toBeGreaterThan(100);
  },
);

test('an escaped key is that key, also after an object with a backslash for its key has been parsed', () => {
  const keysOf = (text: string): readonly string[] =>
    Object.keys(parseStrictJson(Buffer.from(text), 'the body') as object);
  expect(keysOf('{"\\\\":1}')).toEqual(['\\']);
  expect(keysOf('{"\\n":1}')).toEqual(['\n']);
  expect(keysOf('{ "\\u0061" : [1, {"b":"\\\\"}], "\\"" : {} }')).toEqual(['a', '"']);
});

test(
  'a frame comes back as it was, and a changed one is refused with a code or is another frame',
  { timeout: fuzzTimeoutMs },
  async () => {
    await fuzz((random) => {
      const blobs = Array.from({ length: random.below(4) }, () => random.bytes(random.below(20)));
      const body = { args: blobs.map((_, index) => ({ $blob: index })), text: random.text(random.below(9), 'aé"\\\n') };
      const bytes = encodeFrame({ body, blobs });
      expect(decodeFrame(bytes)).toEqual({ body, blobs });
      const changed = refusedOr(() => decodeFrame(mutate(random, bytes)));
      if (changed) expect(changed.blobs.every((blob) => blob instanceof Uint8Array)).toBe(true);
    });
  },
);

function jsonValue(random: Random, depth = 0): unknown {
  switch (random.below(depth > 3 ? 7 : 9)) {
    case 0:
      return random.pick([0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 'NaN', 'Infinity']);
    case 1:
      return random.pick(['', 'user', 'manual', 'read', 'a', '\ud800']);
    case 2:
      return random.pick([null, true, false]);
    case 3:
      return { $base64: random.pick(['', 'YQ==', 'YQ', '*', 5]) };
    case 4:
      return { $blob: random.pick([0, 1, -1, 0.5, '0', 1e9]) };
    case 5:
      return { json: '{}', blobs: [], tag: 'text', val: 1 };
    case 6:
      return { model: 'a:b', messages: [], tools: [], url: 'x', method: 'GET', headers: [], redirect: 'follow' };
    case 7:
      return Array.from({ length: random.below(4) }, () => jsonValue(random, depth + 1));
    default:
      return { [random.pick(['name', 'value', 'constructor', 'shader', 'toString'])]: jsonValue(random, depth + 1) };
  }
}

test(
  'arguments of any form are refused with INPUT_INVALID or name only blobs that are there',
  { timeout: fuzzTimeoutMs },
  async () => {
    const forms = [...operationForms().values()];
    let taken = 0;
    await fuzz((random) => {
      const form = random.pick(forms);
      const args = Array.from({ length: 1 + random.below(4) }, () => jsonValue(random));
      const body = random.oneIn(2) ? textForm : abiForm([Uint8Array.of(1), Uint8Array.of(2)]);
      const read = refusedOr(() => form.readArguments(args, body));
      if (!read) return;
      taken += 1;
      expect(read.args).toHaveLength(args.length);
      expect(read.blobs.every((blob) => blob instanceof Uint8Array)).toBe(true);
    });
    expect(taken).toBeGreaterThan(20);
  },
);

test('any target is a route or a coded error', { timeout: fuzzTimeoutMs }, async () => {
  let found = 0;
  await fuzz((random) => {
    const path = random.pick(['', '/tools/', '/operations/', '/context', '/health']);
    const target = path + random.text(random.below(6), '/?%2f.toolscxapi&=ÿ\0');
    if (refusedOr(() => findRoute(random.pick(['GET', 'POST', '', 'PUT']), target))) found += 1;
  });
  expect(found).toBeGreaterThan(100);
});

test(
  '1000 requests of changed bytes leave the ICC whole: each ends, and the next one is answered',
  { timeout: fuzzTimeoutMs },
  async () => {
    const bugs: unknown[] = [];
    await using icc = await iccIn({
      services: { operations: createOperations() },
      limits: { receiveMs: 40, headersMs: 40, keepAliveMs: 20 },
      onBug: (error) => bugs.push(error),
    });
    using call = icc.begin({ caller: callerWith('kv:orders:rw'), deadlineMs: laterMs() });
    const body = '{"args":["orders","a",{"$base64":"YQ=="}]}';
    const request = Buffer.from(
      `POST /operations/kv.set HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const send = (bytes: Uint8Array): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const socket = connect(icc.socketPath);
      socket.on('error', () => undefined).on('close', () => resolve());
      socket.resume().end(bytes);
      return promise;
    };
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => send(mutate(new Random(fuzzSeed(), batch * 50 + index), request))),
      );
    }
    expect(bugs).toEqual([]);
    await expect
      .poll(() => icc.load)
      .toMatchObject({ requests: 0, connections: 0, incomingBytes: 0, outgoingBytes: 0 });
    const get = await ask(icc.socketPath, {
      path: '/operations/kv.get',
      token: call.token,
      body: { args: ['orders', 'b'] },
    });
    expect(get.json).toEqual({ ok: null });
    expect(operationForms().size).toBe(operationNames.length);
  },
);
