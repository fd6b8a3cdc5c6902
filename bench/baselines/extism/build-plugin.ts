/** Makes the plugin: compiles QuickJS-ng and `plugin.c` with the guest engine's toolchain, loads a script, and keeps the memory. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { compileFlags, linkFlags } from '../../../guests/engine/build/compile.ts';
import { findToolchain } from '../../../guests/engine/build/toolchain.ts';
import { readSections, sectionIds, withMemory, writeSections } from '../../../guests/engine/component/core-module.ts';
import { LeftOut } from '../../harness.ts';

const root = join(import.meta.dirname, '../../..');
const source = join(import.meta.dirname, 'plugin.c');
const native = join(root, 'guests/engine/native');
const memoryBytesMax = 64 * 1024 * 1024;

interface PluginExports {
  readonly memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  room(length: number): number;
  load(script: number, length: number): number;
}

function compile(): Uint8Array {
  const toolchain = findToolchain();
  if ('missing' in toolchain)
    throw new LeftOut(`the plugin is compiled where the guest engine can be: ${toolchain.missing} is missing`);
  const sources = [
    source,
    join(native, 'wasi.c'),
    ...['quickjs.c', 'libregexp.c', 'libunicode.c', 'dtoa.c'].map((name) => join(toolchain.quickjs, name)),
  ];
  const hash = createHash('sha256').update(JSON.stringify([toolchain.clangVersion, compileFlags, linkFlags]));
  for (const file of [...sources, join(native, 'engine.h')]) hash.update(readFileSync(file));
  const kept = join(homedir(), '.cache/aria/bench');
  const file = join(kept, `extism-plugin-${hash.digest('hex')}.wasm`);
  if (existsSync(file)) return readFileSync(file);
  mkdirSync(kept, { recursive: true });
  const work = mkdtempSync(join(kept, 'work-'));
  try {
    const output = join(work, 'plugin.wasm');
    const paths = [
      '-isystem',
      toolchain.include,
      '-isystem',
      toolchain.quickjs,
      `-I${native}`,
      `-L${toolchain.libraries}`,
    ];
    const libraries = ['-lc', '-lm', toolchain.builtins];
    // clang runs a "wasm-opt" that it finds, and npm puts one of another package on the path.
    const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
    const env = { ...process.env, PATH: path.join(delimiter) };
    // As the guest engine is compiled, so that the two differ in nothing but the host's side.
    const flags = [...compileFlags, ...linkFlags, '-w'];
    execFileSync(toolchain.clang, [...flags, ...paths, ...sources, ...libraries, '-o', output], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    const bytes = readFileSync(output);
    // Renamed, so that a run beside this one reads a whole file.
    renameSync(output, file);
    return bytes;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The plugin with the script loaded. @throws {LeftOut} where there is no toolchain. */
export function buildPlugin(script: string): Uint8Array {
  const sections = readSections(compile()).filter(({ id }) => id !== sectionIds.custom);
  const module = new WebAssembly.Module(Uint8Array.from(writeSections(sections)));
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = () => {
      throw new Error('Cannot call the host while the plugin is built');
    };
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as PluginExports;
  exports.__wasm_call_ctors();
  const text = new TextEncoder().encode(script);
  const at = exports.room(text.length);
  new Uint8Array(exports.memory.buffer).set(text, at);
  if (exports.load(at, text.length) !== 0) throw new Error('Cannot build the plugin: the script was not loaded');
  return writeSections(withMemory(sections, new Uint8Array(exports.memory.buffer).slice(), memoryBytesMax));
}
