/**
 * The yardstick of the engines: our component as jco transpiles it, instantiated synchronously on the main thread, without worker and
 * without limits. Imports record, as our engines' do, so that the same calls run on it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { type OperationName, operationNames } from '#wit/host-types';
import type { EngineCall, GuestError, LoadedComponent, ReadyOperation, StartedOperation, Turn } from '#wit/interfaces';

const toolInstance = 'aria:host/tool@0.1.0';

interface RawTurn {
  readonly outcome:
    | { readonly tag: 'done'; readonly val: string }
    | { readonly tag: 'failed'; readonly val: GuestError }
    | { readonly tag: 'waiting' };
  readonly blobs: readonly Uint8Array[];
}

interface RawTool {
  begin(call: { input: string; blobs: readonly Uint8Array[]; nowMs: number; seed: Uint8Array }): RawTurn;
  resume(ready: Int32Array, blobs: readonly Uint8Array[], nowMs: number): RawTurn;
}

type Instantiate = (
  coreModule: (path: string) => WebAssembly.Module,
  imports: Readonly<Record<string, object>>,
  instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
) => Readonly<Record<string, RawTool>>;

/** A function of an imported instance, in jco's spelling. */
interface HostFunction {
  readonly instance: string;
  readonly key: string;
  /** The operation that it starts, or whose completion it takes; absent for those that answer at once. */
  readonly starts?: OperationName;
  readonly completes: boolean;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The functions of the instances that a component imports. */
function hostFunctions(imports: readonly string[]): readonly HostFunction[] {
  return imports.flatMap((instance) => {
    const name = /^aria:host\/([^@]*)/.exec(instance)?.[1] ?? '';
    const operations = operationNames.filter((operation) => operation.startsWith(`${name}.`));
    const plain = ['write', 'clear', 'abort'].map((key) => ({ instance, key, completes: false }));
    return [
      ...plain,
      ...operations.flatMap((starts) => {
        const key = starts.slice(name.length + 1);
        return [
          { instance, key: camelCase(key), starts, completes: false },
          { instance, key: camelCase(`complete-${key}`), completes: true },
        ];
      }),
    ];
  });
}

/** One call on its own instance. */
class JcoCall implements EngineCall {
  readonly #tool: RawTool;
  readonly #ready = new Map<number, unknown>();
  #started: StartedOperation[] = [];
  #ids = 0;

  constructor(
    instantiate: Instantiate,
    modules: ReadonlyMap<string, WebAssembly.Module>,
    functions: readonly HostFunction[],
  ) {
    const imports: Record<string, Record<string, unknown>> = {};
    for (const found of functions) (imports[found.instance] ??= {})[found.key] = this.#import(found);
    const coreModule = (path: string): WebAssembly.Module => {
      const module = modules.get(path);
      if (!module) throw new Error(`Cannot instantiate: there is no core module "${path}"`);
      return module;
    };
    const exports = instantiate(coreModule, imports, (module, from) => new WebAssembly.Instance(module, from));
    const tool = exports[toolInstance];
    if (!tool) throw new Error('Cannot instantiate: the component does not export the tool');
    this.#tool = tool;
  }

  #import({ starts, completes }: HostFunction): unknown {
    if (starts !== undefined)
      return (...args: readonly unknown[]): number => {
        this.#ids += 1;
        this.#started.push({ id: this.#ids, name: starts, args });
        return this.#ids;
      };
    return completes ? (id: number): unknown => this.#ready.get(id) : () => undefined;
  }

  begin(call: Parameters<EngineCall['begin']>[0]): Turn {
    return this.#turn(this.#tool.begin(call));
  }

  resume(ready: readonly ReadyOperation[], nowMs: number): Turn {
    for (const { id, completion } of ready)
      this.#ready.set(id, completion.kind === 'ok' ? completion.value : undefined);
    return this.#turn(
      this.#tool.resume(
        Int32Array.from(ready, ({ id }) => id),
        [],
        nowMs,
      ),
    );
  }

  #turn({ outcome, blobs }: RawTurn): Turn {
    const operations = this.#started;
    this.#started = [];
    const rest = { blobs, operations, abandoned: [], logs: [], logBytesDropped: 0, computeMs: 0, memoryBytes: 0 };
    if (outcome.tag === 'done') return { outcome: { kind: 'done', output: outcome.val }, ...rest };
    if (outcome.tag === 'failed') return { outcome: { kind: 'failed', error: outcome.val }, ...rest };
    return { outcome: { kind: 'waiting' }, ...rest };
  }

  [Symbol.dispose](): void {
    this.#ready.clear();
  }
}

/** Transpiles and compiles a component. */
export async function openJco(component: Uint8Array): Promise<LoadedComponent> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-jco-'));
  try {
    const { files, imports } = await transpile(component, { name: 'tool', instantiation: 'sync', quiet: true });
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    const text = files['tool.js'];
    if (!text) throw new Error('Cannot open the component: jco wrote no "tool.js"');
    await writeFile(join(directory, 'tool.js'), text);
    const { instantiate } = (await import(pathToFileURL(join(directory, 'tool.js')).href)) as {
      instantiate: Instantiate;
    };
    const modules = new Map(
      Object.entries(files)
        .filter(([name]) => name.endsWith('.wasm'))
        .map(([name, bytes]) => [name, new WebAssembly.Module(Uint8Array.from(bytes))]),
    );
    const functions = hostFunctions(imports);
    return { imports, open: () => new JcoCall(instantiate, modules, functions), [Symbol.dispose]: () => undefined };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
