/**
 * Runs a call on both substrates and compares what they did. The first run is real, where the tool is placed; what the host told it is written down, and the second run is
 * told the same, so that effects happen once. An operation that the second one starts and the first one did not is a difference, and is refused.
 */
import type { CallRequest, DivergentPlace, Divergence, RequestOptions } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import type { OperationName } from '#wit/host-types';
import type { CallOutcome, Caller, Completion, Operations, ToolCall, ToolRunner } from '#wit/interfaces';
import { pointerPart, textForm, encodeValue } from '#wit/values';
import { runsOnOneOnly } from './errors.ts';
import type { Placement, Registry, ResolvedTool } from './ports.ts';

/** Differences that an answer lists. */
const differencesMax = 100;
/** Characters of a value that a difference shows. */
const shownCharactersMax = 2_000;

/** A run of a tool on one substrate, with operations of the check's own. */
export type RunnerOn = (
  substrate: 'wasm' | 'container',
  target: ResolvedTool,
  operations: (real: Operations) => Operations,
) => Promise<ToolRunner>;

/** What a check runs on. */
export interface DivergenceSetting {
  readonly registry: Pick<Registry, 'resolveTool'>;
  readonly runnerOn: RunnerOn;
  readonly placementOf: (target: ResolvedTool) => Placement;
  /** Holds what a call of the tool holds. */
  readonly hold: (callId: string, target: ResolvedTool, signal: AbortSignal | undefined) => Promise<Disposable>;
  /** 32 bytes. */
  readonly random: () => Uint8Array;
  /** Unique in this host. */
  readonly callId: () => string;
}

/** See above. */
export class DivergenceCheck {
  readonly #setting: DivergenceSetting;

  constructor(setting: DivergenceSetting) {
    this.#setting = setting;
  }

  /** @throws {CodedError} as `AriaApi.diverge`. */
  async compare(request: CallRequest, { signal }: RequestOptions): Promise<Divergence> {
    const { registry, placementOf, random, callId } = this.#setting;
    const target = registry.resolveTool(request.tool);
    const bundle = `${target.bundle}@${target.version}`;
    const { substrate } = placementOf(target);
    if (target.tool.engine === 'bun') throw runsOnOneOnly(target.name, substrate);
    const first = substrate === 'container' ? 'container' : 'wasm';
    const second = first === 'wasm' ? 'container' : 'wasm';
    const call: ToolCall = {
      id: callId(),
      tool: target.name,
      input: request.input,
      seed: request.seed ?? random(),
      ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
    };
    using _held = await this.#setting.hold(call.id, target, signal);
    const written = new WrittenOperations();
    const one = await this.#run(first, target, (real) => written.recording(real), { call, signal });
    const told = new ToldOperations(written.records);
    const other = await this.#run(second, target, () => told, { call: { ...call, id: `${call.id}-again` }, signal });
    const outcomes = first === 'wasm' ? { wasm: one, container: other } : { wasm: other, container: one };
    const differences = [...outcomeDifferences(outcomes).take(differencesMax), ...told.differences(second)];
    return {
      ...{ tool: target.name, bundle, same: differences.length === 0, effectsOn: first },
      differences: differences.slice(0, differencesMax),
      operations: written.records.map(({ operation }) => operation),
      outcome: { wasm: nameOf(outcomes.wasm), container: nameOf(outcomes.container) },
      wallMs: { wasm: outcomes.wasm.usage.wallMs, container: outcomes.container.usage.wallMs },
    };
  }

  async #run(
    substrate: 'wasm' | 'container',
    target: ResolvedTool,
    operations: (real: Operations) => Operations,
    { call, signal }: { readonly call: ToolCall; readonly signal: AbortSignal | undefined },
  ): Promise<CallOutcome> {
    await using runner = await this.#setting.runnerOn(substrate, target, operations);
    return await runner.run(call, signal);
  }
}

/** An operation with what it was told. */
interface WrittenOperation {
  readonly operation: OperationName;
  /** Of its arguments and their blobs. */
  readonly key: string;
  completion: Completion | undefined;
}

class WrittenOperations {
  readonly records: WrittenOperation[] = [];

  recording(real: Operations): Operations {
    return {
      run: (caller, operation, args, blobs, signal) => {
        const record: WrittenOperation = { operation, key: keyOf(operation, args, blobs), completion: undefined };
        this.records.push(record);
        const completion = real.run(caller, operation, args, blobs, signal);
        if (!(completion instanceof Promise)) return (record.completion = completion);
        return completion.then((settled) => (record.completion = settled));
      },
    };
  }
}

/** Answers operations from what another run was told. */
class ToldOperations implements Operations {
  readonly #left: WrittenOperation[];
  readonly #unknown: string[] = [];

  constructor(records: readonly WrittenOperation[]) {
    this.#left = [...records];
  }

  run(
    _caller: Caller,
    operation: OperationName,
    args: readonly unknown[],
    blobs: readonly Uint8Array[],
    // oxlint-disable-next-line max-params -- The order of parameters is the interface's.
    signal: AbortSignal,
  ): Promise<Completion> | Completion {
    const key = keyOf(operation, args, blobs);
    const index = this.#left.findIndex((one) => one.key === key);
    const [record] = index < 0 ? [] : this.#left.splice(index, 1);
    if (!record) {
      this.#unknown.push(operation);
      return { kind: 'failed', error: { tag: 'unavailable', val: 'the other substrate did not run this operation' } };
    }
    // One that the other run gave up was never told anything; here it waits to be given up, too.
    return (
      record.completion ??
      new Promise((resolve) => {
        const given = (): void => resolve({ kind: 'failed', error: { tag: 'unavailable', val: 'given up' } });
        if (signal.aborted) given();
        signal.addEventListener('abort', given, { once: true });
      })
    );
  }

  /** What one run did and the other did not. `here`: where this one ran. */
  differences(here: 'wasm' | 'container'): readonly DivergentPlace[] {
    const there = here === 'wasm' ? 'container' : 'wasm';
    const place = (on: 'wasm' | 'container', operation: string): DivergentPlace => ({
      what: 'operations',
      at: '',
      wasm: on === 'wasm' ? JSON.stringify(operation) : undefined,
      container: on === 'container' ? JSON.stringify(operation) : undefined,
    });
    return [
      ...this.#unknown.map((operation) => place(here, operation)),
      ...this.#left.map(({ operation }) => place(there, operation)),
    ];
  }
}

function keyOf(operation: string, args: readonly unknown[], blobs: readonly Uint8Array[]): string {
  const hashes = blobs.map((blob) => hashBytes(blob));
  return `${operation} ${JSON.stringify(args)} ${hashes.join(' ')}`;
}

interface Outcomes {
  readonly wasm: CallOutcome;
  readonly container: CallOutcome;
}

/** One after the other: outputs that differ throughout have millions. */
function* outcomeDifferences({ wasm, container }: Outcomes): Generator<DivergentPlace, undefined> {
  const logs = (outcome: CallOutcome): unknown =>
    outcome.logs.map(({ level, message, fields }) => ({ level, message, fields }));
  if (wasm.kind !== container.kind)
    yield {
      what: 'outcome',
      at: '',
      wasm: JSON.stringify(nameOf(wasm)),
      container: JSON.stringify(nameOf(container)),
    };
  else if (wasm.kind === 'done' && container.kind === 'done')
    yield* valueDifferences('output', encodeValue(wasm.output, textForm), encodeValue(container.output, textForm));
  else if (wasm.kind === 'failed' && container.kind === 'failed')
    yield* valueDifferences('error', wasm.error, container.error);
  yield* valueDifferences('logs', logs(wasm), logs(container));
}

function nameOf(outcome: CallOutcome): string {
  return outcome.kind === 'done' ? 'done' : outcome.error.code;
}

/** Where two JSON values differ, the deepest places. */
function* valueDifferences(
  what: DivergentPlace['what'],
  wasm: unknown,
  container: unknown,
  at = '',
): Generator<DivergentPlace, undefined> {
  if (isObject(wasm) && isObject(container) && Array.isArray(wasm) === Array.isArray(container)) {
    const keys = new Set([...Object.keys(wasm), ...Object.keys(container)]);
    for (const key of keys)
      yield* valueDifferences(what, ownOf(wasm, key), ownOf(container, key), `${at}${pointerPart(key)}`);
  } else if (!Object.is(wasm, container)) yield { what, at, wasm: shown(wasm), container: shown(container) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function ownOf(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function shown(value: unknown): string | undefined {
  const text: string | undefined = JSON.stringify(value);
  return text !== undefined && text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}
