/**
 * Builds the crate of the native engine twice, as `engine.node` and as `compiler.node`. What was built is kept outside the checkout by the
 * hash of everything that goes in, so that fresh clones and later runs only copy.
 */
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { hashBytes } from '#wit/bundle';
import { type Rust, cargo, cratesMissing, findRust, lockTargets, rustFlags } from './rust.ts';

/** Raised when this file changes what it makes of the same inputs. */
const buildFormat = 1;
/** Results that are kept, 16 MB each: branches and their last states, not a history. */
const keptMax = 8;

/** The libraries that come of the crate. */
export const libraries = ['engine', 'compiler'] as const;
/** One of them. */
export type Library = (typeof libraries)[number];

/** Where things are. */
export interface NativePlaces {
  readonly crate: string;
  /** Kept results and target directories. */
  readonly cache: string;
  /** Where the host looks for the libraries. */
  readonly out: string;
}

/** What lies beside the libraries. */
export interface NativeRecord {
  /** Hash of all that went in. */
  readonly inputs: string;
  /** Hash of what came from the checkout. */
  readonly sources: string;
  readonly rustc: string;
  readonly target: string;
  readonly libraries: Readonly<Record<Library, { readonly hash: string; readonly bytes: number }>>;
}

/** How a build went. */
export type NativeBuild =
  | { readonly kind: 'there' | 'copied' | 'built'; readonly record: NativeRecord }
  | { readonly kind: 'skipped'; readonly missing: string };

/**
 * What each library is made with. The one that runs code is optimised as a whole, as the crate says; with Cranelift in it that would take
 * two minutes after each change of a line, for a library that works at install.
 */
const libraryArguments: Readonly<Record<Library, readonly string[]>> = {
  engine: [],
  compiler: [
    '--features',
    'compiler',
    '--config',
    'profile.release.lto=false',
    '--config',
    'profile.release.codegen-units=16',
  ],
};

/** Arguments by which cargo makes a library; each has a target directory of its own, since features decide how all crates are built. */
export function cargoArguments(library: Library, { cache }: Pick<NativePlaces, 'cache'>): readonly string[] {
  return ['--release', '--locked', '--target-dir', join(cache, `target-${library}`), ...libraryArguments[library]];
}

/** Hash of the files of the crate that decide what is built. */
export function sourcesHash(crate: string): string {
  const patterns = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'rust-toolchain.toml', '.cargo/config.toml', 'src/**/*'];
  const files = globSync(patterns, { cwd: crate })
    .filter((path) => statSync(join(crate, path)).isFile())
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
  return hashBytes(
    Buffer.from(JSON.stringify(files.map((path) => [path, hashBytes(readFileSync(join(crate, path)))]))),
  );
}

/** Hash of all that decides what is built. */
export function inputsHash(sources: string, rust: Rust): string {
  return hashBytes(
    Buffer.from(JSON.stringify([buildFormat, libraryArguments, sources, rust.version, rust.target, rustFlags()])),
  );
}

/** Makes `out` hold the libraries of these sources, with as little work as possible. */
export function buildNative(places: NativePlaces): NativeBuild {
  const { crate, cache, out } = places;
  const sources = sourcesHash(crate);
  const rust = findRust(crate);
  if ('missing' in rust) return skipped(places, sources, rust.missing);
  const inputs = inputsHash(sources, rust);
  const there = intactRecord(out);
  if (there?.inputs === inputs) return { kind: 'there', record: there };
  const kept = join(cache, inputs);
  if (!intactRecord(kept)) {
    const missing = linkerMissing() ?? cratesMissing(crate);
    if (missing !== undefined) return skipped(places, sources, missing);
  }
  using _lock = lockTargets(cache);
  const found = intactRecord(kept);
  if (!found) build(places, { inputs, sources, rust });
  const record = intactRecord(kept);
  if (record?.inputs !== inputs) throw new Error(`Cannot build the native engine: "${kept}" does not hold it`);
  utimesSync(join(kept, 'record.json'), new Date(), new Date());
  copyLibraries(kept, out);
  prune(cache);
  return { kind: found ? 'copied' : 'built', record };
}

/** Libraries of other sources do not stay: the host would load them and find other functions. */
function skipped({ out }: NativePlaces, sources: string, missing: string): NativeBuild {
  const record = readRecord(out);
  if (record && record.sources !== sources) rmSync(out, { recursive: true, force: true });
  return { kind: 'skipped', missing };
}

function linkerMissing(): string | undefined {
  const names = process.platform === 'win32' ? ['link.exe'] : ['cc'];
  const directories = (process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':');
  const found = names.some((name) => directories.some((directory) => existsSync(join(directory, name))));
  return found ? undefined : 'a linker (cc)';
}

interface Inputs {
  readonly inputs: string;
  readonly sources: string;
  readonly rust: Rust;
}

/** Builds into a directory of its own in the cache and puts it in its place when it is whole. */
function build(places: NativePlaces, { inputs, sources, rust }: Inputs): void {
  const kept = join(places.cache, inputs);
  const aside = `${kept}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    const facts = libraries.map((library) => {
      const bytes = readFileSync(buildLibrary(library, places));
      writeFileSync(join(aside, `${library}.node`), bytes, { mode: 0o755 });
      return [library, { hash: hashBytes(bytes), bytes: bytes.length }] as const;
    });
    if (sourcesHash(places.crate) !== sources)
      throw new Error('Cannot build the native engine: its sources changed while they were compiled');
    const record = {
      inputs,
      sources,
      rustc: rust.version.split('\n', 1)[0] ?? '',
      target: rust.target,
      libraries: Object.fromEntries(facts),
    };
    writeFileSync(join(aside, 'record.json'), `${JSON.stringify(record, undefined, 2)}\n`);
    rmSync(kept, { recursive: true, force: true });
    renameSync(aside, kept);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Path of the library that cargo made. */
function buildLibrary(library: Library, places: NativePlaces): string {
  const args = [...cargoArguments(library, places), '--message-format', 'json-render-diagnostics'];
  const { code, stdout } = cargo(places.crate, ['build', ...args]);
  if (code !== 0) throw new Error(`Cannot build the native ${library}: cargo ended with ${code}`);
  const path = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CargoMessage)
    .filter(({ reason, target }) => reason === 'compiler-artifact' && target?.kind.includes('cdylib'))
    .flatMap(({ filenames }) => filenames ?? [])
    .findLast((name) => /\.(so|dylib|dll)$/.test(name));
  if (path === undefined) throw new Error(`Cannot build the native ${library}: cargo made no dynamic library`);
  return path;
}

/** The part of cargo's messages that is read here. */
interface CargoMessage {
  readonly reason: string;
  readonly target?: { readonly kind: readonly string[] };
  readonly filenames?: readonly string[];
}

/** The record of a directory whose libraries have the sizes that it says. */
export function intactRecord(directory: string): NativeRecord | undefined {
  const record = readRecord(directory);
  const whole = libraries.every((library) => {
    const file = statSync(join(directory, `${library}.node`), { throwIfNoEntry: false });
    return file?.size !== undefined && file.size === record?.libraries[library]?.bytes;
  });
  return whole ? record : undefined;
}

function readRecord(directory: string): NativeRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'record.json'), 'utf8')) as NativeRecord;
  } catch {
    return undefined;
  }
}

/** A library may be mapped by a running process: each gets a new file, and the record comes last. */
function copyLibraries(from: string, out: string): void {
  mkdirSync(out, { recursive: true });
  rmSync(join(out, 'record.json'), { force: true });
  for (const name of [...libraries.map((library) => `${library}.node`), 'record.json']) {
    const aside = join(out, `${name}.${process.pid}`);
    copyFileSync(join(from, name), aside);
    renameSync(aside, join(out, name));
  }
}

function prune(cache: string): void {
  const lastUseMs = (name: string): number =>
    statSync(join(cache, name, 'record.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const results = readdirSync(cache)
    .filter((name) => /^[0-9a-f]{64}(\.\d+)?$/.test(name))
    .map((name) => ({ name, usedMs: lastUseMs(name) }))
    .sort((a, b) => b.usedMs - a.usedMs);
  for (const { name } of results.slice(keptMax)) rmSync(join(cache, name), { recursive: true, force: true });
}
