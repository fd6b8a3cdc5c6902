/** Logs: what is kept, what is counted, and that nothing grows. */
import { EventEmitter } from 'node:events';
import * as fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '#host';
import { captureOutput } from '../../../quilt-adapter/runtime/capture-output.ts';
import type { ContainerEvent } from '../../../quilt-adapter/runtime/container-runtime.ts';
import { EventRing } from '../../../quilt-adapter/runtime/event-ring.ts';
import { LogBuffer } from '../../../quilt-adapter/runtime/log-buffer.ts';
import { fuzzCases, fuzzSeed } from '../../fuzz.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('any output is what the last bytes of it say, line by line, and the rest is counted', () => {
  const piece = fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    text: fc.array(fc.constantFrom('a', 'bc', '\n', '\n\n'), { maxLength: 30 }).map((parts) => parts.join('')),
    ms: fc.constantFrom(0, 1, 100),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 60 }), (pieces, bytesMax) => {
      const logs = new LogBuffer(bytesMax);
      let nowMs = 0;
      let all: { readonly stream: string; readonly byte: string }[] = [];
      for (const { stream, text, ms } of pieces) {
        logs.write(stream, bytes(text), (nowMs += ms));
        all.push(...[...text].map((byte) => ({ stream, byte })));
      }
      const total = all.length;
      all = all.slice(-bytesMax);
      expect(logs.bytes).toBe(all.length);
      expect(logs.bytesDropped).toBe(total - all.length);
      const lines = logs.lines(1_000);
      for (const stream of ['stdout', 'stderr']) {
        const text = all
          .filter((each) => each.stream === stream)
          .map(({ byte }) => byte)
          .join('');
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines.filter((line) => line.stream === stream).map((line) => line.text)).toEqual(expected);
      }
      expect(lines.filter(({ stream }) => stream === 'runtime')).toHaveLength(total > all.length ? 1 : 0);
      // A shorter answer is the end of the longer one.
      for (const tail of [0, 1, 3]) {
        const told = lines.filter(({ stream }) => stream !== 'runtime');
        const some = logs.lines(tail).filter(({ stream }) => stream !== 'runtime');
        expect(logs.lines(tail).length).toBe(Math.min(tail, lines.length));
        expect(some).toEqual(some.length === 0 ? [] : told.slice(-some.length));
      }
    }),
    { numRuns: Math.ceil(fuzzCases() / 5), seed: fuzzSeed() },
  );
});

test('a tail of a buffer full of line ends is as many lines as were asked for', () => {
  const logs = new LogBuffer(1024 * 1024);
  for (let piece = 0; piece < 64; piece += 1) logs.write('stdout', new Uint8Array(32_768).fill(10), piece);
  expect(logs.lines(7).map(({ text }) => text)).toEqual([
    `${32_768 * 32} bytes of output before this are gone`,
    '',
    '',
    '',
    '',
    '',
    '',
  ]);
  expect(logs.bytesDropped).toBe(32_768 * 32);
});

test('pieces of alternating streams have a maximum, too', () => {
  const logs = new LogBuffer(1024 * 1024);
  for (let piece = 0; piece < 10_000; piece += 1)
    logs.write(piece % 2 === 0 ? 'stdout' : 'stderr', bytes('x\n'), piece);
  expect(logs.bytes).toBeLessThanOrEqual(2 * 4_096);
  expect(logs.bytes + logs.bytesDropped).toBe(20_000);
});

test('a line that is too long is cut where it is shown, and bytes that are no text are shown as such', () => {
  const logs = new LogBuffer(1024 * 1024);
  logs.write('stdout', bytes('x'.repeat(20_000)), 0);
  logs.write('stdout', Uint8Array.of(10, 0xff, 0xfe, 10), 0);
  const [long, odd] = logs.lines(10);
  expect(long?.text).toHaveLength(16_384 + '… (3616 bytes more)'.length);
  expect(odd?.text).toBe('\u{fffd}\u{fffd}');
});

test('a writer that is faster than the rate waits, and loses nothing that fits', async () => {
  const logs = new LogBuffer(4 * 1024 * 1024);
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const capture = captureOutput({ stdout, stderr }, { logs, clock: systemClock, bytesPerTick: 256 * 1024 });
  const chunk = Buffer.alloc(64 * 1024, 'y\n');
  let waits = 0;
  for (let count = 0; count < 16; count += 1)
    if (!stdout.write(chunk)) {
      waits += 1;
      await new Promise((resolve) => stdout.once('drain', resolve));
    }
  stdout.end();
  stderr.end();
  await new Promise((resolve) => stdout.once('end', resolve));
  await capture.finish();
  expect(waits).toBeGreaterThan(0);
  expect(logs.bytes).toBe(1024 * 1024);
});

test('a pipe that never ends, or that fails, does not hold the end of a container', async () => {
  const logs = new LogBuffer(1_024);
  const stdout = new PassThrough();
  const stderr = new EventEmitter() as PassThrough;
  Object.assign(stderr, { pause: () => undefined, resume: () => undefined });
  const capture = captureOutput({ stdout, stderr }, { logs, clock: systemClock, bytesPerTick: 1_000 });
  stdout.write('said\n');
  stderr.emit('error', new Error('EIO'));
  await new Promise((resolve) => setImmediate(resolve));
  await capture.finish();
  expect(logs.lines(5).map(({ text }) => text)).toEqual(['said']);
  expect(stdout.destroyed).toBe(true);
});

const event = (atMs: number): ContainerEvent => ({ kind: 'created', container: `c${atMs}`, atMs, attributes: {} });

test('the ring keeps the newest events, and a reader that is too slow is told how many it missed', async () => {
  const ring = new EventRing(10, 2);
  const reader = ring.follow({}, new AbortController().signal);
  for (let at = 0; at < 10; at += 1) ring.add(event(at));
  expect((await reader.next()).value).toEqual(event(0));
  for (let at = 10; at < 35; at += 1) ring.add(event(at));
  expect(ring.recent().map(({ atMs }) => atMs)).toEqual([25, 26, 27, 28, 29, 30, 31, 32, 33, 34]);
  await expect(reader.next()).rejects.toThrow(
    expect.objectContaining({ code: 'SLOW_READER', message: expect.stringContaining('24') }),
  );
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

test('readers have a maximum, and give their place back however they end', async () => {
  const ring = new EventRing(10, 2);
  const off = new AbortController();
  const first = ring.follow({}, off.signal);
  const second = ring.follow({}, new AbortController().signal);
  expect(() => ring.follow({}, off.signal)).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
  const pending = first.next();
  off.abort();
  expect((await pending).done).toBe(true);
  await second.return?.();
  expect((await ring.follow({}, AbortSignal.abort()).next()).done).toBe(true);
  const last = ring.follow({}, new AbortController().signal);
  ring.add(event(1));
  ring[Symbol.dispose]();
  expect((await last.next()).value).toEqual(event(1));
  await expect(last.next()).rejects.toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
});
