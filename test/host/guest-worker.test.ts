import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { readComponent } from '../../host/engine/component-binary.ts';
import { boundCoreModule, memoryLimits, readCoreModule } from '../../host/engine/core-module.ts';
import { GlueCache } from '../../host/engine/v8/glue.ts';
import type { FromWorker, ToWorker, TurnMessage, WorkerStart } from '../../host/engine/v8/messages.ts';
import { TurnClock } from '../../host/engine/v8/turn-clock.ts';
import { rawGuest } from '../conformance/raw-guest.ts';
import { nowMs, seed } from '../conformance/engine-subject.ts';

const memoryBytesMax = 1 << 20;
const functions: WorkerStart['functions'] = [
  { interface: 'timer', name: 'sleep', kind: 'start' },
  { interface: 'timer', name: 'clear', kind: 'abandon' },
  { interface: 'log', name: 'write', kind: 'log' },
  { interface: 'kv', name: 'get', kind: 'start' },
  { interface: 'kv', name: 'set', kind: 'start' },
];

async function turnOf(message: (component: number) => ToWorker): Promise<TurnMessage> {
  const parts = readComponent(await rawGuest());
  const glue = await new GlueCache(undefined).glueOf(parts);
  const read = glue.modules.map(
    ([name, index]) => [name, readCoreModule(parts.coreModules[index] ?? new Uint8Array())] as const,
  );
  const modules = await Promise.all(
    read.map(
      async ([name, module]) => [name, await WebAssembly.compile(boundCoreModule(module, memoryBytesMax))] as const,
    ),
  );
  const [memoryName, memoryModule] = read.find(([, module]) => module.memoryPagesMin !== undefined) ?? [];
  if (memoryName === undefined || !memoryModule) throw new Error('the guest has no memory');
  const { min, max } = memoryLimits(memoryModule, memoryBytesMax);
  const workerData: WorkerStart = { functions, sparesMax: 0, clock: new TurnClock().buffer };
  const thread = new Worker(new URL('../../host/engine/v8/guest-worker.ts', import.meta.url), { workerData });
  try {
    return await new Promise((resolve, reject) => {
      thread.on('error', reject);
      thread.on('message', (received: FromWorker) => {
        if (received !== 'ready') return resolve(received);
        thread.postMessage(['load', 1, glue.text, modules, true, [memoryName, min, max]] satisfies ToWorker);
        thread.postMessage(message(1));
      });
    });
  } finally {
    await thread.terminate();
  }
}

const begin = ['swgwd', [], nowMs, seed] as const;
const limits = [1 << 20, 1 << 16, 64, 1_024, 1 << 20] as const;
const resumes = [
  [[[1, true, undefined]], [], nowMs],
  [[[2, true, undefined]], [], nowMs],
] as const;

test('a rebuilt call that starts what it started the first time goes on', async () => {
  const [, outcome] = await turnOf((component) => [
    'rebuild',
    5,
    1,
    component,
    limits,
    begin,
    resumes,
    ['1:0;', '2:3;'],
  ]);
  expect(outcome).toEqual(['done', 'ok']);
});

test('a rebuilt call that starts something else ends as TOOL_TRAPPED with the turn that differs', async () => {
  const [, outcome] = await turnOf((component) => [
    'rebuild',
    5,
    1,
    component,
    limits,
    begin,
    resumes,
    ['1:0;', '2:0;'],
  ]);
  expect(outcome).toEqual([
    'ended',
    'TOOL_TRAPPED',
    'Cannot rebuild the call: it does not repeat itself',
    expect.stringContaining('turn 1'),
  ]);
});

test('a rebuilt call that ends earlier than the first time ends as TOOL_TRAPPED', async () => {
  const ends = ['d', [], nowMs, seed] as const;
  const [, outcome] = await turnOf((component) => [
    'rebuild',
    5,
    1,
    component,
    limits,
    ends,
    resumes,
    ['1:0;', '2:3;'],
  ]);
  expect(outcome.slice(0, 2)).toEqual(['ended', 'TOOL_TRAPPED']);
});
