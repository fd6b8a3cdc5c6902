/** The worker that runs the top level of tools, for `snapshot.ts`: it can be ended from outside if one does not end. */
import { parentPort } from 'node:worker_threads';
import type { LoadFailure } from './errors.ts';

/** Load this source on this module. */
export interface LoadRequest {
  readonly module: WebAssembly.Module;
  /** Bit n grants interface n. */
  readonly interfaces: number;
  readonly source: string;
  readonly name: string;
}

/** The memory after it, or why there is none. */
export type LoadReply =
  | { readonly kind: 'loaded'; readonly memory: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: LoadFailure }
  | { readonly kind: 'trapped'; readonly cause: string };

interface EngineExports {
  readonly memory: WebAssembly.Memory;
  cabi_realloc(memory: number, oldSize: number, align: number, size: number): number;
  grant(interfaces: number): void;
  load(source: number, length: number, name: number): number;
}

/** Imports that throw: the engine itself refuses host functions while it is built, so that none is ever reached. */
export function unreachableImports(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const found = (imports[from] ??= {});
    found[name] = () => {
      throw new Error(`Cannot call ${from} ${name} while a tool is built`);
    };
  }
  return imports;
}

/** Writes a NUL-terminated text into a guest's memory. */
export function writeText({ memory, cabi_realloc }: Pick<EngineExports, 'memory' | 'cabi_realloc'>, text: string): { at: number; length: number } {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const at = cabi_realloc(0, 0, 1, bytes.length) >>> 0;
  new Uint8Array(memory.buffer).set(bytes, at);
  return { at, length: bytes.length - 1 };
}

/** What a build function of the engine returned: nothing, or a description of what was thrown. */
export function readFailure(memory: WebAssembly.Memory, at: number): LoadFailure | undefined {
  if (at === 0) return undefined;
  const view = new DataView(memory.buffer);
  const text = new TextDecoder().decode(new Uint8Array(memory.buffer, view.getUint32(at, true), view.getUint32(at + 4, true)));
  try {
    return JSON.parse(text) as LoadFailure;
  } catch {
    return { code: 'TOOL_FAILED', message: text, stack: null };
  }
}

function load({ module, interfaces, source, name }: LoadRequest): LoadReply {
  try {
    const exports = new WebAssembly.Instance(module, unreachableImports(module)).exports as unknown as EngineExports;
    exports.grant(interfaces);
    // On one line with the source's first, so that lines are the author's bundle's own.
    const text = writeText(exports, `(function (require, module, exports) {${source}\n})`);
    const failure = readFailure(exports.memory, exports.load(text.at, text.length, writeText(exports, name).at));
    return failure ? { kind: 'failed', failure } : { kind: 'loaded', memory: new Uint8Array(exports.memory.buffer).slice() };
  } catch (thrown) {
    return { kind: 'trapped', cause: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

parentPort?.on('message', (request: LoadRequest) => {
  const reply = load(request);
  parentPort?.postMessage(reply, reply.kind === 'loaded' ? [reply.memory.buffer as ArrayBuffer] : []);
});
