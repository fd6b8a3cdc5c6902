/** The yardstick: the same tool through componentize-qjs and jco, as their documentation does it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { componentize } from 'componentize-qjs';
import { build } from 'esbuild';

const samples = join(import.meta.dirname, '../samples/componentize');

/** A tool of the yardstick in a fresh instance. */
export interface YardstickInstance {
  run(input: string): string;
}

/** The yardstick's tool, transpiled and with its modules compiled. */
export interface Yardstick {
  /** Directory of the transpiled files: `tool.js` and the core modules. */
  readonly directory: string;
  readonly instantiate: () => YardstickInstance;
  /** Removes the directory. */
  readonly dispose: () => Promise<void>;
}

interface TranspiledModule {
  instantiate(
    coreModule: (path: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): YardstickInstance;
}

/** JavaScript of the tool, bundled as `jco componentize` wants it. */
export async function yardstickSource(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(samples, 'tool.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2023',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** What `jco componentize --engine qjs` and `jco transpile` do: from the source to files that a program imports. */
export async function buildYardstick(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { component } = await componentize({
    witPath: join(samples, 'tool.wit'),
    jsSource: await yardstickSource(),
    world: 'tool',
    sync: true,
    stubWasi: true,
  });
  const { files } = await transpile(component, { name: 'tool', instantiation: 'sync', quiet: true });
  return new Map(Object.entries(files).filter(([name]) => !name.includes('/')));
}

/** Builds the yardstick, writes it to a new directory in `parent` and loads it. */
export async function openYardstick(parent: string = tmpdir()): Promise<Yardstick> {
  const directory = await mkdtemp(join(parent, 'aria-yardstick-'));
  const files = await buildYardstick();
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes);
  const { instantiate } = (await import(pathToFileURL(join(directory, 'tool.js')).href)) as TranspiledModule;
  const modules = new Map(
    [...files]
      .filter(([name]) => name.endsWith('.wasm'))
      .map(([name, bytes]) => [name, new WebAssembly.Module(Uint8Array.from(bytes))]),
  );
  const coreModule = (path: string): WebAssembly.Module => {
    const found = modules.get(path);
    if (!found) throw new Error(`Cannot instantiate: there is no core module "${path}"`);
    return found;
  };
  return {
    directory,
    instantiate: () => instantiate(coreModule, {}, (module, imports) => new WebAssembly.Instance(module, imports)),
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}
