import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOutcome } from '#wit/interfaces';
import { enginesUnderTest } from '../conformance/engines-under-test.ts';
import { type LoadedProject, type ProjectHost, codeOf, openProjectHost, outputOf } from './project-host.ts';

const folder = fileURLToPath(new URL('../../guests/hostile', import.meta.url));
const names = readdirSync(folder).flatMap((file) =>
  file.endsWith('.ts') && file !== 'bystander.ts' ? [file.slice(0, -3)] : [],
);

let host: ProjectHost;
let bystander: LoadedProject;
const guests = new Map<string, LoadedProject>();
let visits = 0;
/** Runs a hostile call beside a call of the bystander that is suspended meanwhile, then another one: both must be unharmed. */
async function attack(guest: string, tool: string, input: object = {}): Promise<CallOutcome> {
  const during = bystander.call('visit', { waitMs: 40 });
  const outcome = await guests.get(guest)?.call(tool, input);
  const after = await bystander.call('visit');
  for (const visit of [await during, after])
    expect(outputOf(visit)).toMatchObject({ sorted: [1, 2, 3], polluted: false });
  const count = (outputOf(after) as { visits: number }).visits;
  expect(count).toBeGreaterThan(visits);
  visits = count;
  if (outcome === undefined) throw new Error(`There is no guest "${guest}"`);
  return outcome;
}

test('every hostile guest is attacked with here', () => {
  expect(names).toEqual([
    'after-done',
    'beyond-tokens',
    'deep-recursion',
    'deep-values',
    'endless-loop',
    'forged-operations',
    'huge-output',
    'log-flood',
    'memory-bomb',
    'native-loops',
    'never-settles',
    'odd-throws',
    'prototype-pollution',
    'regex-bomb',
    'ten-thousand-operations',
  ]);
});

describe.each(enginesUnderTest)('on $name', ({ name }) => {
  beforeAll(async () => {
    host = await openProjectHost({}, name);
    visits = 0;
    bystander = await host.load('hostile/bystander.ts');
    for (const name of names) guests.set(name, await host.load(`hostile/${name}.ts`));
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  describe('an endless loop', () => {
    test.each(['spin', 'spinInPromises', 'spinLater', 'spinInSort', 'waitForever'])(
      '%s ends at its deadline',
      async (tool) => {
        expect(codeOf(await attack('endless-loop', tool))).toBe('DEADLINE_EXCEEDED');
      },
    );
  });

  describe('a memory bomb', () => {
    test.each(['growList', 'growBuffers', 'oneBuffer', 'growText'])('%s ends at its memory', async (tool) => {
      const outcome = await attack('memory-bomb', tool);
      expect(codeOf(outcome)).toBe('MEMORY_EXCEEDED');
      expect(outcome.usage.memoryBytesPeak).toBeLessThanOrEqual(16 * 1024 * 1024);
    });

    test('a refusal of memory can be caught, and the engine works on', async () => {
      expect(outputOf(await attack('memory-bomb', 'survive'))).toEqual({ refusals: 5, works: true });
    });
  });

  describe('deep recursion', () => {
    test('uncaught it is a RangeError with a stack', async () => {
      const outcome = await attack('deep-recursion', 'recurse');
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: { code: 'TOOL_FAILED' },
        stack: expect.stringContaining('deep-recursion.ts'),
      });
    });

    test('every way of recursing ends in an error that can be caught', async () => {
      const ends = outputOf(await attack('deep-recursion', 'recurseEverywhere')) as Record<string, string>;
      const unexpected = Object.entries(ends).filter(
        ([, end]) => !['RangeError', 'SyntaxError', 'InternalError', 'fine'].includes(end),
      );
      expect(unexpected).toEqual([]);
      expect([ends['getter'], ends['sort'], ends['stringify']]).toEqual(['RangeError', 'RangeError', 'RangeError']);
    });
  });

  describe('a huge output', () => {
    test.each(['longText', 'escapedText', 'manyBytes', 'manyBlobs'])('%s is refused', async (tool) => {
      expect(codeOf(await attack('huge-output', tool))).toBe('VALUE_TOO_LARGE');
    });

    test('a long message is cut', async () => {
      const outcome = await attack('huge-output', 'longError');
      expect(codeOf(outcome)).toBe('TOOL_FAILED');
      expect(JSON.stringify(outcome).length).toBeLessThan(100_000);
    });
  });

  describe('a flood of log lines', () => {
    const logBytes = ({ logs }: CallOutcome): number =>
      logs.reduce((sum, { message, fields }) => sum + message.length + (fields?.length ?? 0), 0);

    test.each(['manyLines', 'longLine'])('%s: what is over the maximum is dropped and counted', async (tool) => {
      const outcome = await attack('log-flood', tool);
      expect(outputOf(outcome)).toBe('done');
      expect(outcome.logBytesDropped).toBeGreaterThan(0);
      expect(logBytes(outcome)).toBeLessThanOrEqual(256 * 1024);
    });

    test('a line cannot pretend to be two, or of another level', async () => {
      const { logs } = await attack('log-flood', 'forgedLines');
      expect(logs.map(({ level }) => level)).toEqual(['info', 'info']);
    });
  });

  describe('odd throws', () => {
    const odd = [
      'undefined',
      'null',
      'text',
      'symbol',
      'bigint',
      'function',
      'revoked',
      'getters',
      'traps',
      'causes',
      'deep',
      'imitation',
      'code',
      'recursive',
      'none',
    ];

    test.each(odd)('%s thrown or rejected is a failure of the tool, described', async (what) => {
      for (const tool of ['throwNow', 'rejectLater']) {
        const outcome = await attack('odd-throws', tool, { what });
        expect(outcome).toMatchObject({
          kind: 'failed',
          error: { code: 'TOOL_FAILED', category: 'Tool', retryable: false, message: expect.stringMatching(/./) },
        });
      }
    });
  });

  describe('promises that never settle', () => {
    test.each(['stall', 'stallLater', 'stallInThenable', 'stallOnCleared'])('%s has stalled', async (tool) => {
      expect(codeOf(await attack('never-settles', tool))).toBe('TOOL_STALLED');
    });
  });

  describe('prototype pollution', () => {
    const looksClean = async (): Promise<void> => {
      expect(outputOf(await attack('prototype-pollution', 'look'))).toEqual({ polluted: false, intact: true });
    };

    test('input with __proto__ is refused', async () => {
      const patch: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
      expect(codeOf(await attack('prototype-pollution', 'mergeInput', { patch }))).toBe('INPUT_INVALID');
    });

    test('input that reaches a prototype pollutes its own call only', async () => {
      const outcome = await attack('prototype-pollution', 'mergeInput', {
        patch: { constructor: { prototype: { polluted: true } } },
      });
      expect(outputOf(outcome)).toEqual({ own: [], polluted: true });
      await looksClean();
    });

    test('broken built-ins break at most their own call', async () => {
      expect(outputOf(await attack('prototype-pollution', 'breakBuiltins'))).toEqual({ read: 'value', broken: 23 });
      await looksClean();
    });

    test('an output that is faked is that of its own call', async () => {
      expect(outputOf(await attack('prototype-pollution', 'fakeOutput'))).toBe('faked');
      await looksClean();
    });
  });

  describe('forged operations', () => {
    test('no name leads to the host, and no stack to the machine', async () => {
      const found = outputOf(await attack('forged-operations', 'findHost'));
      expect(found).toEqual({
        globals: ['InternalError'],
        fromFunction: 'undefinedundefinedundefined',
        fromStack: [],
        required: [],
      });
    });

    test('clearTimeout clears timers only, whatever id it is given', async () => {
      expect(outputOf(await attack('forged-operations', 'clearOthers'))).toEqual({ stored: 'kept' });
    });

    test('timers may be cleared twice', async () => {
      expect(outputOf(await attack('forged-operations', 'clearTwice'))).toBe('fine');
    });

    test('odd arguments are refused one by one', async () => {
      const { refused, accepted } = outputOf(await attack('forged-operations', 'oddArguments')) as {
        refused: number;
        accepted: number;
      };
      expect(refused + accepted).toBe(44);
      expect(accepted).toBeLessThanOrEqual(1);
    });
  });

  describe('10,000 operations at once', () => {
    test.each(['reads', 'readsSettled', 'timers'])('%s end the call', async (tool) => {
      expect(codeOf(await attack('ten-thousand-operations', tool))).toBe('OPERATIONS_EXCEEDED');
    });

    test('left behind they make the call fail, and none leaves', async () => {
      expect(codeOf(await attack('ten-thousand-operations', 'leave', { count: 10_000 }))).toBe('OPERATIONS_EXCEEDED');
      expect(codeOf(await attack('ten-thousand-operations', 'leave', { count: 100 }))).toBe('TOOL_LEFT_OPERATIONS');
      expect(outputOf(await attack('ten-thousand-operations', 'oneByOne'))).toBe(10_000);
    });
  });

  describe('a regular expression that backtracks', () => {
    test.each(['nested', 'overlapping', 'replacing'])('%s ends at its deadline', async (tool) => {
      expect(codeOf(await attack('regex-bomb', tool))).toBe('DEADLINE_EXCEEDED');
    });
  });

  describe('what tokens do not name', () => {
    test('is denied by the host, key by key', async () => {
      const ends = outputOf(await attack('beyond-tokens', 'reachKeys')) as Record<string, string>;
      const { readMine, ...others } = ends;
      expect(readMine).toBe('allowed');
      expect(Object.values(others).filter((end) => !['CAPABILITY_DENIED', 'INPUT_INVALID'].includes(end))).toEqual([]);
      expect([ends['writeMine'], ends['readOther'], ends['writeOther'], ends['listOther']]).toEqual(
        Array.from({ length: 4 }, () => 'CAPABILITY_DENIED'),
      );
    });

    test('is denied where the component imports nothing', async () => {
      const ends = outputOf(await attack('beyond-tokens', 'reachEverything')) as Record<string, string>;
      expect(new Set(Object.values(ends))).toEqual(new Set(['CAPABILITY_DENIED']));
    });

    test('uncaught it ends the call as CAPABILITY_DENIED', async () => {
      expect(codeOf(await attack('beyond-tokens', 'reachAndFail'))).toBe('CAPABILITY_DENIED');
    });
  });

  describe('going on after it has returned', () => {
    test.each(['startInGetter', 'startInToJson'])('%s leaves operations, and none leaves', async (tool) => {
      expect(codeOf(await attack('after-done', tool))).toBe('TOOL_LEFT_OPERATIONS');
    });

    test('jobs that are left change nothing', async () => {
      for (const tool of ['startInJob', 'throwInJob'])
        expect(['done', 'TOOL_LEFT_OPERATIONS', 'TOOL_FAILED']).toContain(codeOf(await attack('after-done', tool)));
      expect(outputOf(await attack('after-done', 'look'))).toEqual([]);
    });

    test('an output that never becomes JSON ends at its deadline', async () => {
      expect(codeOf(await attack('after-done', 'spinInGetter'))).toBe('DEADLINE_EXCEEDED');
    });
  });

  describe('built-ins that are kept busy', () => {
    test.each(['power', 'sparse', 'arrayLike', 'search'])('%s ends, at its deadline or with an error', async (tool) => {
      expect(['DEADLINE_EXCEEDED', 'MEMORY_EXCEEDED', 'TOOL_FAILED', 'done']).toContain(
        codeOf(await attack('native-loops', tool)),
      );
    });

    test('texts that grow are refused one by one', async () => {
      const outcome = await attack('native-loops', 'grow');
      expect(outcome.usage.memoryBytesPeak).toBeLessThanOrEqual(16 * 1024 * 1024);
      expect(['done', 'MEMORY_EXCEEDED', 'DEADLINE_EXCEEDED']).toContain(codeOf(outcome));
    });
  });

  describe('values that are nested deeply', () => {
    test.each(['lists', 'objects'])('%s of a hundred thousand levels are an error of the tool', async (tool) => {
      expect(['TOOL_FAILED', 'OUTPUT_INVALID']).toContain(
        codeOf(await attack('deep-values', tool, { depth: 100_000 })),
      );
    });

    test.each(['cycle', 'endless'])('%s is an error of the tool', async (tool) => {
      expect(['TOOL_FAILED', 'OUTPUT_INVALID', 'MEMORY_EXCEEDED', 'DEADLINE_EXCEEDED']).toContain(
        codeOf(await attack('deep-values', tool)),
      );
    });

    test('an input of a hundred thousand levels is refused before it crosses', async () => {
      let value: unknown = 1;
      for (let depth = 0; depth < 100_000; depth += 1) value = [value];
      expect(codeOf(await attack('deep-values', 'echo', { value }))).toBe('INPUT_INVALID');
    });
  });
});
