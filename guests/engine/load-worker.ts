/** The worker that runs the top level of tools, for `snapshot.ts`: it can be ended from outside if one does not end. */
import { parentPort } from 'node:worker_threads';
import { type BuildExports, buildInstance, compileScript, readBuilt, writeBytes } from './build-instance.ts';
import type { LoadFailure } from './errors.ts';
import { sourceScript } from './source-module.ts';
import { memoryOf, withoutVarying } from './varying.ts';

/** Load this source on this module. */
export interface LoadRequest {
  readonly module: WebAssembly.Module;
  /** Bit n grants interface n. */
  readonly interfaces: number;
  readonly source: string;
  readonly name: string;
}

/** Clock or randomness, read by a top level. */
export interface Reading {
  readonly varying: 'clock' | 'randomness';
  /** In positions of the bundled source; empty where the tool makes other stacks. */
  readonly stack: string;
}

/** The memory after it, or why there is none. */
export type LoadReply =
  | {
      readonly kind: 'loaded';
      readonly memory: Uint8Array;
      /** If there are any, the memory holds the tool not yet loaded: each call loads it. */
      readonly readings: readonly Reading[];
    }
  | { readonly kind: 'failed'; readonly failure: LoadFailure }
  | { readonly kind: 'trapped'; readonly cause: string };

function load({ module, interfaces, source, name }: LoadRequest): LoadReply {
  try {
    const compiled = compileScript(buildInstance(module), sourceScript(source), name);
    if (compiled === undefined || 'failure' in compiled)
      return {
        kind: 'failed',
        failure: compiled?.failure ?? { code: 'TOOL_FAILED', message: 'nothing was compiled', stack: null },
      };
    const { bytes } = compiled;
    const enter = (): BuildExports => {
      const exports = buildInstance(module);
      exports.grant(interfaces);
      return exports;
    };
    const exports = enter();
    const loaded = readBuilt(exports.memory, exports.load(writeBytes(exports, bytes), bytes.length));
    if (loaded && 'failure' in loaded) return { kind: 'failed', failure: loaded.failure };
    const memory = memoryOf(exports);
    const kept = exports.read_by_load() === 0 ? memory : withoutVarying(memory, bytes, enter);
    if (kept !== undefined) return { kind: 'loaded', memory: kept, readings: [] };
    return { kind: 'loaded', memory: deferredMemory(enter(), bytes), readings: findReadings(enter(), bytes) };
  } catch (thrown) {
    return { kind: 'trapped', cause: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** With the script in it, and nothing of it run: what it reads is another in each call. */
function deferredMemory(exports: BuildExports, bytecode: Uint8Array): Uint8Array {
  const kept = readBuilt(exports.memory, exports.defer(writeBytes(exports, bytecode), bytecode.length));
  if (kept && 'failure' in kept) throw new Error(kept.failure.message);
  return memoryOf(exports);
}

/** Loads a script once more to see where it reads. That it does is known, so where nothing can be seen there is one without a stack. */
function findReadings(exports: BuildExports, bytecode: Uint8Array): readonly Reading[] {
  exports.trace();
  exports.load(writeBytes(exports, bytecode), bytecode.length);
  const bits = exports.read_by_load();
  const traced = readBuilt(exports.memory, exports.traced());
  const found: unknown = traced && 'bytes' in traced ? JSON.parse(new TextDecoder().decode(traced.bytes)) : {};
  const readings = Object.entries(found as Readonly<Record<string, number>>);
  return (readings.length === 0 ? [['', bits] as const] : readings).map(([stack, bit]) => ({
    varying: (bit & clockBit) === 0 ? 'randomness' : 'clock',
    stack,
  }));
}

/** `CLOCK` of engine.h. */
const clockBit = 1;

parentPort?.on('message', (request: LoadRequest) => {
  const reply = load(request);
  parentPort?.postMessage(reply, reply.kind === 'loaded' ? [reply.memory.buffer as ArrayBuffer] : []);
});
