import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filteredCommand, survivesFilter } from '../../../quilt-adapter/remote/quirks/argument-filter.ts';
import { stopIsBroken, stopSeconds } from '../../../quilt-adapter/remote/quirks/broken-stop.ts';
import { beforeRemove } from '../../../quilt-adapter/remote/quirks/careless-remove.ts';
import { EventRing, PassReader } from '../../../quilt-adapter/remote/quirks/event-ring.ts';
import { executionOutcome } from '../../../quilt-adapter/remote/quirks/exec-outcome.ts';
import { exitCodeLost, knownExit } from '../../../quilt-adapter/remote/quirks/exit-codes.ts';
import { isLocked, lockedDelayMs } from '../../../quilt-adapter/remote/quirks/locked-database.ts';
import { logLines } from '../../../quilt-adapter/remote/quirks/log-lines.ts';
import { wireMounts } from '../../../quilt-adapter/remote/quirks/mounts.ts';
import { codeOfRefusal } from '../../../quilt-adapter/remote/quirks/refusal-texts.ts';
import { pollDelaysMs } from '../../../quilt-adapter/remote/quirks/status-polling.ts';
import { timeMs } from '../../../quilt-adapter/remote/quirks/time-units.ts';
import { containerMetrics } from '../../../quilt-adapter/remote/quirks/zero-metrics.ts';

test('only a command of one plain word survives the argument filter', () => {
  expect(survivesFilter(['/bin/sleep'])).toBe(true);
  expect(survivesFilter(['/a.b_c:d-e/F9'])).toBe(true);
  for (const command of [['/bin/sleep', '30'], ['a b'], ['a;b'], ['é'], [''], []])
    expect(survivesFilter(command)).toBe(false);
  expect(filteredCommand(['/bin/sleep', '30'])).toBe('/bin/sleep30');
  expect(filteredCommand(['/bin/sh', '-c', 'exit 5'])).toBe('/bin/sh-cexit5');
});

test('success of a command is not believed, its exit code is', () => {
  const answer = { success: false, exitCode: 0, errorMessage: '', stdout: '', stderr: 'x: not found' };
  expect(executionOutcome(answer)).toStrictEqual({ kind: 'ended', exitCode: 0 });
  expect(executionOutcome({ ...answer, exitCode: 7, errorMessage: 'Command failed' })).toStrictEqual({
    kind: 'ended',
    exitCode: 7,
  });
  expect(executionOutcome({ ...answer, exitCode: -1 })).toStrictEqual({ kind: 'signalled' });
  expect(executionOutcome({ ...answer, exitCode: -1, errorMessage: 'Exec failed: E2BIG' }).kind).toBe('never-ran');
  expect(
    executionOutcome({ ...answer, exitCode: -1, errorMessage: 'Container x is not running (state: Error)' }).kind,
  ).toBe('not-running');
  expect(executionOutcome({ ...answer, exitCode: -1, errorMessage: 'Container not found' }).kind).toBe('not-found');
  // What a program writes does not count, only what the daemon says.
  expect(executionOutcome({ ...answer, success: true, errorMessage: 'Container is not running' }).kind).toBe('ended');
});

test('an exit code of 0 is not known unless the daemon gives them right', () => {
  expect(knownExit(0, false)).toStrictEqual({ exitCode: undefined, cause: exitCodeLost });
  expect(knownExit(0, true)).toStrictEqual({ exitCode: 0, cause: undefined });
  expect(knownExit(7, false)).toStrictEqual({ exitCode: 7, cause: undefined });
  expect(knownExit(-9, false)).toStrictEqual({ exitCode: undefined, cause: 'killed (SIGKILL)' });
  expect(knownExit(139, true).cause).toMatch(/^signal 11/);
});

test('refusals in words have the codes of what they mean', () => {
  const codes = {
    'Database error: (code: 5) database is locked': 'OVERLOADED',
    'Container X not found': 'NOT_FOUND',
    'Failed to get container status: Container not found: X': 'NOT_FOUND',
    'Container not found: volume:X': 'NOT_FOUND',
    'Container is already running': 'CONTAINER_STATE_INVALID',
    'Container is not running (state: Exited)': 'CONTAINER_STATE_INVALID',
    'Cannot start container in state: Error': 'CONTAINER_STATE_INVALID',
    "Volume 'X' is in use by 1 container(s)": 'CONTAINER_STATE_INVALID',
    "Volume 'X' already exists": 'CONTAINER_NAME_TAKEN',
    'Mount security validation failed: /etc/shadow': 'CONTAINER_SPEC_INVALID',
    'something new': 'UNAVAILABLE',
  };
  for (const [said, code] of Object.entries(codes)) expect(codeOfRefusal(said, 'UNAVAILABLE')).toBe(code);
});

test('a locked database is told by its words and its codes, and waited for between 50 and 250 ms', () => {
  expect(isLocked('Database error: error returned from database: (code: 517) database is locked')).toBe(true);
  expect(isLocked('(code: 5)')).toBe(true);
  expect(isLocked('(code: 50)')).toBe(false);
  expect([lockedDelayMs(() => 0), lockedDelayMs(() => 0.999_999)]).toStrictEqual([50, 250]);
});

test('a stop that finds nothing is a broken one, and a timeout is never 0 seconds', () => {
  expect(stopIsBroken('Container X not found')).toBe(true);
  expect(stopIsBroken('permission denied')).toBe(false);
  expect([0, 1, 1_000, 1_001, 1e15].map(stopSeconds)).toStrictEqual([1, 1, 1, 2, 2 ** 31 - 1]);
});

test('what runs is killed before it is removed, and only with force', () => {
  expect([beforeRemove('running', true), beforeRemove('starting', true)]).toStrictEqual(['kill', 'wait-then-kill']);
  expect([beforeRemove('running', false), beforeRemove('starting', false)]).toStrictEqual(['refuse', 'refuse']);
  expect([beforeRemove('exited', false), beforeRemove('failed', true)]).toStrictEqual(['nothing', 'nothing']);
});

test('times of containers, logs and volumes are seconds, those of events and figures milliseconds, and 0 is none', () => {
  expect(timeMs('container', 1_700_000_000)).toBe(1_700_000_000_000);
  expect(timeMs('volume', 1)).toBe(timeMs('log', 1));
  expect(timeMs('event', 1_700_000_000_000)).toBe(1_700_000_000_000);
  for (const value of [0, -1, Number.NaN, 2 ** 64]) expect(timeMs('metrics', value)).toBeUndefined();
});

test('the status is asked for after 20 ms, then less and less often, at most every 200 ms', () => {
  const delays = pollDelaysMs().take(10).toArray();
  expect(delays.slice(0, 4)).toStrictEqual([20, 30, 45, 68]);
  expect(delays.at(-1)).toBe(200);
});

test('log lines come oldest first, without a time that changes at each look', () => {
  const logs = [
    { timestamp: 12, message: '[INSPECT] rootfs' },
    { timestamp: 10, message: '[INFO] [3s ago] second' },
    { timestamp: 10, message: '[INFO] [3s ago] first' },
  ];
  expect(logLines(logs, 2)).toStrictEqual([
    { atMs: 10_000, stream: 'runtime', text: '[INFO] second' },
    { atMs: 12_000, stream: 'runtime', text: '[INSPECT] rootfs' },
  ]);
  expect(logLines(logs, 0)).toStrictEqual([]);
});

test('figures are absent where the daemon has read nothing', () => {
  const metric = {
    containerId: 'x',
    timestamp: 5,
    memoryPeakBytes: 0,
    memoryLimitBytes: 0,
    diskReadBytes: 9,
    diskWriteBytes: 0,
  };
  expect(containerMetrics({ ...metric, cpuUsageUsec: 0, memoryCurrentBytes: 0 }, 1)).toMatchObject({
    cpuMs: undefined,
    memoryBytes: undefined,
    readBytes: undefined,
  });
  expect(containerMetrics({ ...metric, cpuUsageUsec: 1_500, memoryCurrentBytes: 4_096 }, 1)).toMatchObject({
    cpuMs: 1.5,
    memoryBytes: 4_096,
    memoryBytesPeak: undefined,
    memoryBytesMax: undefined,
    readBytes: 9,
  });
});

describe('mounts', () => {
  test('a read-only mount is refused, since it would be writable', () => {
    const mount = { kind: 'bind', source: '/srv', target: '/data', readOnly: true } as const;
    expect(() => wireMounts([mount])).toThrow(/read-only/);
    expect(wireMounts([{ ...mount, readOnly: false }])).toMatchObject([{ type: 'BIND', readonly: false }]);
  });

  test('what the daemon is known to deny is refused before it leaves a row', () => {
    for (const source of [
      '/etc/shadow',
      '/proc/1',
      '/sys',
      '/dev/sda',
      `${'/root'}/.ssh`,
      '/srv/../etc/shadow',
      '//etc/shadow',
      'srv',
      '/',
    ]) {
      expect(() => wireMounts([{ kind: 'bind', source, target: '/data', readOnly: false }])).toThrow(/mounts\[0\]/);
    }
    for (const target of ['/', '/etc', '/usr', 'data', '/a//b', '/a/../etc']) {
      expect(() => wireMounts([{ kind: 'tmpfs', target, bytesMax: 1 }])).toThrow(/mounts\[0\]/);
    }
  });

  test('the size of a tmpfs is whole mebibytes, and at least one', () => {
    const size = (bytesMax: number): unknown =>
      wireMounts([{ kind: 'tmpfs', target: '/t', bytesMax }])[0]?.options['size'];
    expect([1, 2 ** 20, 2 ** 20 + 1].map(size)).toStrictEqual(['1m', '1m', '2m']);
  });
});

describe('the event ring', () => {
  interface Sent {
    readonly eventType: string;
    readonly containerId: string;
    readonly timestamp: number;
    readonly attributes: Record<string, string>;
  }

  test('whatever happens between two looks comes once and in order, however often the ring is sent', () => {
    const rounds = fc.array(fc.array(fc.tuple(fc.constantFrom('created', 'removed'), fc.nat(20), fc.nat(3))), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(rounds, fc.nat(3), (all, extra) => {
        let nowMs = 100;
        let ring: Sent[] = [{ eventType: 'created', containerId: 'before', timestamp: 99, attributes: {} }];
        const reader = new EventRing(100);
        const got: Sent[] = [];
        const happened: string[] = [];
        for (const round of all) {
          for (const [eventType, container, later] of round) {
            nowMs += later;
            const event = { eventType, containerId: String(container), timestamp: nowMs, attributes: {} };
            // What is the same in everything did not happen twice in a millisecond.
            if (happened.includes(JSON.stringify(event))) continue;
            ring = [event, ...ring];
            happened.push(JSON.stringify(event));
          }
          const pass = new PassReader();
          const sent = [...ring, ...ring.slice(0, extra)];
          const whole = sent.some((event) => pass.add(event));
          got.push(...(reader.take(pass.pass(whole)) as Sent[]));
        }
        expect(got.map((event) => JSON.stringify(event)).toSorted()).toStrictEqual(happened.toSorted());
        expect(got.map(({ timestamp }) => timestamp)).toStrictEqual(
          got.map(({ timestamp }) => timestamp).toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 300 },
    );
  });
});
