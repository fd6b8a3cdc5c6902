import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { blake3 } from '@noble/hashes/blake3.js';
import { assert, asyncProperty, constantFrom, integer, nat, tuple } from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArtifactKey } from '../../host/engine/wasmtime/artifact-key.ts';
import {
  type Artifact,
  type ArtifactEvent,
  ArtifactStore,
  type ArtifactStoreOptions,
  type CodeIdentity,
} from '../../host/engine/wasmtime/artifact-store.ts';

const identity: CodeIdentity = {
  wasmtime: '48.0.8',
  target: 'x86_64-linux',
  cpuFeatures: 'avx,avx2',
  settings: { memoryReservationBytes: 4_294_967_296, memoryGuardBytes: 33_554_432, fuel: false },
};
const tool: Artifact = { kind: 'tool', contentHash: 'a'.repeat(64), engineHash: 'e'.repeat(64) };
const code = Buffer.from('compiled code of a tool');
const asRoot = process.getuid?.() === 0;

let directory = '';
let events: ArtifactEvent[] = [];

/** As the native library does it. */
function authenticate(path: string, name: string, key: Uint8Array): Uint8Array {
  return blake3(Buffer.concat([Buffer.from(`${name.length}:${name}`), readFileSync(path)]), { key });
}

function openStore(options: Partial<ArtifactStoreOptions> = {}): ArtifactStore {
  const all = { directory: join(directory, 'compiled'), key: new Uint8Array(32).fill(7), identity, authenticate };
  return new ArtifactStore({ ...all, onEvent: (event) => events.push(event), ...options });
}

/** What the store has of it, read as a load would. */
async function contentOf(store: ArtifactStore, artifact: Artifact = tool): Promise<string | undefined> {
  using found = await store.find(artifact);
  return found && readFileSync(found.path, 'utf8');
}

async function keep(store: ArtifactStore, artifact: Artifact = tool, bytes: Uint8Array = code): Promise<string> {
  using added = await store.add(artifact, bytes);
  return added ? readFileSync(added.path, 'utf8') : '';
}

/** Directories of artifacts. */
function artifacts(): string[] {
  return readdirSync(join(directory, 'compiled')).filter((name) => !name.startsWith('.'));
}

/** Path of the only artifact. */
function onlyArtifact(): string {
  const [name, ...others] = artifacts();
  expect(others).toEqual([]);
  return join(directory, 'compiled', name ?? '');
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-artifacts-'));
  events = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('code that was added is found, also by another process, readable by its owner alone', async () => {
  expect(await contentOf(openStore())).toBeUndefined();
  expect(await keep(openStore())).toBe(code.toString());
  expect(await contentOf(openStore())).toBe(code.toString());
  const modes = ['', 'code', 'mac'].map((name) => statSync(join(onlyArtifact(), name)).mode & 0o777);
  expect([statSync(join(directory, 'compiled')).mode & 0o777, ...modes]).toEqual([0o700, 0o700, 0o600, 0o600]);
  expect(events).toEqual([]);
});

test.each<[string, Artifact, Partial<ArtifactStoreOptions>]>([
  ['another component', { ...tool, contentHash: 'b'.repeat(64) }, {}],
  ['another engine template', { ...tool, engineHash: 'f'.repeat(64) }, {}],
  ['another kind', { ...tool, kind: 'whole' }, {}],
  ['another version of wasmtime', tool, { identity: { ...identity, wasmtime: '48.0.9' } }],
  ['another target', tool, { identity: { ...identity, target: 'aarch64-linux' } }],
  ['another processor', tool, { identity: { ...identity, cpuFeatures: 'avx' } }],
  ['other settings', tool, { identity: { ...identity, settings: { ...identity.settings, fuel: true } } }],
])('code is not found for %s', async (_, artifact, options) => {
  await keep(openStore());
  expect(await contentOf(openStore(options), artifact)).toBeUndefined();
  expect(await contentOf(openStore())).toBe(code.toString());
});

test.each<[string, (path: string) => void]>([
  ['truncated code', (path) => truncateSync(join(path, 'code'), 5)],
  ['code with one bit changed', (path) => writeFileSync(join(path, 'code'), Buffer.from('compiled code of a tooL'))],
  ['a truncated authentication code', (path) => truncateSync(join(path, 'mac'), 31)],
  ['a longer authentication code', (path) => writeFileSync(join(path, 'mac'), Buffer.alloc(33))],
  ['no authentication code', (path) => rmSync(join(path, 'mac'))],
  ['no code', (path) => rmSync(join(path, 'code'))],
  ['a directory as its code', (path) => (rmSync(join(path, 'code')), mkdirSync(join(path, 'code')))],
  ['a pipe as its code', (path) => (rmSync(join(path, 'code')), spawnSync('mkfifo', [join(path, 'code')]))],
  ['code that others may write', (path) => chmodSync(join(path, 'code'), 0o666)],
  ['a file in its place', (path) => (rmSync(path, { recursive: true }), writeFileSync(path, code))],
  [
    'a link as its code',
    (path) => (renameSync(join(path, 'code'), `${path}-x`), symlinkSync(`${path}-x`, join(path, 'code'))),
  ],
  ['a link in its place', (path) => (renameSync(path, `${path}-x`), symlinkSync(`${path}-x`, path))],
])('%s is removed, and made anew', async (_, harm) => {
  await keep(openStore());
  const path = onlyArtifact();
  harm(path);
  expect(await contentOf(openStore())).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  expect(events).toMatchObject([{ kind: 'removed' }]);
  expect(await keep(openStore())).toBe(code.toString());
  expect(await contentOf(openStore())).toBe(code.toString());
});

test('a link is removed and not what it leads to', async () => {
  await keep(openStore());
  const path = onlyArtifact();
  renameSync(path, join(directory, 'elsewhere'));
  symlinkSync(join(directory, 'elsewhere'), path);
  expect(await contentOf(openStore())).toBeUndefined();
  expect(readdirSync(join(directory, 'elsewhere')).sort()).toEqual(['code', 'mac']);
});

test.skipIf(asRoot)('code that cannot be read is removed, and made anew', async () => {
  await keep(openStore());
  chmodSync(join(onlyArtifact(), 'code'), 0);
  expect(await contentOf(openStore())).toBeUndefined();
  expect(artifacts()).toEqual([]);
});

test('authentic code under the name of another artifact is refused', async () => {
  const other: Artifact = { ...tool, contentHash: 'b'.repeat(64) };
  await keep(openStore());
  const path = onlyArtifact();
  await keep(openStore(), other, Buffer.from('other'));
  const otherPath = join(directory, 'compiled', artifacts().find((name) => !path.endsWith(name)) ?? '');
  rmSync(path, { recursive: true });
  renameSync(otherPath, path);
  expect(await contentOf(openStore())).toBeUndefined();
});

test('code that another key vouches for is refused', async () => {
  await keep(openStore({ key: new Uint8Array(32).fill(8) }));
  expect(await contentOf(openStore())).toBeUndefined();
});

test('any change of any byte of code and authentication code is refused', async () => {
  await keep(openStore());
  const whole = ['code', 'mac'].map((name) => readFileSync(join(onlyArtifact(), name)));
  const where = tuple(constantFrom(0, 1), nat(), integer({ min: 1, max: 255 }));
  await assert(
    asyncProperty(where, async ([part, at, change]) => {
      await keep(openStore());
      const bytes = Buffer.from(whole[part] ?? []);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ change;
      writeFileSync(join(onlyArtifact(), part === 0 ? 'code' : 'mac'), bytes);
      expect(await contentOf(openStore())).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test.runIf(existsSync('/proc/self/fd'))(
  'what is loaded is what was authenticated, whatever is put in its place meanwhile',
  async () => {
    const store = openStore();
    await keep(store);
    using found = await store.find(tool);
    rmSync(onlyArtifact(), { recursive: true });
    await keep(store, tool, Buffer.from('something else'));
    expect(readFileSync(found?.path ?? '', 'utf8')).toBe(code.toString());
  },
);

test('code that is there stays: a second addition opens the first, and nothing is written over', async () => {
  await keep(openStore());
  const { ino } = statSync(join(onlyArtifact(), 'code'));
  expect(await keep(openStore(), tool, Buffer.from('made again, differently'))).toBe(code.toString());
  expect(statSync(join(onlyArtifact(), 'code')).ino).toBe(ino);
});

test('an addition takes the place of what is wrong', async () => {
  await keep(openStore());
  writeFileSync(join(onlyArtifact(), 'code'), 'wrong');
  expect(await keep(openStore())).toBe(code.toString());
  expect(await contentOf(openStore())).toBe(code.toString());
});

test('discarded code is not found again', async () => {
  const store = openStore();
  await keep(store);
  await store.discard(tool, 'wasmtime refuses it');
  expect(await contentOf(store)).toBeUndefined();
  expect(events).toMatchObject([{ kind: 'removed', reason: 'wasmtime refuses it' }]);
});

test.each<[string, () => Partial<ArtifactStoreOptions>]>([
  ['takes no directories', () => ({ directory: '/proc/none/compiled' })],
  ['is a file', () => (writeFileSync(join(directory, 'file'), ''), { directory: join(directory, 'file') })],
  [
    'others may write',
    () => {
      mkdirSync(join(directory, 'open'));
      chmodSync(join(directory, 'open'), 0o777);
      return { directory: join(directory, 'open') };
    },
  ],
  [
    'is a link',
    () => {
      mkdirSync(join(directory, 'real'), { mode: 0o700 });
      symlinkSync(join(directory, 'real'), join(directory, 'linked'));
      return { directory: join(directory, 'linked') };
    },
  ],
  ['may hold less than the code', () => ({ directoryBytesMax: code.length - 1 })],
])('where the directory %s, code is a private copy that leaves nothing behind', async (_, options) => {
  const temporaryDirectory = join(directory, 'temporary');
  mkdirSync(temporaryDirectory);
  const store = openStore({ ...options(), temporaryDirectory });
  expect(await keep(store)).toBe(code.toString());
  expect(events).toMatchObject([{ kind: 'not-kept' }]);
  expect(await contentOf(store)).toBeUndefined();
  expect(readdirSync(temporaryDirectory)).toEqual([]);
});

test('where no private copy can be made either there is nothing, and no error', async () => {
  const store = openStore({ directory: '/proc/none', temporaryDirectory: '/proc' });
  expect(await store.add(tool, code)).toBeUndefined();
});

/** Artifacts of ten bytes, each added a day after the one before. */
async function fill(store: ArtifactStore, count: number, clock: { ms: number }): Promise<Artifact[]> {
  const added: Artifact[] = [];
  for (let index = 0; index < count; index += 1) {
    clock.ms += 86_400_000;
    added.push({ ...tool, contentHash: String(index).padStart(64, '0') });
    await keep(store, added.at(-1), Buffer.alloc(10, index));
  }
  return added;
}

test('the directory holds its maximum, and what was not used for longest goes first', async () => {
  const clock = { ms: 1_700_000_000_000 };
  const store = openStore({ directoryBytesMax: 50, nowMs: () => clock.ms });
  const five = await fill(store, 5, clock);
  expect(artifacts()).toHaveLength(5);
  clock.ms += 86_400_000;
  expect(await contentOf(store, five[0])).toBeDefined();
  clock.ms += 86_400_000;
  await keep(store, { ...tool, contentHash: 'f'.repeat(64) }, Buffer.alloc(10));
  const there = await Promise.all(five.map(async (artifact) => (await contentOf(store, artifact)) !== undefined));
  expect(there).toEqual([true, false, true, true, true]);
});

test('what other processes added counts, too', async () => {
  const clock = { ms: 1_700_000_000_000 };
  const mine = openStore({ directoryBytesMax: 50, nowMs: () => clock.ms });
  await keep(mine, { ...tool, kind: 'whole' }, Buffer.alloc(10));
  await fill(openStore({ directoryBytesMax: 500, nowMs: () => clock.ms }), 9, clock);
  for (let index = 0; index < 70; index += 1) await keep(mine, { ...tool, contentHash: `x${index}` }, Buffer.alloc(1));
  const bytes = artifacts().map((name) => statSync(join(directory, 'compiled', name, 'code')).size);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(50);
});

test('what a killed process left is removed after an hour, and files of others never', async () => {
  const compiled = join(directory, 'compiled');
  mkdirSync(compiled, { mode: 0o700 });
  for (const name of ['.new-old', '.new-young', '.old-old']) mkdirSync(join(compiled, name));
  for (const name of ['key', 'notes.txt']) writeFileSync(join(compiled, name), '');
  for (const name of ['.new-old', '.old-old', 'key']) utimesSync(join(compiled, name), 0, 0);
  await keep(openStore());
  expect(
    readdirSync(compiled)
      .filter((name) => name.length < 20)
      .sort(),
  ).toEqual(['.new-young', 'key', 'notes.txt']);
});

test.runIf(existsSync('/proc/self/fd'))(
  'stores of one directory that add, find and remove at the same time give right code or none',
  async () => {
    const stores = Array.from({ length: 4 }, () => openStore({ directoryBytesMax: 60 }));
    const named = (index: number): Artifact => ({ ...tool, contentHash: `${index % 5}` });
    const wrong: string[] = [];
    const check = (index: number, content: string | undefined): void => {
      if (content !== undefined && content !== `code ${index % 5}`.padEnd(20)) wrong.push(content);
    };
    const jobs = Array.from({ length: 200 }, async (_, index) => {
      const store = stores[index % 4] ?? openStore();
      if (index % 3 === 0) check(index, await contentOf(store, named(index)));
      else check(index, await keep(store, named(index), Buffer.from(`code ${index % 5}`.padEnd(20))));
      if (index % 17 === 0) await store.discard(named(index), 'for this test');
    });
    await Promise.all(jobs);
    expect(wrong).toEqual([]);
    expect(readdirSync(join(directory, 'compiled')).filter((name) => name.startsWith('.'))).toEqual([]);
  },
);

test('a key is made once, of 32 bytes, for its owner alone, and all who ask at once get the same', async () => {
  const file = join(directory, 'home/compiled/key');
  const keys = await Promise.all(Array.from({ length: 8 }, () => openArtifactKey(file)));
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(keys[0]).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory, 'home/compiled'))).toEqual(['key']);
  expect(await openArtifactKey(file)).toEqual(keys[0]);
});

test.each<[string, RegExp, (file: string) => void]>([
  ['that its group may read', /its mode is 640/, (file) => chmodSync(file, 0o640)],
  ['of 31 bytes', /it has 31 bytes/, (file) => truncateSync(file, 31)],
  ['of 33 bytes', /it has 33 bytes/, (file) => writeFileSync(file, Buffer.alloc(33))],
  ['that is a directory', /no file/, (file) => (rmSync(file), mkdirSync(file))],
  ['that is a link', /ELOOP/, (file) => (renameSync(file, `${file}-x`), symlinkSync(`${file}-x`, file))],
])('a key %s is refused', async (_, state, harm) => {
  const file = join(directory, 'key');
  await openArtifactKey(file);
  harm(file);
  const refused = { code: 'UNAVAILABLE', message: expect.stringMatching(state) };
  await expect(openArtifactKey(file)).rejects.toMatchObject(refused);
});
