/** The table `Engine`: what every way of running components does. Behind `engine-….test.ts` files that register one. */
import { expect } from 'vitest';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { engineComponentCases } from './engine-component-cases.ts';
import { engineIsolationCases } from './engine-isolation-cases.ts';
import { engineLimitCases } from './engine-limit-cases.ts';
import {
  type EngineSubject,
  beginRaw,
  expectEnded,
  expectUnharmed,
  limits,
  loadRaw,
  nowMs,
  ok,
  refused,
  start,
} from './engine-subject.ts';

const turnCases: readonly ConformanceCase<EngineSubject>[] = [
  fact('a turn that returns done gives its output and ends the call', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    expect((await call.begin(start('d'))).outcome).toEqual({ kind: 'done', output: 'ok' });
    await expect(async () => call.resume([], nowMs)).rejects.toMatchObject({ code: 'INTERNAL' });
  }),
  fact("a turn that returns failed gives the guest's own error", async (subject) => {
    const { outcome } = await beginRaw(subject, 'e');
    expect(outcome).toEqual({
      kind: 'failed',
      error: { code: 'BROKEN', message: 'ok', retryable: true, details: undefined, stack: undefined },
    });
  }),
  fact('the input reaches the guest unchanged, beyond the basic plane too', async (subject) => {
    const program = 'i …𝄞\u0000é';
    expect((await beginRaw(subject, program)).outcome).toEqual({ kind: 'done', output: program });
  }),
  fact('operations of a turn come with it, by name, in the order of their start', async (subject) => {
    const turn = await beginRaw(subject, 'sgw');
    expect(turn.outcome).toEqual({ kind: 'waiting' });
    expect(turn.operations).toEqual([
      { id: 1, name: 'timer.sleep', args: [7] },
      { id: 2, name: 'kv.get', args: ['n', 'k'] },
    ]);
  }),
  fact('operations of a turn that returns done are reported too', async (subject) => {
    expect((await beginRaw(subject, 'sd')).operations).toEqual([{ id: 1, name: 'timer.sleep', args: [7] }]);
  }),
  fact('ids go on counting from turn to turn', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('sswxsw'));
    expect((await call.resume([ok(1)], nowMs)).operations).toEqual([{ id: 3, name: 'timer.sleep', args: [7] }]);
  }),
  fact('a completion can be taken after resume has announced it', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swxKd'));
    expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
  }),
  fact('a failed completion arrives as the case of the error', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('gwyEd'));
    expect(
      (await call.resume([refused(1, { tag: 'invalid-argument', val: 'the key is empty' })], nowMs)).outcome.kind,
    ).toBe('done');
  }),
  fact('a completion can be taken only once', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swxxd'));
    expectEnded(await call.resume([ok(1)], nowMs), 'TOOL_TRAPPED');
  }),
  fact('a completion that came early is kept until the guest takes it', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swswxd'));
    await call.resume([ok(1)], nowMs);
    expect((await call.resume([], nowMs)).outcome.kind).toBe('done');
  }),
  fact('unknown and repeated ids of a resume are ignored', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swwwxKd'));
    expect((await call.resume([ok(99), ok(-1), ok(0)], nowMs)).outcome.kind).toBe('waiting');
    await call.resume([ok(1)], nowMs);
    expect((await call.resume([ok(1), ok(1)], nowMs)).outcome.kind).toBe('done');
  }),
  fact('a guest that begins twice is a bug of the caller', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('sw'));
    await expect(async () => call.begin(start('d'))).rejects.toMatchObject({ code: 'INTERNAL' });
  }),
  fact('a resume before the first turn is a bug of the caller', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await expect(async () => call.resume([], nowMs)).rejects.toMatchObject({ code: 'INTERNAL' });
  }),
  fact('an operation given up in its own turn never leaves', async (subject) => {
    const turn = await beginRaw(subject, 'sscw');
    expect(turn.operations.map(({ id }) => id)).toEqual([1]);
    expect(turn.abandoned).toEqual([]);
  }),
  fact('an open operation that is given up is reported once', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swccw'));
    expect((await call.resume([], nowMs)).abandoned).toEqual([1]);
  }),
  fact('an operation that was given up is not resumed any more', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swcwxd'));
    await call.resume([], nowMs);
    expectEnded(await call.resume([ok(1)], nowMs), 'TOOL_TRAPPED');
  }),
  fact('giving up an id that nobody started does nothing', async (subject) => {
    expect(await beginRaw(subject, 'Csw')).toMatchObject({ abandoned: [], operations: [{ id: 1 }] });
  }),
  fact('timer.clear gives up no operation of another interface', async (subject) => {
    expect((await beginRaw(subject, 'gcw')).operations).toEqual([{ id: 1, name: 'kv.get', args: ['n', 'k'] }]);
  }),
  fact('blobs of a turn come with it, and operations name them by index', async (subject) => {
    const turn = await beginRaw(subject, 'bpw');
    expect(turn.blobs).toEqual([new TextEncoder().encode('abc')]);
    expect(turn.operations).toEqual([{ id: 1, name: 'kv.set', args: ['n', 'k', 0] }]);
  }),
  fact('blobs of one turn are not those of the next', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    expect((await call.begin(start('bswd'))).blobs).toHaveLength(1);
    expect((await call.resume([ok(1)], nowMs)).blobs).toEqual([]);
  }),
  fact('log lines leave with their turn, with their level', async (subject) => {
    expect((await beginRaw(subject, 'lld')).logs).toEqual([
      { level: 'info', message: 'ok', fields: undefined },
      { level: 'info', message: 'ok', fields: undefined },
    ]);
  }),
  fact('log lines leave also with a turn that traps', async (subject) => {
    expect((await beginRaw(subject, 'lt')).logs).toHaveLength(1);
  }),
  fact("a turn tells the guest's memory", async (subject) => {
    expect((await beginRaw(subject, 'd')).memoryBytes).toBe(2 * 65_536);
    expect((await beginRaw(subject, 'Gd')).memoryBytes).toBe(3 * 65_536);
  }),
];

const trapCases: readonly ConformanceCase<EngineSubject>[] = [
  ['t', 'an instruction that traps'],
  ['m', 'a load outside its memory'],
  ['v', 'a division by zero'],
  ['r', 'endless recursion'],
  ['I', 'an outcome that does not exist'],
  ['Z', 'a turn outside its memory'],
  ['Y', 'blobs outside its memory'],
  ['J', 'a log level that does not exist'],
  ['j', 'a log message outside its memory'],
  ['X', 'taking the completion of an operation that nobody started'],
  ['V', 'taking the completion of a negative id'],
  ['sX', 'taking the completion of an operation that is not ready'],
  ['Pw', 'an operation that names a blob beyond those of its turn'],
  ['Nw', 'an operation that names a blob by a negative index'],
].map(([program = '', what]) =>
  fact<EngineSubject>(`${what} ends the call as TOOL_TRAPPED, and the engine goes on`, async (subject) => {
    expectEnded(await beginRaw(subject, `s${program}`), 'TOOL_TRAPPED');
    await expectUnharmed(subject);
  }),
);

const completionCases: readonly ConformanceCase<EngineSubject>[] = [
  fact('a completion taken as that of another operation ends the call as TOOL_TRAPPED', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swyd'));
    expectEnded(await call.resume([ok(1)], nowMs), 'TOOL_TRAPPED');
  }),
  fact('a trap in a later turn drops the operations of that turn only', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    expect((await call.begin(start('swsst'))).operations).toHaveLength(1);
    expectEnded(await call.resume([ok(1)], nowMs), 'TOOL_TRAPPED');
    await expect(async () => call.resume([], nowMs)).rejects.toMatchObject({ code: 'INTERNAL' });
  }),
];

export const engineCases: readonly ConformanceCase<EngineSubject>[] = [
  ...turnCases,
  ...trapCases,
  ...completionCases,
  ...engineLimitCases,
  ...engineIsolationCases,
  ...engineComponentCases,
];
