/** quickjs-emscripten: QuickJS as one WebAssembly module, driven from JavaScript. */
import { readFile } from 'node:fs/promises';
import { loadPeer, peerFile } from '../peers.ts';
import type { Peer } from './peer.ts';

interface Handle {
  dispose(): void;
}

interface Context extends Handle {
  readonly runtime: { setMemoryLimit(bytes: number): void; executePendingJobs(): unknown };
  readonly global: Handle;
  readonly undefined: Handle;
  evalCode(code: string): unknown;
  unwrapResult(result: unknown): Handle;
  getProp(of: Handle, name: string): Handle;
  newString(text: string): Handle;
  callFunction(of: Handle, receiver: Handle, ...args: readonly Handle[]): unknown;
  getPromiseState(promise: Handle): { readonly type: string; readonly value?: Handle };
  getString(of: Handle): string;
}

interface QuickJs {
  newContext(): Context;
}

interface QuickJsPackage {
  readonly RELEASE_SYNC: object;
  newVariant(base: object, options: { readonly wasmModule: WebAssembly.Module }): object;
  newQuickJSWASMModuleFromVariant(variant: object): Promise<QuickJs>;
}

const memoryBytesMax = 64 * 1024 * 1024;

function open(quickJs: QuickJs, script: string): Context {
  const context = quickJs.newContext();
  context.runtime.setMemoryLimit(memoryBytesMax);
  context.unwrapResult(context.evalCode(script)).dispose();
  return context;
}

/** The script's promises are settled by the pending jobs alone: nothing in it waits for the host. */
function call(context: Context, input: string): string {
  const [entry, text] = [context.getProp(context.global, 'call'), context.newString(input)];
  const promise = context.unwrapResult(context.callFunction(entry, context.undefined, text));
  context.runtime.executePendingJobs();
  const { type, value } = context.getPromiseState(promise);
  if (type !== 'fulfilled' || !value) throw new Error(`Cannot measure: the promise is ${type}`);
  const output = context.getString(value);
  for (const handle of [value, promise, text, entry]) handle.dispose();
  return output;
}

/**
 * One WebAssembly instance serves all contexts (`instance`: `shared`), so they share a linear memory; or each call gets one of its own (`fresh`)
 * of the module that was compiled once.
 */
export async function openQuickJsEmscripten(script: string, instance: 'shared' | 'fresh'): Promise<Peer> {
  const { RELEASE_SYNC, newVariant, newQuickJSWASMModuleFromVariant } = (await loadPeer(
    'quickjs-emscripten',
  )) as QuickJsPackage;
  const bytes = await readFile(peerFile('@jitl/quickjs-wasmfile-release-sync/wasm'));
  const variant = newVariant(RELEASE_SYNC, { wasmModule: await WebAssembly.compile(Uint8Array.from(bytes)) });
  const once = (from: QuickJs, input: string): string => {
    const context = open(from, script);
    const output = call(context, input);
    context.dispose();
    return output;
  };
  if (instance === 'fresh')
    return { fresh: async (input) => once(await newQuickJSWASMModuleFromVariant(variant), input) };
  const quickJs = await newQuickJSWASMModuleFromVariant(variant);
  const living = open(quickJs, script);
  return {
    fresh: (input) => once(quickJs, input),
    steady: (input) => call(living, input),
    dispose: () => living.dispose(),
  };
}
