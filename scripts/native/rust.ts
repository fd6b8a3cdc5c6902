/** The Rust toolchain of this machine, and one lock for all that use the shared target directories. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

/** A compiler of Rust. */
export interface Rust {
  /** All of `rustc -vV`: version, commit, host triple, LLVM. */
  readonly version: string;
  /** Triple of the machine, which is what is built for. */
  readonly target: string;
}

/** What environment variables say to rustc: it is part of what is built. */
export function rustFlags(): readonly string[] {
  return ['RUSTFLAGS', 'CARGO_ENCODED_RUSTFLAGS'].map((name) => process.env[name] ?? '');
}

/** What a program prints, or nothing where it is absent or fails. */
function printed(command: string, args: readonly string[], directory?: string): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: directory });
  } catch {
    return undefined;
  }
}

/** The compiler that this crate would get, or what is missing. A component is one of cargo's own commands beside `build`. */
export function findRust(crate: string, components: readonly string[] = []): Rust | { readonly missing: string } {
  const version = printed('rustc', ['-vV'], crate);
  if (version === undefined) return { missing: 'rustc' };
  for (const name of ['', ...components]) {
    const command = ['cargo', ...(name === '' ? [] : [name])];
    if (printed('cargo', [...command.slice(1), '--version'], crate) === undefined)
      return { missing: command.join(' ') };
  }
  return { version: version.trim(), target: /^host: (.+)$/m.exec(version)?.[1] ?? 'unknown' };
}

/** How a run of cargo ended. */
export interface CargoRun {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs cargo in the crate; what it tells its user goes where ours goes. */
export function cargo(crate: string, args: readonly string[]): CargoRun {
  // A target of the environment would put the libraries elsewhere and make others than those that are looked for.
  const { CARGO_BUILD_TARGET: _, ...env } = process.env;
  const { status, stdout, error } = spawnSync('cargo', args, {
    cwd: crate,
    env: { ...env, CARGO_TERM_COLOR: 'never' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error) throw new Error(`Cannot run cargo: ${error.message}`, { cause: error });
  return { code: status, stdout };
}

/** Why the crates that the lock file names are not here and cannot be fetched; nothing where they are here. */
export function cratesMissing(crate: string): string | undefined {
  if (printed('cargo', ['fetch', '--locked', '--offline'], crate) !== undefined) return undefined;
  const { status, stderr } = spawnSync('cargo', ['fetch', '--locked'], { cwd: crate, encoding: 'utf8' });
  if (status === 0) return undefined;
  // A lock file that does not fit is a fault of the checkout, and none of the network.
  if (/--locked/.test(stderr)) throw new Error(`Cannot build the native engine: ${stderr.trim()}`);
  return `the crate registry (${stderr.trim().split('\n').at(-1)?.trim() ?? ''})`;
}

/** Waits this long for another build, in milliseconds: a cold one of both libraries takes 5 minutes on two cores. */
const lockWaitMs = 30 * 60_000;

/**
 * Holds the target directories until it is disposed of. Two checkouts that build at the same time put their library at the same path, and
 * one would take the other's. A lock of SQLite's, because the system lets it go with the process, however that ends.
 */
export function lockTargets(cache: string): Disposable {
  mkdirSync(cache, { recursive: true });
  const database = new DatabaseSync(join(cache, 'lock.sqlite'), { timeout: lockWaitMs });
  database.exec('BEGIN EXCLUSIVE');
  return { [Symbol.dispose]: () => database.close() };
}
