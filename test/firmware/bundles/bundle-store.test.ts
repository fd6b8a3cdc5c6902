/** What the bundle store keeps, what it refuses, and what it gives back. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBuilder } from '#compiler';
import { hashBytes, readBundle } from '#wit/bundle';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../firmware/stores/open-database.ts';
import { StoreFixture, code } from './store-fixture.ts';
import { sampleArchive, sampleBundle, signed, unsigned } from './sample-versions.ts';

const strict = { allowDowngrade: false };

test('an installed bundle is opened as it was read, also after the store was opened again', async () => {
  using fixture = new StoreFixture();
  const bundle = sampleBundle();
  const { version, unchanged } = await fixture.store.install(bundle, signed(7), strict);
  expect(unchanged).toBe(false);
  expect(version).toEqual({
    name: 'invoice-kit',
    version: '1.0.0',
    hash: bundle.hash,
    manifestHash: bundle.manifestHash,
    archiveBytes: bundle.size,
    installedAtMs: 1_001,
    ...signed(7),
  });
  expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
  const store = fixture.reopen();
  expect(store.versions()).toEqual([version]);
  expect(store.version(bundle.hash)).toEqual(version);
  expect(store.manifest(bundle.hash)).toEqual(bundle.manifest);
  const opened = await store.open(bundle.hash);
  expect(opened).toEqual(bundle);
  expect([...opened.files.keys()]).toEqual([...bundle.files.keys()]);
});

test('the archive comes back byte for byte, for a sample and for a project that arc builds', async () => {
  using fixture = new StoreFixture({ bytesMax: 100_000_000 });
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-bundles-build-'));
  try {
    await using builder = createBuilder({ directory: 'guests/examples/invoice-kit', cacheDirectory });
    const outcome = await builder.build();
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics));
    for (const archive of [sampleArchive(), outcome.bundle.archive]) {
      const hash = hashBytes(archive);
      await fixture.store.install(readBundle(archive), unsigned, strict);
      expect(Buffer.compare(await fixture.store.archive(hash), archive)).toBe(0);
    }
  } finally {
    await rm(cacheDirectory, { recursive: true });
  }
});

test('files that bundles have in common are kept once, and counted once', async () => {
  using fixture = new StoreFixture();
  const first = sampleBundle();
  await fixture.store.install(first, unsigned, strict);
  const before = fixture.objectFiles();
  await fixture.store.install(sampleBundle({ name: 'other-kit' }), unsigned, strict);
  // Only the manifest differs.
  expect(fixture.objectFiles()).toHaveLength(before.length + 1);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
  expect(fixture.store.usage()).toEqual({
    bytes: fixture.bytesOnDisk(),
    bytesMax: 1_000_000,
    objects: before.length + 1,
  });
});

test("every file is its owner's alone, and is named by its hash", async () => {
  using fixture = new StoreFixture();
  await fixture.store.install(sampleBundle(), unsigned, strict);
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  for (const part of ['', 'objects', 'temporary']) expect(modeOf(join(fixture.directory, part))).toBe('700');
  for (const hash of fixture.objectFiles()) {
    expect(hashBytes(fixture.read(hash))).toBe(hash);
    expect(modeOf(fixture.pathOf(hash))).toBe('600');
    expect(modeOf(join(fixture.pathOf(hash), '..'))).toBe('700');
  }
  expect(fixture.temporaryFiles()).toEqual([]);
});

test('the same bundle again changes nothing', async () => {
  using fixture = new StoreFixture();
  const { version } = await fixture.store.install(sampleBundle(), signed(7), strict);
  for (const signedBy of [signed(7), signed(6), unsigned]) {
    expect(await fixture.store.install(sampleBundle(), signedBy, strict)).toEqual({ version, unchanged: true });
  }
});

test('the same bundle with a newer signature takes that signature', async () => {
  using fixture = new StoreFixture();
  await fixture.store.install(sampleBundle(), unsigned, strict);
  const { version, unchanged } = await fixture.store.install(sampleBundle(), signed(8, 'aaaaaaaaaaaaaaaa'), strict);
  expect({ ...version, unchanged }).toMatchObject({ ...signed(8, 'aaaaaaaaaaaaaaaa'), unchanged: true });
  // The same number by another key: the first one may have been revoked.
  await fixture.store.install(sampleBundle(), signed(8, 'bbbbbbbbbbbbbbbb'), strict);
  expect(fixture.reopen().version(version.hash)).toMatchObject({ keyId: 'bbbbbbbbbbbbbbbb', sequence: 8 });
});

test('a version that the host has with other content is refused with BUNDLE_VERSION_TAKEN', async () => {
  using fixture = new StoreFixture();
  await fixture.store.install(sampleBundle(), unsigned, strict);
  const before = fixture.objectFiles();
  await expect(fixture.store.install(sampleBundle({ text: 'other' }), signed(9), strict)).rejects.toThrow(
    code('BUNDLE_VERSION_TAKEN'),
  );
  expect(fixture.objectFiles()).toEqual(before);
});

test('a sequence number that is not above the highest is refused, also after that version is gone', async () => {
  using fixture = new StoreFixture();
  const newest = await fixture.store.install(sampleBundle({ version: '2.0.0' }), signed(20), strict);
  fixture.store.remove(newest.version.hash);
  const store = fixture.reopen();
  const older = sampleBundle({ version: '1.9.0' });
  for (const sequence of [19, 20])
    await expect(store.install(older, signed(sequence), strict)).rejects.toThrow(code('BUNDLE_DOWNGRADE'));
  await expect(store.install(older, unsigned, strict)).rejects.toThrow(code('BUNDLE_DOWNGRADE'));
  await store.install(sampleBundle({ version: '2.0.0' }), signed(20), strict);
  await store.install(sampleBundle({ version: '2.0.1', text: 'next' }), signed(21), strict);
  await store.install(sampleBundle({ name: 'other-kit' }), signed(1), strict);
});

test('an approved downgrade is installed, and does not lower what the next one is compared with', async () => {
  using fixture = new StoreFixture();
  await fixture.store.install(sampleBundle({ version: '2.0.0' }), signed(20), strict);
  const allowed = await fixture.store.install(sampleBundle(), signed(10), { allowDowngrade: true });
  expect(allowed.version.sequence).toBe(10);
  const between = fixture.store.install(sampleBundle({ version: '1.5.0' }), signed(15), strict);
  await expect(between).rejects.toThrow('its sequence number 15 is not above 20');
});

test('unsigned bundles have no sequence, until a signed one of their name was seen', async () => {
  using fixture = new StoreFixture();
  for (const version of ['1.2.0', '1.0.0', '1.1.0'])
    await fixture.store.install(sampleBundle({ version }), unsigned, strict);
  await fixture.store.install(sampleBundle({ version: '2.0.0' }), signed(0), strict);
  const unsignedLater = fixture.store.install(sampleBundle({ version: '3.0.0' }), unsigned, strict);
  await expect(unsignedLater).rejects.toThrow('it is unsigned');
  expect(fixture.store.versions().map(({ version }) => version)).toEqual(['2.0.0', '1.1.0', '1.0.0', '1.2.0']);
});

test('a bundle of exactly the quota is installed, and one byte over it is refused with the numbers and leaves nothing', async () => {
  const bundle = sampleBundle();
  using measured = new StoreFixture();
  await measured.store.install(bundle, unsigned, strict);
  const { bytes } = measured.store.usage();
  using exact = new StoreFixture({ bytesMax: bytes });
  await exact.store.install(bundle, unsigned, strict);
  using small = new StoreFixture({ bytesMax: bytes - 1 });
  await expect(small.store.install(bundle, unsigned, strict)).rejects.toMatchObject({
    code: 'STORE_FULL',
    wire: { details: { needed: bytes, used: 0, bytesMax: bytes - 1 } },
  });
  expect([small.objectFiles(), small.temporaryFiles(), small.store.versions()]).toEqual([[], [], []]);
});

test('an install that needs room collects old versions, but not those that calls run on', async () => {
  using measured = new StoreFixture();
  for (const version of ['1.0.0', '1.0.1', '1.0.2'])
    await measured.store.install(sampleBundle({ version, text: version }), unsigned, strict);
  const held = new Set<string>();
  const limits = { bytesMax: measured.store.usage().bytes, versionsKept: 0, held: () => held };
  using fixture = new StoreFixture(limits);
  const installed = ['1.0.0', '1.0.1', '1.0.2', '1.0.3'].map((version) => sampleBundle({ version, text: version }));
  for (const bundle of installed.slice(0, 3)) await fixture.store.install(bundle, unsigned, strict);
  held.add(installed[0]?.hash ?? '');
  await fixture.store.install(sampleBundle({ version: '1.0.3', text: '1.0.3' }), unsigned, strict);
  expect(fixture.store.versions().map(({ version }) => version)).toEqual(['1.0.3', '1.0.2', '1.0.0']);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
});

test('a bundle that never fits costs no other its place', async () => {
  using fixture = new StoreFixture({ bytesMax: 6_000, versionsKept: 0 });
  for (const version of ['1.0.0', '1.0.1']) await fixture.store.install(sampleBundle({ version }), unsigned, strict);
  const large = sampleBundle({ version: '1.0.2', text: 'x'.repeat(7_000) });
  await expect(fixture.store.install(large, unsigned, strict)).rejects.toThrow(code('STORE_FULL'));
  expect(fixture.store.versions()).toHaveLength(2);
});

test('links that were planted are not followed, neither by reading nor by writing', async () => {
  using fixture = new StoreFixture();
  const outside = join(fixture.home, 'outside');
  mkdirSync(outside);
  const bundle = sampleBundle();
  const source = hashBytes(bundle.files.get('source/wordCount.js') ?? new Uint8Array());
  // A directory of objects that leads elsewhere.
  symlinkSync(outside, join(fixture.directory, 'objects', source.slice(0, 2)));
  await fixture.store.install(bundle, unsigned, strict);
  expect(readdirSync(outside)).toEqual([]);
  // An object that is a link to the right content.
  writeFileSync(join(outside, 'copy'), fixture.read(source));
  rmSync(fixture.pathOf(source));
  symlinkSync(join(outside, 'copy'), fixture.pathOf(source));
  await expect(fixture.store.open(bundle.hash)).rejects.toThrow('"source/wordCount.js" is a link');
  await fixture.store.install(bundle, unsigned, strict);
  expect(lstatSync(fixture.pathOf(source)).isFile()).toBe(true);
  expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
  // Garbage that is a link: the link goes, what it leads to stays.
  symlinkSync(join(outside, 'copy'), join(fixture.pathOf(source), '..', `${source.slice(0, 2)}${'0'.repeat(62)}`));
  fixture.reopen().collect(new Set());
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
  expect(existsSync(join(outside, 'copy'))).toBe(true);
});

test('what an install left half written is gone after the store is opened, and what is foreign in objects/ stays', async () => {
  using fixture = new StoreFixture();
  await fixture.store.install(sampleBundle(), unsigned, strict);
  const stray = 'ab'.repeat(32);
  mkdirSync(join(fixture.pathOf(stray), '..'), { recursive: true });
  writeFileSync(fixture.pathOf(stray), 'no version names it');
  writeFileSync(join(fixture.directory, 'objects', 'notes.txt'), 'of a person');
  writeFileSync(join(fixture.directory, 'temporary', `${stray}.1`), 'half');
  mkdirSync(join(fixture.directory, 'temporary', 'directory'));
  fixture.reopen();
  expect(fixture.temporaryFiles()).toEqual([]);
  expect(existsSync(fixture.pathOf(stray))).toBe(true);
  expect(fixture.store.collect(new Set())).toEqual({ objects: 1, bytes: 19 });
  expect(existsSync(fixture.pathOf(stray))).toBe(false);
  expect(readFileSync(join(fixture.directory, 'objects', 'notes.txt'), 'utf8')).toBe('of a person');
});

test('what goes with an install is kept with it, or neither is', async () => {
  using fixture = new StoreFixture();
  const { store } = fixture;
  const refused = store.install(sampleBundle(), signed(7), {
    ...strict,
    commit: ({ hash }) => {
      store.activate(hash);
      throw new Error('no');
    },
  });
  await expect(refused).rejects.toThrow('no');
  expect([store.versions(), store.activations(), fixture.leftFiles()]).toEqual([[], [], 0]);
  const commit = ({ hash }: { readonly hash: string }): void => void store.activate(hash);
  // The sequence number of what was refused does not count either.
  const { version } = await store.install(sampleBundle(), signed(6), { ...strict, commit });
  expect(fixture.reopen().activation('invoice-kit')?.hash).toBe(version.hash);
});

test('a hash that the store does not have is BUNDLE_NOT_FOUND wherever it is asked for', async () => {
  using fixture = new StoreFixture();
  const hash = '0'.repeat(64);
  expect(fixture.store.version(hash)).toBeUndefined();
  expect(() => fixture.store.manifest(hash)).toThrow(code('BUNDLE_NOT_FOUND'));
  expect(() => fixture.store.activate('../../etc/passwd')).toThrow(code('BUNDLE_NOT_FOUND'));
  expect(() => fixture.store.remove(hash)).toThrow(code('BUNDLE_NOT_FOUND'));
  await expect(fixture.store.open(hash)).rejects.toThrow(code('BUNDLE_NOT_FOUND'));
});

test('a store that was closed refuses, also twice, and ends an install that runs without a trace', async () => {
  using fixture = new StoreFixture();
  const running = fixture.store.install(sampleBundle(), unsigned, strict);
  await new Promise(setImmediate);
  fixture.store[Symbol.dispose]();
  fixture.store[Symbol.dispose]();
  await expect(running).rejects.toThrow(code('UNAVAILABLE'));
  expect(() => fixture.store.versions()).toThrow(code('UNAVAILABLE'));
  await expect(fixture.store.install(sampleBundle(), unsigned, strict)).rejects.toThrow(code('UNAVAILABLE'));
  expect(fixture.reopen().versions()).toEqual([]);
  expect([fixture.objectFiles(), fixture.temporaryFiles()]).toEqual([[], []]);
});

test('a database that is none is STORE_CORRUPT, and one that cannot be made is IO_FAILED', () => {
  using fixture = new StoreFixture();
  writeFileSync(
    join(fixture.home, 'broken.db'),
    'not a database, but long enough to be read as a header of one'.repeat(9),
  );
  expect(() => openDatabase(join(fixture.home, 'broken.db'), [])).toThrow(code('STORE_CORRUPT'));
  mkdirSync(join(fixture.home, 'directory.db'));
  expect(() => openDatabase(join(fixture.home, 'directory.db'), [])).toThrow(code('IO_FAILED'));
});
