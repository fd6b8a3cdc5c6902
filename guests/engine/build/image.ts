/** Makes the template's memory: the engine with prelude and SDK evaluated. Pure: the same engine and sources give the same bytes. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { pageBytes, readSections, sectionIds, writeSections } from '../component/core-module.ts';
import { preludeAliases } from '../prelude/aliases.ts';
import type { LoadFailure } from '../errors.ts';
import { buildInstance, compileScript, readBuilt, writeBytes } from '../build-instance.ts';

const entry = fileURLToPath(new URL('../template/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The template's script, `(function (native) { … })`. */
export async function templateScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    alias: preludeAliases,
    write: false,
    format: 'iife',
    globalName: 'template',
    target: 'es2023',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import', 'default'],
    // Smaller memory and fewer pages to touch; names stay, since authors see them in stacks.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: false,
    legalComments: 'none',
    charset: 'ascii',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const text = outputFiles[0]?.text ?? '';
  return `(function (native) {${text}\nreturn template.main(native);\n})`;
}

/** The memory after the script has run. @throws {Error} with the script's own error. */
export function makeImage(engine: Uint8Array, script: string): Uint8Array {
  const module = new WebAssembly.Module(
    writeSections(readSections(engine).filter(({ id }) => id !== sectionIds.custom)) as Uint8Array<ArrayBuffer>,
  );
  const compiler = buildInstance(module);
  compiler.__wasm_call_ctors();
  const compiled = compileScript(compiler, script, 'template.js');
  if (compiled === undefined || 'failure' in compiled) throw templateFailed(compiled?.failure);
  const exports = buildInstance(module);
  exports.__wasm_call_ctors();
  const built = readBuilt(exports.memory, exports.setup(writeBytes(exports, compiled.bytes), compiled.bytes.length));
  if (built && 'failure' in built) throw templateFailed(built.failure);
  const memory = new Uint8Array(exports.memory.buffer);
  if (memory.length % pageBytes !== 0)
    throw new Error('Cannot make the template: its memory is no whole number of pages');
  return memory.slice();
}

function templateFailed(failure: LoadFailure | undefined): Error {
  return new Error(`Cannot make the template: ${failure?.message}\n${failure?.stack ?? ''}`);
}
