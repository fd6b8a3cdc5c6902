/** Runs the cases in the guest engine: one component, and for each case a call in a fresh instance of it. */
import { importsOf, loadTemplate, rebuild } from '#guest-engine';
import { createV8Engine } from '#host';
import type { EngineCall, LoadedComponent, Turn } from '#wit/interfaces';
import { type CaseResult, type LanguageCase, runCaseText } from './cases.ts';

const memoryBytesMax = 64 * 1024 * 1024;
const limits = {
  memoryBytesMax,
  computeMsMax: 20_000,
  outputBytesMax: 4 * 1024 * 1024,
  logBytesMax: 65_536,
  operationsOpenMax: 1_000,
};
const seed = new Uint8Array(32).fill(7);

/** A tool that evaluates the source that it is given. */
const evaluatorSource = `${runCaseText}
exports.tool = { blobs: false, run: (input) => runCase(input.source) };
`;

/** A timer of the guest: it is over at `atMs` of the case's own clock. */
interface Timer {
  readonly id: number;
  readonly atMs: number;
}

/** Runs every case; the results stand in the order of the cases. */
export async function runInGuest(cases: readonly LanguageCase[]): Promise<readonly CaseResult[]> {
  const template = await loadTemplate();
  const { component } = await rebuild({
    template,
    source: evaluatorSource,
    name: 'language',
    imports: importsOf([]),
    memoryBytesMax,
  });
  await using engine = createV8Engine();
  using loaded = await engine.load(await engine.compile(component));
  const results: CaseResult[] = [];
  for (const { source } of cases) results.push(await runCase(loaded, source));
  return results;
}

async function runCase(loaded: LoadedComponent, source: string): Promise<CaseResult> {
  using call = loaded.open(limits);
  const { outcome } = await runTurns(call, source);
  if (outcome.kind === 'done') return JSON.parse(outcome.output) as CaseResult;
  return { thrown: `the call ended as ${JSON.stringify(outcome)}` };
}

/** Plays the host: the only operations are timers, and they end by a clock of their own, so no case waits for real. */
async function runTurns(call: EngineCall, source: string): Promise<Turn> {
  let nowMs = Date.now();
  let timers: readonly Timer[] = [];
  let turn = await call.begin({ input: JSON.stringify({ source }), blobs: [], nowMs, seed });
  while (turn.outcome.kind === 'waiting') {
    const { operations, abandoned } = turn;
    const started = operations.map(({ id, args: [ms] }) => ({ id, atMs: nowMs + Math.max(1, Number(ms)) }));
    timers = [...timers, ...started]
      .filter(({ id }) => !abandoned.includes(id))
      .toSorted((a, b) => a.atMs - b.atMs || a.id - b.id);
    const [next, ...later] = timers;
    if (!next) return turn;
    timers = later;
    nowMs = next.atMs;
    turn = await call.resume([{ id: next.id, completion: { kind: 'ok', value: undefined } }], nowMs);
  }
  return turn;
}
