/**
 * The root file system of containers: Bun, the C library and what the caller adds, in a directory named by a hash over paths, modes and
 * contents. It is built beside its place and renamed, so that it is there whole or not at all, whoever else builds it at the same time.
 *
 * `<cache>/roots/<hash>/root` is the directory, `manifest.json` beside it says what must be in it.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { locateBun, locateLibraries } from './bun-binary.ts';
import { bytecodePlace, compileScript } from './compile-script.ts';
import { fileFailed, specInvalid } from './errors.ts';
import { rootFilesBytesMax } from './limits.ts';
import { makePassableSync } from './passable.ts';
import {
  type RootEntry,
  type RootManifest,
  type RootRecord,
  fileIdentity,
  hashOfFile,
  pruneRoots,
  verifyRoot,
} from './root-store.ts';

/** Mount points and the files that the C library looks up; nobody's secrets, so readable for all. */
const directoriesAlways = [
  '/aria',
  '/bin',
  '/dev',
  '/etc',
  '/proc',
  '/run',
  '/run/aria',
  '/tmp',
  '/tool',
  '/workspace',
];
const filesAlways: ReadonlyMap<string, string> = new Map([
  ['/etc/passwd', 'root:x:0:0::/:/none\ntool:x:1000:1000::/workspace:/none\nnobody:x:65534:65534::/:/none\n'],
  ['/etc/group', 'root:x:0:\ntool:x:1000:\nnogroup:x:65534:\n'],
  ['/etc/nsswitch.conf', 'hosts: files\n'],
  ['/etc/hosts', '127.0.0.1 localhost\n'],
  ['/etc/resolv.conf', ''],
]);
const modes = { directory: 0o755, program: 0o755, file: 0o644 } as const;

/** What goes into a root directory. */
export interface RootDirectoryOptions {
  /** On a disk that outlives the host. Every directory above it must let others pass (`o+x`) where the host runs as root. */
  readonly cacheDirectory: string;
  /** The binary that becomes `/bin/bun`; that of the npm package where absent. */
  readonly bun?: string;
  /** More files by their absolute paths inside, readable for all; they replace ours. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** More files of the kind: scripts for Bun, of one file each and in CommonJS, to which their bytecode is added. */
  readonly scripts?: ReadonlyMap<string, Uint8Array>;
  /** More directories, to mount something upon. */
  readonly directories?: readonly string[];
}

/** A root directory that is whole. */
export interface RootDirectory {
  /** For `ContainerSpec.rootDirectory`. */
  readonly path: string;
  readonly hash: string;
  /** Of the machine: the file that `/bin/bun` is. */
  readonly bun: string;
}

type Bytes = Extract<Source['content'], { readonly kind: 'bytes' }>;

interface Source {
  readonly mode: number;
  readonly hash: string;
  readonly content:
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'script'; readonly script: Uint8Array }
    | { readonly kind: 'bytecode' };
}

/**
 * The root directory of these contents: found and checked, or built. Removes those that nobody has used for longest.
 * @throws `CONTAINERS_UNAVAILABLE` if Bun or a library is missing, `CONTAINER_SPEC_INVALID`, `IO_FAILED`.
 */
export async function buildRootDirectory(options: RootDirectoryOptions): Promise<RootDirectory> {
  const roots = path.join(options.cacheDirectory, 'roots');
  try {
    makePassableSync(roots);
    const sources = await collectSources(options);
    const manifest = manifestOf(sources, options.directories ?? []);
    const home = path.join(roots, manifest.hash);
    if (!(await verifyRoot(home, manifest))) await install(roots, manifest, sources);
    const now = new Date();
    await fs.utimes(path.join(home, 'manifest.json'), now, now);
    await pruneRoots(roots, manifest.hash);
    const root = path.join(home, 'root');
    return { path: root, hash: manifest.hash, bun: path.join(root, 'bin', 'bun') };
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw fileFailed('build the root directory of containers in', roots, error);
    throw error;
  }
}

/** Reads what every start reads, so that the first container does not wait for the disk: 200 ms against 20. */
export async function warmRootDirectory({ bun }: RootDirectory, signal: AbortSignal): Promise<void> {
  await using file = await fs.open(bun);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let read = 1; read > 0 && !signal.aborted;) ({ bytesRead: read } = await file.read(buffer));
}

async function collectSources(options: RootDirectoryOptions): Promise<ReadonlyMap<string, Source>> {
  const bun = await fs.realpath(options.bun ?? locateBun());
  const sources = new Map<string, Source>();
  for (const [place, text] of filesAlways) sources.set(place, sourceOfBytes(Buffer.from(text)));
  for (const [place, file] of locateLibraries(bun))
    sources.set(place, { mode: modes.program, hash: await hashOfFile(file), content: { kind: 'file', file } });
  sources.set('/bin/bun', {
    mode: modes.program,
    hash: await hashOfBinary(bun, options.cacheDirectory),
    content: { kind: 'file', file: bun },
  });
  const [files, scripts] = [options.files ?? new Map<string, never>(), options.scripts ?? new Map<string, never>()];
  let bytes = 0;
  for (const content of [...files.values(), ...scripts.values()]) bytes += content.byteLength;
  if (bytes > rootFilesBytesMax)
    throw specInvalid('files', `are larger than ${rootFilesBytesMax} bytes`, 'Mount what is larger');
  for (const [place, content] of files) sources.set(checkedPlace(place), sourceOfBytes(content));
  for (const [place, script] of scripts) {
    const { mode, hash } = sourceOfBytes(script);
    sources.set(checkedPlace(place), { mode, hash, content: { kind: 'script', script } });
    sources.set(bytecodePlace(place), { mode, hash, content: { kind: 'bytecode' } });
  }
  return sources;
}

function sourceOfBytes(bytes: Uint8Array): Source {
  return {
    mode: modes.file,
    hash: createHash('sha256').update(bytes).digest('hex'),
    content: { kind: 'bytes', bytes },
  };
}

/** The binary has 100 MB: its hash is kept with what the file system says of the file, and made again when that changes. */
async function hashOfBinary(file: string, cacheDirectory: string): Promise<string> {
  const memo = path.join(cacheDirectory, 'binary.json');
  const identity = await fileIdentity(file);
  const known: unknown = await fs
    .readFile(memo, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (isMemo(known) && known.identity === identity) return known.hash;
  const hash = await hashOfFile(file);
  const temporary = `${memo}.${randomBytes(6).toString('hex')}`;
  await fs.writeFile(temporary, JSON.stringify({ identity, hash }));
  await fs.rename(temporary, memo);
  return hash;
}

function isMemo(value: unknown): value is { readonly identity: string; readonly hash: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'identity' in value &&
    'hash' in value &&
    typeof value.identity === 'string' &&
    typeof value.hash === 'string' &&
    /^[0-9a-f]{64}$/.test(value.hash)
  );
}

function manifestOf(sources: ReadonlyMap<string, Source>, directories: readonly string[]): RootManifest {
  const places = new Set<string>();
  for (const place of [...directoriesAlways, ...directories.map(checkedPlace)]) addWithParents(places, place);
  for (const place of sources.keys()) addWithParents(places, path.posix.dirname(place));
  const entries: RootEntry[] = [...places].map((place) => ({ path: place, mode: modes.directory, hash: undefined }));
  for (const [place, { mode, hash, content }] of sources) {
    if (places.has(place)) throw specInvalid(`files["${place}"]`, 'is a directory, too', 'Name another path');
    entries.push({ path: place, mode, hash, ...(isMade(content) && { isMade: true }) });
  }
  entries.sort((left, right) => (left.path < right.path ? -1 : 1));
  const lines = entries.map(({ path: place, mode, hash, isMade }) =>
    JSON.stringify([place, mode, hash ?? null, ...(isMade ? ['made'] : [])]),
  );
  return { hash: createHash('sha256').update(lines.join('\n')).digest('hex'), entries };
}

function addWithParents(places: Set<string>, place: string): void {
  for (let at = place; at !== '/'; at = path.posix.dirname(at)) places.add(at);
}

function checkedPlace(place: string): string {
  if (!place.startsWith('/') || place === '/' || path.posix.normalize(place) !== place || /[\0\n]|\/$/.test(place))
    throw specInvalid(
      `files["${place}"]`,
      'is no plain absolute path',
      'Write it without "..", "." and a slash at its end',
    );
  return place;
}

async function install(roots: string, manifest: RootManifest, sources: ReadonlyMap<string, Source>): Promise<void> {
  const building = path.join(roots, `.building-${randomBytes(8).toString('hex')}`);
  try {
    await write(building, manifest, sources);
    await place(building, path.join(roots, manifest.hash), manifest);
  } finally {
    await fs.rm(building, { recursive: true, force: true });
  }
}

async function write(building: string, manifest: RootManifest, sources: ReadonlyMap<string, Source>): Promise<void> {
  const root = path.join(building, 'root');
  await fs.mkdir(root, { recursive: true });
  const made = await makeScripts(path.join(building, 'scripts'), sources);
  for (const { path: inside, mode, hash } of manifest.entries) {
    const target = path.join(root, inside);
    const content = made.get(inside) ?? sources.get(inside)?.content;
    if (hash === undefined || !content) await fs.mkdir(target);
    else if (content.kind === 'bytes') await fs.writeFile(target, content.bytes);
    else if (content.kind !== 'file') assert.fail(`nothing was made of ${inside}`);
    else if (inside === '/bin/bun') await placeBinary(content.file, target);
    else await fs.copyFile(content.file, target);
    await fs.chmod(target, mode);
  }
  await fs.chmod(root, modes.directory);
  await fs.chmod(building, modes.directory);
  // Deepest first: what is made in a directory changes its time.
  for (const { path: inside } of manifest.entries.toReversed())
    if (inside !== '/bin/bun') await fs.utimes(path.join(root, inside), 0, 0);
  await fs.utimes(root, 0, 0);
  const record: RootRecord = {
    binary: await fileIdentity(path.join(root, 'bin', 'bun')),
    made: Object.fromEntries([...made].map(([inside, { bytes }]) => [inside, sourceOfBytes(bytes).hash])),
  };
  await fs.writeFile(path.join(building, 'manifest.json'), JSON.stringify({ ...manifest, ...record }));
}

/** What Bun makes of the scripts, by path. */
async function makeScripts(
  directory: string,
  sources: ReadonlyMap<string, Source>,
): Promise<ReadonlyMap<string, Bytes>> {
  const made = new Map<string, Bytes>();
  const bun = sources.get('/bin/bun')?.content;
  assert.ok(bun?.kind === 'file', 'a root directory has Bun');
  for (const [place, { content }] of sources) {
    if (content.kind !== 'script') continue;
    const { script, bytecode } = await compileScript(content.script, { bun: bun.file, directory });
    await fs.rm(directory, { recursive: true });
    made.set(place, { kind: 'bytes', bytes: script }).set(bytecodePlace(place), { kind: 'bytes', bytes: bytecode });
  }
  return made;
}

function isMade({ kind }: Source['content']): boolean {
  return kind === 'script' || kind === 'bytecode';
}

/** Without a copy where the disk can: shared blocks, else a second name of the same file, if that is of the right mode already. */
async function placeBinary(file: string, target: string): Promise<void> {
  try {
    await fs.copyFile(file, target, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    const { mode } = await fs.stat(file);
    const linked =
      (mode & 0o7777) === modes.program &&
      (await fs.link(file, target).then(
        () => true,
        () => false,
      ));
    if (linked) return;
    await fs.copyFile(file, target);
  }
  await fs.utimes(target, 0, 0);
}

/** One that failed its check goes first; one that another builder has put there in the meantime stays. */
async function place(building: string, home: string, manifest: RootManifest): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fs.rename(building, home);
    } catch (error) {
      if (await verifyRoot(home, manifest)) return;
      if (attempt >= 3) throw error;
      const old = path.join(path.dirname(home), `.old-${randomBytes(8).toString('hex')}`);
      await fs.rename(home, old).then(
        () => fs.rm(old, { recursive: true, force: true }),
        () => undefined,
      );
    }
  }
}
