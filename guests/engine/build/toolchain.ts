/** What compiling the engine needs: clang and lld for WebAssembly, wasi-libc, and cargo for QuickJS-ng's sources. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the parts are. */
export interface Toolchain {
  readonly clang: string;
  readonly clangVersion: string;
  /** Headers and libraries of wasi-libc. */
  readonly include: string;
  readonly libraries: string;
  /** clang's own runtime. */
  readonly builtins: string;
  /** The folder with quickjs.c. */
  readonly quickjs: string;
}

/** The version that the repository's engine was made with: another one makes other bytes. */
export const clangMajor = 14;

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

function succeeds(command: string, args: readonly string[]): string | undefined {
  try {
    return run(command, args);
  } catch {
    return undefined;
  }
}

function quickjsSources(): string | undefined {
  const manifest = fileURLToPath(new URL('quickjs/Cargo.toml', import.meta.url));
  const text = succeeds('cargo', ['metadata', '--locked', '--format-version', '1', '--manifest-path', manifest]);
  if (text === undefined) return undefined;
  const { packages } = JSON.parse(text) as { packages: { name: string; manifest_path: string }[] };
  const found = packages.find(({ name }) => name === 'rquickjs-sys');
  return found && join(dirname(found.manifest_path), 'quickjs');
}

/** The toolchain, or what is missing. */
export function findToolchain(): Toolchain | { readonly missing: string } {
  const clang = [`clang-${clangMajor}`, 'clang'].find((name) =>
    succeeds(name, ['--version'])?.includes(`version ${clangMajor}.`),
  );
  if (!clang) return { missing: `clang ${clangMajor}` };
  if (!succeeds(`wasm-ld-${clangMajor}`, ['--version'])) return { missing: `lld ${clangMajor}` };
  const include = '/usr/include/wasm32-wasi';
  const libraries = '/usr/lib/wasm32-wasi';
  if (!existsSync(include) || !existsSync(libraries)) return { missing: 'wasi-libc' };
  const builtins = join(
    run(clang, ['--target=wasm32-wasi', '-print-resource-dir']).trim(),
    'lib/wasi/libclang_rt.builtins-wasm32.a',
  );
  if (!existsSync(builtins)) return { missing: `libclang-rt-${clangMajor}-dev-wasm32` };
  const quickjs = quickjsSources();
  if (quickjs === undefined) return { missing: "cargo, or the crate registry, for QuickJS-ng's sources" };
  return { clang, clangVersion: run(clang, ['--version']).split('\n')[0] ?? '', include, libraries, builtins, quickjs };
}
