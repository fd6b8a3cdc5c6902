/** What the benchmarks of calls share: the sample project as a bundle, a host that has loaded it, the engine under it, an input. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuiltBundle, createBuilder } from '#compiler';
import { type Host, createHost, createV8Engine } from '#host';
import type { CallOutcome, CallStart, Engine, EngineCall, LoadedComponent, ToolRunner, Turn } from '#wit/interfaces';

/** The project that is built: three tools in one class. */
export const projectDirectory = join(import.meta.dirname, 'samples/three-tools');

/** The input of every call: 216 characters, so that the sandbox and not the work is what is measured. */
export const sampleText = 'The quick brown fox jumps over the lazy dog, and the dog does not mind. '.repeat(3);

/** Builds a sample project in a cache of its own, which is removed again. */
export async function buildSample(directory: string = projectDirectory): Promise<BuiltBundle> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-bench-'));
  try {
    await using builder = createBuilder({ directory, cacheDirectory });
    const outcome = await builder.build();
    if (outcome.kind === 'refused') throw new Error(`Cannot build the sample: ${JSON.stringify(outcome.diagnostics)}`);
    return outcome.bundle;
  } finally {
    await rm(cacheDirectory, { recursive: true, force: true });
  }
}

/** A component of the sample. */
export function componentOf({ components }: BuiltBundle, tool: string): Uint8Array {
  const found = components.get(tool);
  if (!found) throw new Error(`Cannot measure: the sample has no tool "${tool}"`);
  return found.component;
}

/** A host with the sample loaded. Its owner disposes of it. */
export async function openSample(bundle: BuiltBundle): Promise<{ readonly host: Host; readonly runner: ToolRunner }> {
  const host = createHost();
  const components = new Map([...bundle.components].map(([name, { component }]) => [name, component]));
  return { host, runner: await host.load(bundle, { components }) };
}

/** Runs a call that has to succeed. */
export async function callTool(runner: ToolRunner, tool: string, input: unknown): Promise<CallOutcome> {
  const outcome = await runner.run({ id: 'bench', tool, input });
  if (outcome.kind === 'failed')
    throw new Error(`Cannot measure: "${tool}" failed with ${JSON.stringify(outcome.error)}`);
  return outcome;
}

/** One component in an engine of its own. */
export async function openComponent(
  component: Uint8Array,
): Promise<{ readonly engine: Engine; readonly loaded: LoadedComponent }> {
  const engine = createV8Engine();
  return { engine, loaded: await engine.load(await engine.compile(component)) };
}

/** What `begin` takes for this input. */
export function callStart(input: unknown): CallStart {
  return { input: JSON.stringify(input), blobs: [], nowMs: Date.now(), seed: new Uint8Array(32) };
}

/** Lets the timers that a turn has started be over. */
export async function resumeTimers(call: EngineCall, { operations }: Turn): Promise<Turn> {
  return call.resume(
    operations.map(({ id }) => ({ id, completion: { kind: 'ok', value: undefined } })),
    Date.now(),
  );
}
