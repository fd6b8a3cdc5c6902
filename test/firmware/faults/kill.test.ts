/** kill -9 in the middle of traffic: what was answered stays answered, what ran is not run again, and whoever follows learns what it missed. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AriaApi, type CallResult, type HostEvent, connectWebSocket } from '#wit/api';
import { CodedError } from '#wit/errors';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { addTool, signedBundle } from '../host/signed-bundle.ts';
import { type RunningHost, callOf, runHost, until } from './running-host.ts';

/** Counts itself under a name, durably, and then takes its time. */
const onceTool: ToolSample = {
  name: 'once',
  tokens: ['kv:counters:rw'],
  body: `const store = sdk.kv('counters');
const before = (await store.getJson(input.name)) ?? 0;
await store.setJson(input.name, before + 1);
await new Promise((resolve) => setTimeout(resolve, input.ms));
return { name: input.name, n: before + 1 };`,
};
const readTool: ToolSample = {
  name: 'read',
  tokens: ['kv:counters:rw'],
  body: `const store = sdk.kv('counters');
return Promise.all(input.names.map(async (name) => (await store.getJson(name)) ?? 0));`,
};

const answered = Array.from({ length: 20 }, (_, index) => ({ name: `quick-${index}`, ms: 0 }));
const inFlight = Array.from({ length: 30 }, (_, index) => ({ name: `slow-${index}`, ms: 25_000 }));

type Call = (input: { readonly name: string; readonly ms: number }) => Promise<unknown>;

/** A third of the calls each. Who asks is part of a key, so that a repetition goes the same way. */
function callsOf(host: RunningHost, socket: AriaApi): readonly Call[] {
  return [
    async (input) =>
      outputOf(await host.api.callTool({ tool: 'once', input }, { idempotencyKey: `key-${input.name}` })),
    async (input) => outputOf(await socket.callTool({ tool: 'once', input }, { idempotencyKey: `key-${input.name}` })),
    async (input) => {
      const request = callOf(input, { 'idempotency-key': `key-${input.name}` });
      const answer = (await (await host.ask('/v1/tools/once/calls', request)).json()) as {
        readonly output?: unknown;
        readonly error?: { readonly code: string };
      };
      return answer.output ?? answer.error?.code;
    },
  ];
}

function outputOf(result: CallResult): unknown {
  return result.kind === 'done' ? result.output : result.error.code;
}

async function perform(calls: readonly Call[], inputs: typeof answered): Promise<unknown[]> {
  const call = (index: number): Call => calls[index % calls.length] ?? (() => Promise.resolve('no call'));
  return Promise.all(
    inputs.map((input, index) =>
      call(index)(input).catch((thrown: unknown) => (thrown instanceof CodedError ? thrown.code : String(thrown))),
    ),
  );
}

function socketOf(host: RunningHost): AriaApi & AsyncDisposable {
  return connectWebSocket({ url: `ws://127.0.0.1:${host.ports.web}`, token: host.token });
}

test('50 keyed calls, an upload and those who follow survive kill -9: nothing runs twice, nothing is told twice', async () => {
  await using host = await runHost({ tools: [addTool, onceTool, readTool] });
  const socket = socketOf(host);
  const seen: HostEvent[] = [];
  const follower = follow(socket, seen);
  const first = await perform(callsOf(host, socket), answered);
  expect(first).toEqual(answered.map(({ name }) => ({ name, n: 1 })));
  const cut = perform(callsOf(host, socket), inFlight);
  const next = await signedBundle(host.key, { name: 'next', tools: [addTool] });
  const half = next.archive.length >> 1;
  const leave = new AbortController();
  const halved = { ...next.content, read: () => halfOf(next.archive, half) };
  const upload = host.api.upload(halved, { signal: leave.signal }).catch(codeOf);
  const partOf = join(host.home, 'uploads', `${next.hash}.part`);
  await until(async () => (await readFile(partOf).catch(() => Buffer.alloc(0))).length === half);
  await until(async () => (await counts(host)).every((count) => count === 1));

  expect(await host.end('SIGKILL')).toBeNull();
  leave.abort();
  await socket[Symbol.asyncDispose]();
  await Promise.all([cut, upload, follower]);
  await host.start();
  expect(host.ready.ready).toBe(true);

  const again = socketOf(host);
  expect(await perform(callsOf(host, again), answered)).toEqual(first);
  expect(await perform(callsOf(host, again), inFlight)).toEqual(inFlight.map(() => 'OUTCOME_UNKNOWN'));
  // Once more: the answer stays the same, and still nothing has run.
  expect(await perform(callsOf(host, again), inFlight)).toEqual(inFlight.map(() => 'OUTCOME_UNKNOWN'));
  expect(new Set(await counts(host))).toEqual(new Set([1]));

  const cursor = seen.at(-1);
  for await (const event of again.events({ after: { epoch: cursor?.epoch ?? '', sequence: cursor?.sequence ?? 0 } })) {
    expect(event.kind).toBe('events.lost');
    expect(event.data).toMatchObject({ previous: { epoch: cursor?.epoch, sequence: cursor?.sequence } });
    expect(event.epoch).not.toBe(cursor?.epoch);
    break;
  }

  const offsets: number[] = [];
  const rest = { ...next.content, read: (offset: number) => (offsets.push(offset), next.content.read(offset)) };
  expect(await again.upload(rest)).toMatchObject({ state: 'active', name: 'next' });
  expect(offsets).toEqual([half]);
  expect(await readdir(join(host.home, 'uploads'))).toEqual([]);
  await again[Symbol.asyncDispose]();
  expect(await host.end('SIGTERM')).toBe(0);
});

async function counts({ api }: RunningHost): Promise<readonly number[]> {
  const names = [...answered, ...inFlight].map(({ name }) => name);
  const result = await api.callTool({ tool: 'read', input: { names } });
  return outputOf(result) as readonly number[];
}

async function follow(api: AriaApi, seen: HostEvent[]): Promise<void> {
  try {
    for await (const event of api.events()) seen.push(event);
  } catch {
    // The host is gone.
  }
}

async function* halfOf(bytes: Uint8Array, half: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, half);
  await new Promise(() => undefined);
}

function codeOf(thrown: unknown): string {
  return thrown instanceof CodedError ? thrown.code : String(thrown);
}
