/** Compiles the engine's core module. The result is kept outside the checkout, by the hash of everything that goes in. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashBytes } from '#wit/bundle';
import { concat } from '../component/core-module.ts';
import { bindingsText } from './bindings.ts';
import type { Toolchain } from './toolchain.ts';

const native = fileURLToPath(new URL('../native', import.meta.url));
/** Own sources, then QuickJS-ng's; `quickjs-access.c` includes quickjs.c. */
const ownSources = [
  'engine.c',
  'heap.c',
  'native.c',
  'readings.c',
  'values.c',
  'random.c',
  'wasi.c',
  'quickjs-access.c',
];
const quickjsSources = ['libregexp.c', 'libunicode.c', 'dtoa.c'];

/** -O2: as fast as -O3 in every measurement, and a fifth smaller. */
export const compileFlags = [
  '--target=wasm32-wasi',
  '-O2',
  '-DNDEBUG',
  '-D_GNU_SOURCE',
  '-funsigned-char',
  '-fno-ident',
  '-mbulk-memory',
  '-mnontrapping-fptoint',
  '-msign-ext',
];
const warningFlags = ['-Wall', '-Wextra', '-Werror', '-Wno-pointer-to-int-cast', '-Wno-int-to-pointer-cast'];
/** The stack first, so that running over its end traps instead of writing into data. */
export const linkFlags = [
  '--target=wasm32-wasi',
  '-nostdlib',
  '-Wl,--no-entry',
  '-Wl,--stack-first',
  '-Wl,-z,stack-size=524288',
  '-Wl,--strip-all',
  '-Wl,--export=__wasm_call_ctors',
];

/**
 * What is changed in quickjs.c, each text as often as it stands there. Objects of the snapshot are never freed, so their reference counts need not be kept, and the pages they
 * lie in stay as they are; new small blocks come from small arenas, since the first ones of thirty sizes would each begin a page. `quickjs-access.c` has both.
 */
const quickjsChanges: readonly (readonly [text: string, change: string, times?: number])[] = [
  [
    '#define JS_REF_COUNT(p) (js_rc(p)->ref_count)',
    '#define JS_REF_COUNT(p) (*reference_count(js_rc(p), &js_rc(p)->ref_count))',
  ],
  [
    'n_blocks = (JS_ARENA_SIZE - sizeof(JSArena)) / block_size;',
    'n_blocks = arena_blocks(block_size_idx, (JS_ARENA_SIZE - sizeof(JSArena)) / block_size);',
  ],
  // What is resized is nobody else's; the count of one that belonged to the snapshot is not its own.
  ['JS_REF_COUNT(sh) = JS_REF_COUNT(old_sh);', 'JS_REF_COUNT(sh) = 1;', 2],
];

function changedQuickjs(source: string): string {
  return quickjsChanges.reduce((text, [from, to, times = 1]) => {
    const parts = text.split(from);
    if (parts.length !== times + 1)
      throw new Error(`Cannot change quickjs.c: it has "${from}" ${parts.length - 1} times`);
    return parts.join(to);
  }, source);
}

function run(command: string, args: readonly string[], directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`Cannot compile the guest engine: ${command} ended with ${code}`)),
    );
  });
}

function inputsHash(toolchain: Toolchain, bindings: string): string {
  const files = [
    ...readdirSync(native)
      .sort()
      .map((name) => join(native, name)),
    ...quickjsSources.map((name) => join(toolchain.quickjs, name)),
    join(toolchain.quickjs, 'quickjs.c'),
  ];
  const settings = JSON.stringify([toolchain.clangVersion, compileFlags, linkFlags, quickjsChanges, bindings]);
  return hashBytes(concat([new TextEncoder().encode(settings), ...files.map((file) => readFileSync(file))]));
}

/** The core module; from `keepDirectory` where it was made before. */
export async function compileEngine(toolchain: Toolchain, keepDirectory: string): Promise<Uint8Array> {
  const bindings = bindingsText();
  const kept = join(keepDirectory, `${inputsHash(toolchain, bindings)}.wasm`);
  if (existsSync(kept)) return readFileSync(kept);
  const work = mkdtempSync(join(tmpdir(), 'aria-engine-'));
  try {
    writeFileSync(join(work, 'bindings.h'), bindings);
    writeFileSync(join(work, 'quickjs.c'), changedQuickjs(readFileSync(join(toolchain.quickjs, 'quickjs.c'), 'utf8')));
    const compile = (source: string, directory: string, flags: readonly string[]): Promise<void> =>
      run(
        toolchain.clang,
        [
          ...compileFlags,
          ...flags,
          '-isystem',
          toolchain.include,
          '-I.',
          '-isystem',
          toolchain.quickjs,
          `-ffile-prefix-map=${directory}=.`,
          '-c',
          join(directory, source),
          '-o',
          `${source}.o`,
        ],
        work,
      );
    const quickjs = compile('quickjs-access.c', native, ['-w']);
    for (const source of quickjsSources) await compile(source, toolchain.quickjs, ['-w']);
    for (const source of ownSources.slice(0, -1)) await compile(source, native, warningFlags);
    await quickjs;
    const objects = [...ownSources, ...quickjsSources].map((source) => `${source}.o`);
    await run(
      toolchain.clang,
      [...linkFlags, `-L${toolchain.libraries}`, ...objects, '-lc', '-lm', toolchain.builtins, '-o', 'engine.wasm'],
      work,
    );
    mkdirSync(keepDirectory, { recursive: true });
    const engine = readFileSync(join(work, 'engine.wasm'));
    writeFileSync(`${kept}.${process.pid}`, engine);
    renameSync(`${kept}.${process.pid}`, kept);
    return engine;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
