import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBuilder } from '#compiler';
import { createOperations, createToolRunner } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';
import { codeOf } from '../guests/project-host.ts';
import {
  type EngineUnderTest,
  noEngine,
  openEngine,
  usableBackends,
} from '../quilt-adapter/engine/engine-under-test.ts';

const guests = fileURLToPath(new URL('../../guests/hostile', import.meta.url));
const usable = await usableBackends();
const backend = usable.has('crun') ? 'crun' : 'none';

/** What each tool of guests/hostile comes to in a container: as in the guest engine, unless a comment says why not. */
const ends: Readonly<Record<string, Readonly<Record<string, readonly [input: object, ...codes: readonly string[]]>>>> =
  {
    'endless-loop': {
      spin: [{}, 'DEADLINE_EXCEEDED'],
      spinInPromises: [{}, 'DEADLINE_EXCEEDED'],
      spinLater: [{}, 'DEADLINE_EXCEEDED'],
      spinInSort: [{}, 'DEADLINE_EXCEEDED'],
    },
    'memory-bomb': {
      growList: [{}, 'MEMORY_EXCEEDED'],
      growBuffers: [{}, 'MEMORY_EXCEEDED'],
      // A buffer in which nothing is written takes no memory.
      oneBuffer: [{}, 'MEMORY_EXCEEDED', 'TOOL_FAILED', 'done'],
      // Bun refuses a text that is too long as an error, which nobody catches here.
      growText: [{}, 'MEMORY_EXCEEDED', 'TOOL_FAILED'],
    },
    'deep-recursion': { recurse: [{}, 'TOOL_FAILED'], recurseEverywhere: [{}, 'done'] },
    'huge-output': {
      longText: [{}, 'VALUE_TOO_LARGE'],
      escapedText: [{}, 'VALUE_TOO_LARGE'],
      manyBytes: [{}, 'VALUE_TOO_LARGE'],
      manyBlobs: [{}, 'VALUE_TOO_LARGE'],
      longError: [{}, 'TOOL_FAILED'],
    },
    'log-flood': { manyLines: [{}, 'done'], longLine: [{}, 'done'], forgedLines: [{}, 'done'] },
    'odd-throws': Object.fromEntries(
      ['throwNow', 'rejectLater'].map((tool) => [tool, [{ what: 'traps' }, 'TOOL_FAILED'] as const]),
    ),
    'never-settles': {
      stall: [{}, 'TOOL_STALLED'],
      stallLater: [{}, 'TOOL_STALLED'],
      stallInThenable: [{}, 'TOOL_STALLED'],
      stallOnCleared: [{}, 'TOOL_STALLED'],
    },
    'prototype-pollution': {
      // The SDK and the agent share the language with the tool: what it breaks breaks its own call.
      breakBuiltins: [{}, 'done', 'TOOL_FAILED', 'TOOL_TRAPPED', 'DEADLINE_EXCEEDED'],
      fakeOutput: [{}, 'done'],
      look: [{}, 'done'],
    },
    'forged-operations': {
      clearOthers: [{}, 'done'],
      clearTwice: [{}, 'done'],
      oddArguments: [{}, 'done'],
    },
    'ten-thousand-operations': {
      reads: [{}, 'OPERATIONS_EXCEEDED'],
      readsSettled: [{}, 'OPERATIONS_EXCEEDED'],
      timers: [{}, 'OPERATIONS_EXCEEDED'],
      leave: [{ count: 100 }, 'TOOL_LEFT_OPERATIONS'],
    },
    'regex-bomb': {
      nested: [{}, 'DEADLINE_EXCEEDED'],
      overlapping: [{}, 'DEADLINE_EXCEEDED'],
      // JSC gives up on it.
      replacing: [{}, 'DEADLINE_EXCEEDED', 'done'],
    },
    'beyond-tokens': { reachAndFail: [{}, 'CAPABILITY_DENIED'], reachEverything: [{}, 'done'] },
    'after-done': {
      startInGetter: [{}, 'TOOL_LEFT_OPERATIONS'],
      startInToJson: [{}, 'TOOL_LEFT_OPERATIONS'],
      startInJob: [{}, 'done', 'TOOL_LEFT_OPERATIONS', 'TOOL_FAILED'],
      spinInGetter: [{}, 'DEADLINE_EXCEEDED'],
    },
    'deep-values': {
      lists: [{ depth: 100_000 }, 'TOOL_FAILED', 'OUTPUT_INVALID'],
      cycle: [{}, 'TOOL_FAILED', 'OUTPUT_INVALID', 'MEMORY_EXCEEDED', 'DEADLINE_EXCEEDED'],
    },
  };

describe.skipIf(!usable.has(backend))('a hostile guest in a container', () => {
  let opened: EngineUnderTest;
  let cacheDirectory: string;
  const runners = new Map<string, ToolRunner>();

  beforeAll(async () => {
    opened = await openEngine({ backend });
    cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-hostile-'));
    for (const name of [...Object.keys(ends), 'bystander']) runners.set(name, await load(name));
  });
  afterAll(async () => {
    for (const runner of runners.values()) await runner[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    await rm(cacheDirectory, { recursive: true, force: true });
  });

  async function load(name: string): Promise<ToolRunner> {
    await using builder = createBuilder({ directory: join(guests, `${name}.ts`), cacheDirectory });
    const outcome = await builder.build();
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics));
    const { manifest, files } = outcome.bundle;
    return createToolRunner({
      manifest,
      files,
      components: manifest.tools.map((tool) => {
        const source = files.get(tool.source.path) ?? new Uint8Array();
        return {
          tool: tool.name,
          component: { loaded: opened.engine.load({ bundle: manifest.name, tenant: 'hostile', tool, source }) },
        };
      }),
      engine: noEngine,
      operations: createOperations({}),
      random: () => new Uint8Array(randomBytes(32)),
    });
  }

  async function run(guest: string, tool: string, input: object): Promise<CallOutcome> {
    const runner = runners.get(guest);
    if (!runner) throw new Error(`there is no guest "${guest}"`);
    return runner.run({ id: `${guest}-${tool}`, tool, input });
  }

  test('forged-operations: no name leads to the host, and no stack to the machine', async () => {
    expect(await run('forged-operations', 'findHost', {})).toMatchObject({
      kind: 'done',
      output: { globals: [], fromFunction: 'undefinedundefinedundefined', fromStack: [], required: [] },
    });
  });

  const cases = Object.entries(ends).flatMap(([guest, tools]) =>
    Object.entries(tools).map(([tool, [input, ...codes]]) => [guest, tool, input, codes] as const),
  );

  test.each(cases)('%s: %s is contained, and its bystander unharmed', async (guest, tool, input, codes) => {
    const during = run('bystander', 'visit', { waitMs: 20 });
    const outcome = await run(guest, tool, input);
    expect(codes).toContain(codeOf(outcome));
    if (outcome.kind === 'failed') expect(outcome.stack ?? '').not.toMatch(/template\.js|agent\.js/);
    expect(await during).toMatchObject({ kind: 'done', output: { sorted: [1, 2, 3], polluted: false } });
  });
});
