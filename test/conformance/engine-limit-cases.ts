/** Cases of the table `Engine`: limits, at each and one past it. */
import { expect } from 'vitest';
import type { EngineLimits, Turn } from '#wit/interfaces';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { changedGuest, vectorGuest } from './raw-guest.ts';
import {
  type EngineSubject,
  beginRaw,
  expectEnded,
  expectUnharmed,
  limits,
  loadRaw,
  nowMs,
  ok,
  start,
} from './engine-subject.ts';

const pageBytes = 65_536;
const guestPages = 2;

async function beginOf(
  { engine }: EngineSubject,
  bytes: Uint8Array,
  program = 'd',
  some: Partial<EngineLimits> = {},
): Promise<Turn> {
  using component = await engine.load(await engine.compile(bytes));
  using call = component.open({ ...limits, ...some });
  return await call.begin(start(program));
}

export const engineLimitCases: readonly ConformanceCase<EngineSubject>[] = [
  fact('memory grows to its maximum, and not a page further', async (subject) => {
    const memoryBytesMax = 5 * pageBytes;
    expect((await beginRaw(subject, 'Fd', { memoryBytesMax })).memoryBytes).toBe(memoryBytesMax);
  }),
  fact('a component begins in exactly the memory that it needs', async (subject) => {
    expect((await beginRaw(subject, 'd', { memoryBytesMax: guestPages * pageBytes })).outcome.kind).toBe('done');
  }),
  fact('a component that needs a page more than its maximum ends as MEMORY_EXCEEDED', async (subject) => {
    expectEnded(await beginRaw(subject, 'd', { memoryBytesMax: (guestPages - 1) * pageBytes }), 'MEMORY_EXCEEDED');
  }),
  fact('calls of one component keep each its own memory maximum', async (subject) => {
    using component = await loadRaw(subject);
    const grown = [3, 7, 4].map(async (pages) => {
      using call = component.open({ ...limits, memoryBytesMax: pages * pageBytes });
      return (await call.begin(start('Fd'))).memoryBytes / pageBytes;
    });
    expect(await Promise.all(grown)).toEqual([3, 7, 4]);
  }),
  fact('an output of exactly the maximum passes', async (subject) => {
    expect((await beginRaw(subject, 'O', { outputBytesMax: pageBytes })).outcome).toMatchObject({
      kind: 'done',
      output: '\0'.repeat(pageBytes),
    });
  }),
  fact('an output one byte over the maximum ends as VALUE_TOO_LARGE', async (subject) => {
    expectEnded(await beginRaw(subject, 'O', { outputBytesMax: pageBytes - 1 }), 'VALUE_TOO_LARGE');
    await expectUnharmed(subject);
  }),
  fact('blobs count towards the output maximum', async (subject) => {
    // 61,440 bytes each, and 2 of "ok".
    expect(
      (await beginRaw(subject, 'HHd', { outputBytesMax: 2 * 61_440 + 2 })).blobs.map(({ length }) => length),
    ).toEqual([61_440, 61_440]);
    expectEnded(await beginRaw(subject, 'HHd', { outputBytesMax: 2 * 61_440 + 1 }), 'VALUE_TOO_LARGE');
  }),
  fact('a thousand blobs of the same bytes are refused before they are copied', async (subject) => {
    expectEnded(await beginRaw(subject, 'Md'), 'VALUE_TOO_LARGE');
    await expectUnharmed(subject);
  }),
  fact('blobs count also where a component names the exports of its core module otherwise', async (subject) => {
    const bytes = await changedGuest((text) => text.replaceAll('"aria:host/tool@0.1.0#begin"', '"other#begin"'));
    for (const program of ['Md', 'Td', 'HHd'])
      expectEnded(await beginOf(subject, bytes, program, { outputBytesMax: 100_000 }), 'VALUE_TOO_LARGE');
    expect((await beginOf(subject, bytes, 'bd')).outcome).toEqual({ kind: 'done', output: 'ok' });
  }),
  fact('a list that names the same numbers thousands of times is refused before it is copied', async (subject) => {
    expect((await beginOf(subject, await vectorGuest(20))).operations).toHaveLength(1);
    const turn = await beginOf(subject, await vectorGuest(20_000));
    expectEnded(turn, 'VALUE_TOO_LARGE');
    expect(turn.outcome).toMatchObject({ cause: 'bytes' });
    await expectUnharmed(subject);
  }),
  fact('a component that instantiates its memory twice ends as TOOL_TRAPPED', async (subject) => {
    const bytes = await changedGuest((text) => {
      const at = text.indexOf('  (core instance $main ');
      const instance = text.slice(at, text.indexOf('\n  )\n', at) + 5);
      const another = instance.replace('$main ', '$another ').replace(/\(;\d+;\)/, '');
      return `${text.slice(0, at)}${another}${text.slice(at)}`.replace(/ \(;\d+;\)/g, '');
    });
    expectEnded(await beginOf(subject, bytes, 'd'), 'TOOL_TRAPPED');
  }),
  fact('a guest without memory for what is brought in ends as MEMORY_EXCEEDED', async (subject) => {
    using component = await loadRaw(subject);
    using small = component.open({ ...limits, memoryBytesMax: 4 * pageBytes });
    expectEnded(await small.begin(start('d', [new Uint8Array(4 * pageBytes)])), 'MEMORY_EXCEEDED');
    await expectUnharmed(subject);
  }),
  fact('a completion that the guest has no memory for ends the call as MEMORY_EXCEEDED', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, memoryBytesMax: 4 * pageBytes });
    await call.begin(start('gwyd'));
    expectEnded(await call.resume([ok(1, new Uint8Array(4 * pageBytes))], nowMs), 'MEMORY_EXCEEDED');
  }),
  fact('a turn with 1,025 blobs ends as VALUE_TOO_LARGE', async (subject) => {
    expectEnded(await beginRaw(subject, 'Td'), 'VALUE_TOO_LARGE');
  }),
  fact('log lines up to the maximum pass; what is over is dropped and counted', async (subject) => {
    const turn = await beginRaw(subject, 'LLld', { logBytesMax: 61_440 + 2 });
    expect(turn.logs.map(({ message }) => message.length)).toEqual([61_440, 2]);
    expect(turn.logBytesDropped).toBe(61_440);
  }),
  fact('the log maximum holds for the whole call, not for a turn', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, logBytesMax: 3 });
    expect((await call.begin(start('lswld'))).logBytesDropped).toBe(0);
    expect(await call.resume([ok(1)], nowMs)).toMatchObject({ logs: [], logBytesDropped: 2 });
  }),
  fact('as many operations as the maximum may be open', async (subject) => {
    expect((await beginRaw(subject, 'sssw', { operationsOpenMax: 3 })).operations).toHaveLength(3);
  }),
  fact(
    'one operation more than the maximum ends as OPERATIONS_EXCEEDED, and none of the turn leaves',
    async (subject) => {
      expectEnded(await beginRaw(subject, 'ssssw', { operationsOpenMax: 3 }), 'OPERATIONS_EXCEEDED');
      await expectUnharmed(subject);
    },
  ),
  fact('operations that were completed or given up make room', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, operationsOpenMax: 2 });
    await call.begin(start('sscswssd'));
    expect((await call.resume([ok(1), ok(3)], nowMs)).operations).toHaveLength(2);
  }),
  fact('an endless loop ends as DEADLINE_EXCEEDED, and none of its operations leaves', async (subject) => {
    expectEnded(await beginRaw(subject, 'sq', { computeMsMax: 50 }), 'DEADLINE_EXCEEDED');
    await expectUnharmed(subject);
  }),
  fact('the compute deadline holds for all turns together', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, computeMsMax: 60 });
    const program = start('shwR');
    let turn = await call.begin(program);
    while (turn.outcome.kind === 'waiting')
      turn = await call.resume(
        turn.operations.map(({ id }) => ok(id)),
        nowMs,
      );
    expectEnded(turn, 'DEADLINE_EXCEEDED');
  }),
  fact('waiting costs no compute time', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, computeMsMax: 200 });
    const first = await call.begin(start('swd'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const last = await call.resume([ok(1)], nowMs);
    expect(last.outcome.kind).toBe('done');
    expect(first.computeMs + last.computeMs).toBeLessThan(200);
  }),
  fact('a loop in a later turn ends as DEADLINE_EXCEEDED', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open({ ...limits, computeMsMax: 80 });
    await call.begin(start('swsq'));
    expectEnded(await call.resume([ok(1)], nowMs), 'DEADLINE_EXCEEDED');
    await expectUnharmed(subject);
  }),
];
