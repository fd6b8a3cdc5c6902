/** What the table `Engine` is run against, and how its cases talk to it. */
import { expect } from 'vitest';
import { loadTemplate, rebuild } from '#guest-engine';
import type {
  CallStart,
  Completion,
  Engine,
  EngineCall,
  EngineLimits,
  LoadedComponent,
  ReadyOperation,
  Turn,
} from '#wit/interfaces';
import { rawGuest } from './raw-guest.ts';

/** An engine under test. */
export interface EngineSubject {
  readonly engine: Engine;
}

export const limits: EngineLimits = {
  memoryBytesMax: 16 * 1024 * 1024,
  computeMsMax: 10_000,
  outputBytesMax: 1024 * 1024,
  logBytesMax: 100_000,
  operationsOpenMax: 64,
};

/** What a case's calls begin with unless it says otherwise. */
export const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
export const nowMs = 1_700_000_000_000;

/** A `begin` with an input. */
export function start(input: string, blobs: readonly Uint8Array[] = []): CallStart {
  return { input, blobs, nowMs, seed };
}

/** Loads the guest of one-letter commands. */
export async function loadRaw({ engine }: EngineSubject): Promise<LoadedComponent> {
  return engine.load(await engine.compile(await rawGuest()));
}

/** Runs a program of `raw-guest.ts` to the end of its first turn. */
export async function beginRaw(
  subject: EngineSubject,
  program: string,
  some: Partial<EngineLimits> = {},
): Promise<Turn> {
  using component = await loadRaw(subject);
  using call = component.open({ ...limits, ...some });
  return await call.begin(start(program));
}

/** The body of a tool in JavaScript, as a component. `input` is the input; `sdk` the SDK. */
export async function javascript(body: string, tokenless = false): Promise<Uint8Array> {
  const interfaces = tokenless ? ['log', 'timer'] : ['kv', 'log', 'timer'];
  const { component } = await rebuild({
    template: await loadTemplate(),
    source: `const sdk = require('@aria/sdk');\nexports.tool = { blobs: true, run: async (input) => {\n${body}\n} };`,
    name: 'probe',
    imports: interfaces.map((name) => `aria:host/${name}@0.1.0`),
    memoryBytesMax: limits.memoryBytesMax,
  });
  return component;
}

/** Loads a tool in JavaScript. */
export async function loadJavascript({ engine }: EngineSubject, body: string): Promise<LoadedComponent> {
  return engine.load(await engine.compile(await javascript(body)));
}

export const ok = (id: number, value?: unknown): ReadyOperation => ({ id, completion: { kind: 'ok', value } });
export const refused = (id: number, error: Extract<Completion, { kind: 'failed' }>['error']): ReadyOperation => ({
  id,
  completion: { kind: 'failed', error },
});

/** Answers every operation of a call at once with `ok`, until it ends; gives the turns. */
export async function runToEnd(
  call: EngineCall,
  first: Turn,
  answer: (name: string, args: readonly unknown[]) => unknown = () => undefined,
): Promise<readonly Turn[]> {
  const turns = [first];
  for (let turn = first; turn.outcome.kind === 'waiting';) {
    turn = await call.resume(
      turn.operations.map(({ id, name, args }) => ok(id, answer(name, args))),
      nowMs,
    );
    turns.push(turn);
  }
  return turns;
}

/** Asserts that a turn was ended by the engine, with nothing that leaves. */
export function expectEnded(turn: Turn, code: string): void {
  expect(turn.outcome).toMatchObject({ kind: 'ended', code });
  expect(turn.operations).toEqual([]);
  expect(turn.abandoned).toEqual([]);
}

/** Asserts that the engine still answers. */
export async function expectUnharmed(subject: EngineSubject): Promise<void> {
  expect((await beginRaw(subject, 'd')).outcome).toEqual({ kind: 'done', output: 'ok' });
}
