/**
 * Calls a tool in the guest engine and plays its host: operations are answered by a function, timers by a clock that jumps, so
 * that nothing waits for real.
 */
import { importsOf, loadTemplate, rebuild } from '#guest-engine';
import { createV8Engine } from '#host';
import type {
  Completion,
  Engine,
  EngineCall,
  LoadedComponent,
  LogLine,
  ReadyOperation,
  StartedOperation,
  Turn,
  TurnOutcome,
} from '#wit/interfaces';

const memoryBytesMax = 64 * 1024 * 1024;
const limits = {
  memoryBytesMax,
  computeMsMax: 20_000,
  outputBytesMax: 8 * 1024 * 1024,
  logBytesMax: 256 * 1024,
  operationsOpenMax: 1_000,
};
const startedMs = Date.UTC(2026, 4, 17, 12);
/** A tool that evaluates the source that it is given, as the body of an async function with the SDK's exports and what it was given at hand. */
const evaluatorSource = `
const sdk = require('@aria/sdk');
const AsyncFunction = (async () => {}).constructor;
exports.tool = { blobs: BLOBS, timeoutMs: 10000, run: ({ source, value }) => new AsyncFunction('sdk', 'given', source)(sdk, value) };
`;

/** An operation as the host sees it: blobs are resolved. */
export interface SeenOperation {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly blobs: readonly Uint8Array[];
}

/** What a call came to. */
export interface GuestOutcome {
  readonly outcome: TurnOutcome;
  readonly blobs: readonly Uint8Array[];
  readonly logs: readonly LogLine[];
  /** Timers aside. */
  readonly operations: readonly SeenOperation[];
  readonly abandoned: number;
}

/** What a source gets, and who answers it. */
export interface EvaluateOptions {
  /** JSON with `{"$blob": n}`, as the ABI has it. */
  readonly value?: unknown;
  readonly blobs?: readonly Uint8Array[];
  readonly answer?: (operation: SeenOperation) => Completion | undefined;
}

/** Evaluates sources in fresh instances of one component. */
export interface Evaluator extends AsyncDisposable {
  evaluate(source: string, options?: EvaluateOptions): Promise<GuestOutcome>;
}

/** Makes an evaluator that holds tokens. */
export async function createEvaluator({
  tokens = [],
  bytes = false,
}: { readonly tokens?: readonly string[]; readonly bytes?: boolean } = {}): Promise<Evaluator> {
  const source = evaluatorSource.replace('BLOBS', String(bytes));
  const { component } = await rebuild({
    template: await loadTemplate(),
    source,
    name: 'evaluator',
    imports: importsOf(tokens),
    memoryBytesMax,
  });
  const engine = createV8Engine();
  return new GuestEvaluator(engine, await engine.load(await engine.compile(component)));
}

class GuestEvaluator implements Evaluator {
  readonly #engine: Engine;
  readonly #loaded: LoadedComponent;

  constructor(engine: Engine, loaded: LoadedComponent) {
    this.#engine = engine;
    this.#loaded = loaded;
  }

  async evaluate(source: string, options: EvaluateOptions = {}): Promise<GuestOutcome> {
    using call = this.#loaded.open(limits);
    return await runTurns(call, source, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loaded[Symbol.dispose]();
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** A timer of the guest: it is over at `atMs`. */
interface Timer {
  readonly id: number;
  readonly atMs: number;
}

async function runTurns(
  call: EngineCall,
  source: string,
  { value, blobs = [], answer }: EvaluateOptions,
): Promise<GuestOutcome> {
  const seen: SeenOperation[] = [];
  const logs: LogLine[] = [];
  let nowMs = startedMs;
  let timers: readonly Timer[] = [];
  let abandoned = 0;
  let turn: Turn = await call.begin({
    input: JSON.stringify({ source, value }),
    blobs,
    nowMs,
    seed: new Uint8Array(32).fill(7),
  });
  for (;;) {
    logs.push(...turn.logs);
    abandoned += turn.abandoned.length;
    if (turn.outcome.kind !== 'waiting') break;
    const started = turn.operations.filter(({ id }) => !turn.abandoned.includes(id));
    const ready = started.flatMap((operation) => answered(operation, turn.blobs, { seen, answer }));
    const sleeping = started
      .filter(({ name }) => name === 'timer.sleep')
      .map(({ id, args: [ms] }) => ({ id, atMs: nowMs + Math.max(1, Number(ms)) }));
    timers = [...timers, ...sleeping]
      .filter(({ id }) => !turn.abandoned.includes(id))
      .toSorted((a, b) => a.atMs - b.atMs || a.id - b.id);
    if (ready.length === 0) {
      const [next, ...later] = timers;
      if (!next) break;
      timers = later;
      nowMs = next.atMs;
      ready.push({ id: next.id, completion: { kind: 'ok', value: undefined } });
    }
    turn = await call.resume(ready, nowMs);
  }
  return { outcome: turn.outcome, blobs: turn.blobs, logs, operations: seen, abandoned };
}

function answered(
  { id, name, args }: StartedOperation,
  blobs: readonly Uint8Array[],
  { seen, answer }: { readonly seen: SeenOperation[]; readonly answer: EvaluateOptions['answer'] },
): ReadyOperation[] {
  if (name === 'timer.sleep') return [];
  const operation = { name, args, blobs };
  seen.push(operation);
  const completion = answer?.(operation);
  return completion === undefined ? [] : [{ id, completion }];
}

/** The output of a call that is done. @throws {Error} where it is not. */
export function outputOf({ outcome }: GuestOutcome): unknown {
  if (outcome.kind === 'done') return JSON.parse(outcome.output);
  throw new Error(`The call ended as ${JSON.stringify(outcome)}`);
}
