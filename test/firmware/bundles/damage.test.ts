/** Content that is not what was installed: found, shut out, named, and repaired by an upload. */
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hashBytes } from '#wit/bundle';
import { expect, test } from 'vitest';
import { StoreFixture, code } from './store-fixture.ts';
import { sampleBundle, unsigned } from './sample-versions.ts';

const strict = { allowDowngrade: false };
const bundle = sampleBundle();
/** Shares all but the manifest and the source of `sumLines`. */
const sibling = sampleBundle({ version: '1.1.0', text: 'sibling' });
/** Shares nothing but what all bundles have. */
const own = 'source/sumLines.js';

async function installed(): Promise<StoreFixture> {
  const fixture = new StoreFixture();
  for (const each of [bundle, sibling]) await fixture.store.install(each, unsigned, strict);
  return fixture;
}

function objectOf(path: string): string {
  const bytes = bundle.files.get(path);
  return bytes === undefined ? bundle.manifestHash : hashBytes(bytes);
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}

/** Ways in which an object can go bad, with what is said of it. */
const ways: readonly (readonly [name: string, spoil: (path: string) => void, said: string])[] = [
  ['a flipped bit', flipBit, 'has the hash'],
  ['a cut end', (path) => truncateSync(path, 1), 'has 1 bytes instead of'],
  ['no file', (path) => rmSync(path), 'is missing'],
];

for (const path of ['manifest.json', own])
  for (const [name, spoil, said] of ways)
    test(`${name} in ${path} shuts out that version and no other, and an upload repairs it`, async () => {
      using fixture = await installed();
      fixture.store.activate(bundle.hash);
      const hash = objectOf(path);
      spoil(fixture.pathOf(hash));
      const opened = fixture.store.open(bundle.hash);
      await expect(opened).rejects.toThrow(code('BUNDLE_QUARANTINED'));
      await expect(opened).rejects.toThrow(`"${path}" ${said}`);
      expect(fixture.quarantined).toEqual([expect.stringContaining(`invoice-kit 1.0.0: "${path}" ${said}`)]);
      fixture.reopen();
      expect(fixture.store.version(bundle.hash)?.quarantined).toContain(said);
      expect(() => fixture.store.manifest(bundle.hash)).toThrow(code('BUNDLE_QUARANTINED'));
      expect(() => fixture.store.activate(bundle.hash)).toThrow(code('BUNDLE_QUARANTINED'));
      expect(await fixture.store.open(sibling.hash)).toEqual(sibling);
      // Still the active one: who falls back on what is not the store's to decide.
      expect(fixture.store.activation('invoice-kit')?.hash).toBe(bundle.hash);

      const repaired = await fixture.store.install(bundle, unsigned, strict);
      expect(repaired).toEqual({ unchanged: false, version: expect.not.objectContaining({ quarantined: said }) });
      expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
      expect(fixture.store.versions().map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
      fixture.store.collect(new Set());
      expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
    });

test('each file of a bundle is verified when it is opened', async () => {
  for (const path of bundle.files.keys()) {
    using fixture = await installed();
    flipBit(fixture.pathOf(objectOf(path)));
    const opened = fixture.store.open(bundle.hash);
    await expect(opened).rejects.toThrow(code('BUNDLE_QUARANTINED'));
    await expect(opened).rejects.toThrow(`instead of ${objectOf(path).slice(0, 12)}`);
  }
});

test('a damaged file that versions share shuts out all of them, and an upload of one repairs all', async () => {
  using fixture = await installed();
  flipBit(fixture.pathOf(objectOf('source/wordCount.js')));
  await expect(fixture.store.open(sibling.hash)).rejects.toThrow(code('BUNDLE_QUARANTINED'));
  expect(fixture.quarantined).toHaveLength(2);
  expect(() => fixture.store.manifest(bundle.hash)).toThrow('"source/wordCount.js" has the hash');
  await fixture.store.install(bundle, unsigned, strict);
  expect(await fixture.store.open(sibling.hash)).toEqual(sibling);
  expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
});

test('a new version that shares a damaged file brings it back instead of relying on it', async () => {
  using fixture = await installed();
  flipBit(fixture.pathOf(objectOf('source/wordCount.js')));
  const third = sampleBundle({ version: '1.2.0' });
  await fixture.store.install(third, unsigned, strict);
  expect(await fixture.store.open(third.hash)).toEqual(third);
  expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
});

test('an upload of a version repairs what nobody has noticed yet', async () => {
  using fixture = await installed();
  flipBit(fixture.pathOf(objectOf(own)));
  expect(await fixture.store.install(bundle, unsigned, strict)).toMatchObject({ unchanged: false });
  expect(await fixture.store.open(bundle.hash)).toEqual(bundle);
  expect(fixture.quarantined).toEqual([]);
});

test('content that is missing when the store is opened is named at once, and the rest goes on', async () => {
  using fixture = await installed();
  rmSync(fixture.pathOf(objectOf(own)));
  fixture.reopen();
  expect(fixture.quarantined).toEqual([`invoice-kit 1.0.0: "${own}" is missing`]);
  expect(fixture.store.manifest(sibling.hash)).toEqual(sibling.manifest);
  fixture.reopen();
  expect(fixture.quarantined).toHaveLength(1);
});

test('a store without its directory names every version, takes uploads, and is whole again', async () => {
  using fixture = await installed();
  rmSync(fixture.directory, { recursive: true });
  fixture.reopen();
  expect(fixture.quarantined).toHaveLength(2);
  for (const each of [bundle, sibling]) await fixture.store.install(each, unsigned, strict);
  for (const each of [bundle, sibling]) expect(await fixture.store.open(each.hash)).toEqual(each);
});

test('a directory in the place of an object is not read', async () => {
  using fixture = await installed();
  const path = fixture.pathOf(objectOf(own));
  rmSync(path);
  mkdirSync(path);
  await expect(fixture.store.open(bundle.hash)).rejects.toThrow(`"${own}" is not a file`);
  await expect(fixture.store.install(bundle, unsigned, strict)).rejects.toThrow(code('IO_FAILED'));
  expect(await fixture.store.open(sibling.hash)).toEqual(sibling);
});

test('verify reads everything, and names what is damaged', async () => {
  using fixture = await installed();
  const { objects } = fixture.store.usage();
  expect(await fixture.store.verify()).toBe(objects);
  flipBit(fixture.pathOf(objectOf(own)));
  expect(await fixture.store.verify()).toBe(objects);
  expect(fixture.quarantined).toHaveLength(1);
  expect(await fixture.store.verify(AbortSignal.abort())).toBe(0);
});

test('a rollback passes over a quarantined version, and a collection counts it apart from the usable ones', async () => {
  using fixture = new StoreFixture({ versionsKept: 1 });
  const bundles = ['1.0.0', '2.0.0', '3.0.0'].map((version) => sampleBundle({ version, text: version }));
  for (const each of bundles) {
    await fixture.store.install(each, unsigned, strict);
    fixture.store.activate(each.hash);
  }
  rmSync(fixture.pathOf(bundles[1]?.manifestHash ?? ''));
  fixture.reopen();
  expect(fixture.store.activation('invoice-kit')?.previousHash).toBe(bundles[0]?.hash);
  fixture.store.collect(new Set());
  expect(fixture.store.versions().map(({ version }) => version)).toEqual(['3.0.0', '2.0.0', '1.0.0']);
});

test('a version that is removed while it is read is not found, instead of damaged', async () => {
  using fixture = await installed();
  const opening = fixture.store.open(bundle.hash);
  fixture.store.remove(bundle.hash);
  fixture.store.collect(new Set());
  await expect(opening).rejects.toThrow(code('BUNDLE_NOT_FOUND'));
  expect(fixture.quarantined).toEqual([]);
});
