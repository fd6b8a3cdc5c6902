/**
 * The native engine, where it has been built. Imports nothing that the host does not import anyway, since programs that measure their own
 * start use it.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type WasmtimeEngine, type WasmtimeEngineOptions, createWasmtimeEngine, wasmtimeAvailable } from '#host';
import type { LoadedComponent } from '#wit/interfaces';
import { engineLimits } from './engine-limits.ts';
import { LeftOut } from './harness.ts';

/** Of the call that makes a tool hot. */
const warmUpComputeMsMax = 50;
const libraryFile = join(import.meta.dirname, '../host/native/out/engine.node');

/** A form of compiled code: the component as a whole, or the tool beside the engine that all tools share. */
export type NativeForm = 'whole' | 'shared';

/** What the benchmarks settle. */
export type NativeSettings = Pick<WasmtimeEngineOptions, 'profile' | 'artifacts'>;

/** @throws {LeftOut} where the native engine has not been built. */
export function requireNative(): void {
  if (!wasmtimeAvailable()) throw new LeftOut('the native engine has not been built here: npm run build:native');
}

/** Creates the engine; every tool that `loadNative` loads runs in this form. @throws {LeftOut} where it has not been built. */
export function createNativeEngine(form: NativeForm, settings: NativeSettings): WasmtimeEngine {
  requireNative();
  return createWasmtimeEngine({ ...settings, hotCalls: form === 'whole' ? 1 : 0 });
}

/** Loads a component. Where each tool is hot at once, one call makes it so: what comes back has been compiled as a whole. */
export async function loadNative(
  engine: WasmtimeEngine,
  form: NativeForm,
  component: Uint8Array,
): Promise<LoadedComponent> {
  const loaded = await engine.load(await engine.compile(component));
  if (form === 'shared') return loaded;
  // Whatever it comes to: the tool's input is not known here, and some never end.
  const call = loaded.open({ ...engineLimits, computeMsMax: warmUpComputeMsMax });
  await call.begin({ input: 'null', blobs: [], nowMs: 0, seed: new Uint8Array(32) });
  call[Symbol.dispose]();
  await engine.settled();
  return loaded;
}

/** Size of the library that the host loads. @throws {LeftOut} where it has not been built. */
export function libraryBytes(): number {
  requireNative();
  return statSync(libraryFile).size;
}
