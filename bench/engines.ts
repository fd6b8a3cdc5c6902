/** The ways to run a component that are measured: the native engine in its two forms, V8, and jco's own output. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createV8Engine } from '#host';
import type { LoadedComponent } from '#wit/interfaces';
import { openJco } from './baselines/jco.ts';
import { createNativeEngine, loadNative } from './native.ts';

/** A form of an engine, or of its compiled code. */
export type EngineForm = 'native, whole' | 'native, shared' | 'v8' | 'jco';

/** Every form, the fastest first. */
export const engineForms: readonly EngineForm[] = ['native, whole', 'native, shared', 'v8', 'jco'];

/** An engine that is open. Its owner disposes of it. */
export interface OpenEngine {
  /** Compiles a component and loads it. */
  readonly load: (component: Uint8Array) => Promise<LoadedComponent>;
  readonly dispose: () => Promise<void>;
}

/** An engine of this process. The native one takes much address space, so all benchmarks of a process share one for each form. */
const open = new Map<EngineForm, { readonly engine: Promise<OpenEngine>; holders: number }>();

/** Opens a form of the engine, or takes the one that is open. @throws {LeftOut} where it is not on this machine. */
export async function openEngine(form: EngineForm): Promise<OpenEngine> {
  let entry = open.get(form);
  if (!entry) {
    entry = { engine: makeEngine(form), holders: 0 };
    open.set(form, entry);
  }
  const held = entry;
  held.holders += 1;
  const dispose = async (): Promise<void> => {
    held.holders -= 1;
    if (held.holders > 0) return;
    open.delete(form);
    await (await held.engine).dispose();
  };
  try {
    return { load: (await held.engine).load, dispose };
  } catch (error) {
    open.delete(form);
    throw error;
  }
}

async function makeEngine(form: EngineForm): Promise<OpenEngine> {
  if (form === 'jco') return { load: openJco, dispose: () => Promise.resolve() };
  if (form === 'v8') return v8Engine();
  const kind = form === 'native, whole' ? 'whole' : 'shared';
  const directory = await mkdtemp(join(tmpdir(), 'aria-compiled-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const engine = createNativeEngine(kind, { profile: 'server', artifacts: { directory, key: randomBytes(32) } });
    return {
      load: (component) => loadNative(engine, kind, component),
      dispose: async () => {
        await engine[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function v8Engine(): OpenEngine {
  const engine = createV8Engine();
  return {
    load: async (component) => engine.load(await engine.compile(component)),
    dispose: async () => engine[Symbol.asyncDispose](),
  };
}
