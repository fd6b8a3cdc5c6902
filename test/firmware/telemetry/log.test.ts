import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#host';
import type { LogEntry, LogQuery } from '#wit/api';
import { LineSink } from '../../../firmware/telemetry/line-sink.ts';
import { createLogTail } from '../../../firmware/telemetry/log-tail.ts';
import { createTelemetry } from '../../../firmware/telemetry/create-telemetry.ts';
import { telemetryHere } from './telemetry-here.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-log-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const endless = new AbortController().signal;
const host = { version: '1', instance: 'i' };

async function all(entries: AsyncIterable<LogEntry>): Promise<LogEntry[]> {
  const list: LogEntry[] = [];
  for await (const entry of entries) list.push(entry);
  return list;
}

describe('A line of the log', () => {
  test('is JSON with its level as a word, its time in ISO, and its fields apart', () => {
    const { log, lines } = telemetryHere({ clock: { ...systemClock, nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) } });
    log.child({ requestId: 'r-1' }).warn('Cannot do it: %s %j', { callId: 'c-1', traceId: 'f'.repeat(32), bytes: 5 });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...{ level: 'warn', time: '2026-01-02T03:04:05.006Z', source: 'host', message: 'Cannot do it: %s %j' },
      ...{ requestId: 'r-1', callId: 'c-1', traceId: 'f'.repeat(32), fields: { bytes: 5 } },
    });
  });

  test('of a tool has its source, its time and its call', () => {
    const { record, lines } = telemetryHere();
    record({ atMs: 1000, level: 'info', source: 'orders/list', message: 'm', callId: 'c-1', requestId: 'r-1' });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...{ level: 'info', time: '1970-01-01T00:00:01.000Z', source: 'orders/list' },
      ...{ requestId: 'r-1', callId: 'c-1', message: 'm' },
    });
  });

  test('is one line, whatever is in it, and no field takes the place of another', () => {
    const { log, record, lines } = telemetryHere();
    const forged = '\n{"level":"error","message":"forged"}\r\n\u2028\u2029\u0085\u001b[2J\u0000\u202e\uD800';
    log.info(`m${forged}`, {
      ...{ level: 'error', time: 'x', message: 'y', msg: 'z', source: 'other', fields: 1, v: 2 },
      ...{ [`k${forged}`]: forged, nested: { [forged]: [forged] }, requestId: `r${forged}` },
    });
    record({ atMs: Number.NaN, level: 'info', source: `b/t${forged}`, message: forged, callId: forged });
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u.test(line.slice(0, -1))).toBe(false);
      const keys = [...line.matchAll(/"(level|time|source|message)":/g)].map(([, key]) => key);
      expect(JSON.parse(line)).toMatchObject({ level: 'info' });
      expect(keys.slice(0, 3)).toEqual(['level', 'time', 'source']);
    }
    const [first = ''] = lines;
    expect(JSON.parse(first)).toMatchObject({ source: 'host', fields: { level: 'error', source: 'other', fields: 1 } });
    expect(JSON.parse(first).message).toContain('m\\n{"level"');
  });

  test('below the level is not written, but is in the tail', async () => {
    const { log, tail, lines } = telemetryHere({ config: { level: 'warn' } });
    log.debug('a');
    log.info('b');
    log.warn('c');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['c']);
    expect((await all(tail.subscribe({ level: 'debug', signal: endless }))).map(({ message }) => message)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  test('with fields that cannot be copied is written all the same', () => {
    const { log, lines } = telemetryHere();
    log.info('m', {
      get a(): never {
        throw new Error('no');
      },
    });
    expect(JSON.parse(lines[0] ?? '').message).toBe('m');
  });
});

describe('The tail', () => {
  const line = (level: LogEntry['level'], source: string, message: string): Omit<LogEntry, 'sequence'> => ({
    ...{ atMs: 0, level, source, message, fields: {} },
  });
  const messages = async (tail: ReturnType<typeof createLogTail>, query: LogQuery): Promise<string[]> =>
    (await all(tail.subscribe({ ...query, signal: endless }))).map(({ message }) => message);

  function filled(): ReturnType<typeof createLogTail> {
    const tail = createLogTail({ backlog: 100 });
    tail.push(line('debug', 'host', '1'));
    tail.push(line('info', 'orders/list', '2'));
    tail.push(line('warn', 'orders/add', '3'));
    tail.push(line('error', 'orders-more/list', '4'));
    tail.push(line('info', 'host', '5'));
    return tail;
  }

  test('gives the lines that are there and ends', async () => {
    expect(await messages(filled(), {})).toEqual(['2', '3', '4', '5']);
    expect(await messages(filled(), { level: 'debug' })).toEqual(['1', '2', '3', '4', '5']);
    expect(await messages(filled(), { level: 'warn' })).toEqual(['3', '4']);
    expect(await messages(filled(), { source: 'orders' })).toEqual(['2', '3']);
    expect(await messages(filled(), { source: 'orders/list' })).toEqual(['2']);
    expect(await messages(createLogTail({ backlog: 5 }), {})).toEqual([]);
  });

  test('counts its number of lines among those that are wanted', async () => {
    expect(await messages(filled(), { tail: 2 })).toEqual(['4', '5']);
    expect(await messages(filled(), { tail: 1, source: 'orders' })).toEqual(['3']);
    expect(await messages(filled(), { tail: 0 })).toEqual([]);
    expect(await messages(filled(), { tail: 1_000_000 })).toHaveLength(4);
    for (const tail of [-1, 0.5, Number.NaN])
      expect(() => filled().subscribe({ tail, signal: endless })).toThrow(
        expect.objectContaining({ code: 'REQUEST_INVALID' }),
      );
  });

  test('follows behind the lines that are there, until its signal', async () => {
    const tail = filled();
    const stop = new AbortController();
    const followed = tail.subscribe({ follow: true, tail: 1, source: 'host', signal: stop.signal });
    const lines = followed[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatchObject({ sequence: 5, message: '5' });
    const next = lines.next();
    tail.push(line('error', 'orders/list', '6'));
    tail.push(line('debug', 'host', '7'));
    tail.push(line('error', 'host', '8'));
    expect((await next).value).toMatchObject({ sequence: 8, message: '8' });
    const last = lines.next();
    stop.abort();
    expect((await last).done).toBe(true);
  });

  test('cuts a follower off that is too slow', async () => {
    const tail = createLogTail({ backlog: 3 });
    const lines = tail.subscribe({ follow: true, signal: endless })[Symbol.asyncIterator]();
    for (let count = 0; count < 4; count += 1) tail.push(line('info', 'host', 'x'));
    await expect(lines.next()).rejects.toMatchObject({ code: 'SLOW_READER' });
  });

  test('holds no more bytes than it may', async () => {
    const tail = createLogTail({ backlog: 1000, bytesMax: 100_000 });
    for (let count = 0; count < 100; count += 1) tail.push(line('info', 'host', `${count} ${'x'.repeat(5000)}`));
    const kept = await messages(tail, {});
    expect(kept).toHaveLength(9);
    expect(kept.at(-1)?.startsWith('99 ')).toBe(true);
  });
});

describe('A sink', () => {
  test('appends to a file that only its owner reads, also one that others could read', async () => {
    for (const existing of [false, true]) {
      const file = join(directory, `mode-${existing}`);
      if (existing) {
        writeFileSync(file, 'before\n');
        chmodSync(file, 0o666);
      }
      const telemetry = createTelemetry({ config: { level: 'info', file }, clock: systemClock, logBacklog: 5, host });
      telemetry.log.info('after');
      await telemetry[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
      telemetry.log.info('too late');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(existing ? 2 : 1);
      expect(JSON.parse(lines.at(-1) ?? '').message).toBe('after');
    }
  });

  test('that cannot be opened says so', () => {
    const file = join(directory, 'nowhere', 'log');
    expect(() => createTelemetry({ config: { level: 'info', file }, clock: systemClock, logBacklog: 5, host })).toThrow(
      expect.objectContaining({ code: 'IO_FAILED' }),
    );
  });

  test('keeps the order of many lines', async () => {
    const file = join(directory, 'order');
    const sink = new LineSink({ file, clock: systemClock });
    for (let index = 0; index < 5000; index += 1) {
      sink.write(`${index}\n`);
      if (index % 100 === 0) await Promise.resolve();
    }
    await sink[Symbol.asyncDispose]();
    expect(readFileSync(file, 'utf8')).toBe(Array.from({ length: 5000 }, (_, index) => `${index}\n`).join(''));
    expect(sink.dropped).toBe(0);
  });

  test('on a full disk drops lines, counts them, and goes on', async () => {
    const telemetry = createTelemetry({
      ...{ config: { level: 'info', file: '/dev/full' }, clock: systemClock, logBacklog: 5, host },
    });
    telemetry.log.info('a');
    await new Promise((resolve) => setTimeout(resolve, 20));
    telemetry.log.info('b');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await telemetry.metricsText()).toContain('aria_log_lines_dropped_total 2');
    telemetry.flushSync();
    await telemetry[Symbol.asyncDispose]();
  });

  test('holds no more lines than it may while nothing can be written', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Both ends in one process: a pipe that nobody reads takes 64 KiB.
    const descriptor = openSync(pipe, 'r+');
    const sink = new LineSink({ descriptor, clock: systemClock, queueBytesMax: 100_000 });
    const line = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 1000; count += 1) {
      sink.write(line);
      if (count === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sink.dropped).toBe(899);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    let bytes = 0;
    reader.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await sink[Symbol.asyncDispose]();
    closeSync(descriptor);
    await once(reader, 'close');
    expect(bytes).toBe(100 * 1000 + 1000);
  });

  test('starts a new file at its maximum and keeps the one before', async () => {
    const file = join(directory, 'rotated');
    const sink = new LineSink({ file, clock: systemClock, fileBytesMax: 100 });
    for (let index = 0; index < 30; index += 1) {
      sink.write(`${String(index).padStart(9, '0')}\n`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await sink[Symbol.asyncDispose]();
    const lines = `${readFileSync(`${file}.1`, 'utf8')}${readFileSync(file, 'utf8')}`.trimEnd().split('\n').map(Number);
    expect(lines.at(-1)).toBe(29);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => 30 - lines.length + index));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.2`)).toBe(false);
  });

  test('writes what waits before a process that fails ends', () => {
    const file = join(directory, 'flushed');
    const sink = new LineSink({ file, clock: systemClock });
    sink.write('a\n');
    sink.write('b\n');
    sink.flushSync();
    expect(readFileSync(file, 'utf8')).toBe('a\nb\n');
  });
});
