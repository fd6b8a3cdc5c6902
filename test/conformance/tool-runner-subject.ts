/** What the table `ToolRunner` is run against, and how its cases talk to it. */
import { expect } from 'vitest';
import type { Clock, KeyValueStore, NestedCalls, OperationRecord, RunLimits } from '#host';
import type { CallOutcome, ToolCall, ToolRunner } from '#wit/interfaces';
import type { ToolSample } from './tool-bundle.ts';

/** Settings that a case may make. */
export interface SubjectOptions {
  readonly clock?: Clock;
  readonly kv?: KeyValueStore;
  readonly audit?: (record: OperationRecord) => void;
  readonly limits?: Partial<RunLimits>;
  readonly nested?: NestedCalls;
}

/** A substrate under test. */
export interface ToolRunnerSubject {
  /** Makes a runner of tools; the case disposes of it. */
  createRunner(samples: readonly ToolSample[], options?: SubjectOptions): Promise<ToolRunner>;
}

/** One call of one tool. */
export interface SingleCall extends SubjectOptions, Omit<ToolSample, 'name' | 'body' | 'input'> {
  readonly input?: unknown;
  readonly inputSchema?: object;
  readonly call?: Partial<ToolCall>;
  readonly signal?: AbortSignal;
}

/** Makes a runner of one tool, calls it once, closes it. */
export async function callOnce(
  subject: ToolRunnerSubject,
  body: string,
  single: SingleCall = {},
): Promise<CallOutcome> {
  const { input = {}, inputSchema, call, signal, clock, kv, audit, limits, nested, ...sample } = single;
  const options = {
    ...(clock && { clock }),
    ...(kv && { kv }),
    ...(audit && { audit }),
    ...(limits && { limits }),
    ...(nested && { nested }),
  };
  await using runner = await subject.createRunner(
    [{ name: 'probe', body, ...(inputSchema && { input: inputSchema }), ...sample }],
    options,
  );
  return await runner.run({ id: 'call-1', tool: 'probe', input, ...call }, signal);
}

/** Asserts that a call gave an output. */
export function expectDone(outcome: CallOutcome, output: unknown): void {
  expect(outcome.kind === 'done' ? outcome.output : outcome.error).toEqual(output);
  expect(outcome.kind).toBe('done');
}

/** Asserts that a call failed with a code. */
export function expectFailed(outcome: CallOutcome, code: string): Extract<CallOutcome, { kind: 'failed' }> {
  if (outcome.kind !== 'failed')
    throw new Error(`Expected ${code}, and the call gave ${JSON.stringify(outcome.output)}`);
  expect(outcome.error).toMatchObject({ code });
  return outcome;
}
