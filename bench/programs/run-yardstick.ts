/** Loads the transpiled yardstick of a directory and calls it once: `run-yardstick.ts DIRECTORY INPUT`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [directory = '', input = ''] = process.argv.slice(2);
const { instantiate } = (await import(pathToFileURL(join(directory, 'tool.js')).href)) as {
  instantiate(
    coreModule: (path: string) => WebAssembly.Module,
    imports: object,
    instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
  ): { run(input: string): string };
};
const tool = instantiate(
  (path) => new WebAssembly.Module(readFileSync(join(directory, path))),
  {},
  (module, imports) => new WebAssembly.Instance(module, imports),
);
console.log(tool.run(input));
