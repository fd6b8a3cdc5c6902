/** The guest engine as it is instantiated to build a snapshot, and what goes in and out of its memory. */
import type { LoadFailure } from './errors.ts';

/** The engine's exports that build a snapshot: `guests/engine/native/engine.c`. */
export interface BuildExports {
  readonly memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  cabi_realloc(memory: number, oldSize: number, align: number, size: number): number;
  compile(source: number, length: number, name: number): number;
  setup(bytecode: number, length: number): number;
  grant(interfaces: number): void;
  load(bytecode: number, length: number): number;
  defer(bytecode: number, length: number): number;
  trace(): void;
  vary(nowMs: number, seedByte: number): void;
  clock_value(ms: number): bigint;
  keep_clock(address: number): number;
  read_by_load(): number;
  traced(): number;
}

/** Instantiates the engine, or the template, to build with it. */
export function buildInstance(module: WebAssembly.Module): BuildExports {
  return new WebAssembly.Instance(module, unreachableImports(module)).exports as unknown as BuildExports;
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

/** Copies bytes into a guest's memory, which then owns them. */
export function writeBytes({ memory, cabi_realloc }: BuildExports, bytes: Uint8Array): number {
  const at = cabi_realloc(0, 0, 1, bytes.length) >>> 0;
  new Uint8Array(memory.buffer).set(bytes, at);
  return at;
}

/** What a build function returned: nothing, bytes, or a description of what was thrown. */
export function readBuilt(
  memory: WebAssembly.Memory,
  at: number,
): { readonly bytes: Uint8Array } | { readonly failure: LoadFailure } | undefined {
  if (at === 0) return undefined;
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer, view.getUint32(at, true), view.getUint32(at + 4, true)).slice();
  if (view.getUint32(at + 8, true) === 0) return { bytes };
  return { failure: readDescription(new TextDecoder().decode(bytes)) };
}

/** The engine's JSON of what was thrown; a tool may have made anything of it, then the text itself stands. */
function readDescription(text: string): LoadFailure {
  const plain: LoadFailure = { code: 'TOOL_FAILED', message: text, stack: null };
  try {
    const described: unknown = JSON.parse(text);
    if (typeof described !== 'object' || described === null) return plain;
    const { code, message, stack = null } = described as Partial<Record<keyof LoadFailure, unknown>>;
    if (typeof code !== 'string' || typeof message !== 'string') return plain;
    return { code, message, stack: typeof stack === 'string' ? stack : null };
  } catch {
    return plain;
  }
}

/** Compiles a script to bytecode in an instance of its own. */
export function compileScript(exports: BuildExports, source: string, name: string): ReturnType<typeof readBuilt> {
  const utf8 = new TextEncoder();
  const text = utf8.encode(`${source}\0`);
  const at = writeBytes(exports, text);
  return readBuilt(exports.memory, exports.compile(at, text.length - 1, writeBytes(exports, utf8.encode(`${name}\0`))));
}
