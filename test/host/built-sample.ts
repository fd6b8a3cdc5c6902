/** Builds a project of `samples/` as arc does, and loads it on a host. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBuilder } from '#compiler';
import { createHost } from '#host';
import type { CallOutcome } from '#wit/interfaces';

/** A project that can be called. */
export interface BuiltSample extends AsyncDisposable {
  /** The text of a tool's bundle. */
  sourceOf(tool: string): string;
  call(tool: string, input: unknown): Promise<CallOutcome>;
  /** The output of a call. @throws {Error} where it fails. */
  output(tool: string, input: unknown): Promise<unknown>;
  /** The error of a call that fails. @throws {Error} where it does not. */
  failure(tool: string, input: unknown): Promise<Extract<CallOutcome, { kind: 'failed' }>>;
}

/** Builds and loads a sample. @throws {Error} with its diagnostics. */
export async function buildSample(name: string): Promise<BuiltSample> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-sample-'));
  const directory = join(import.meta.dirname, 'samples', name);
  await using builder = createBuilder({ directory, cacheDirectory });
  const outcome = await builder.build();
  if (outcome.kind === 'refused')
    throw new Error(`Cannot build "${name}": ${JSON.stringify(outcome.diagnostics, undefined, 2)}`);
  const { bundle } = outcome;
  const host = createHost({ cacheDirectory });
  const components = new Map(Array.from(bundle.components, ([tool, { component }]) => [tool, component]));
  const runner = await host.load(bundle, { components });
  let calls = 0;
  const call = (tool: string, input: unknown): Promise<CallOutcome> => {
    calls += 1;
    return runner.run({ id: `call-${calls}`, tool, input });
  };
  return {
    call,
    sourceOf: (tool) => new TextDecoder().decode(bundle.files.get(`source/${tool}.js`)),
    async output(tool, input) {
      const result = await call(tool, input);
      if (result.kind === 'done') return result.output;
      throw new Error(`The call failed: ${JSON.stringify(result.error)}\n${result.stack ?? ''}`);
    },
    async failure(tool, input) {
      const result = await call(tool, input);
      if (result.kind === 'failed') return result;
      throw new Error(`The call gave ${JSON.stringify(result.output)}`);
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
      await rm(cacheDirectory, { recursive: true, force: true });
    },
  };
}
