/** A registry in a folder: what is published stays, what is damaged is named, and the rest goes on. */
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectoryRegistry } from '../../../compiler/packages/directory-registry.ts';
import type { PackageContent, PackageRegistry, PackageVersion } from '../../../compiler/packages/package-registry.ts';
import { parseEntry, printEntry, versionOf } from '../../../compiler/packages/registry-entry.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../cli/run-arc.ts';
import { fuzz, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { sampleKeyId, samplePackage } from './sample-package.ts';

let root: TemporaryDirectory;
let registry: PackageRegistry;
beforeEach(() => {
  root = temporaryDirectory();
  registry = openDirectoryRegistry(root.path);
});
afterEach(() => root[Symbol.dispose]());

async function only(name = 'invoice-kit'): Promise<PackageVersion> {
  const { versions } = await registry.versions(name);
  const [first] = versions;
  if (first === undefined || versions.length !== 1) throw new Error(`there are ${versions.length} versions`);
  return first;
}

function blobPath(hash: string): string {
  return join(root.path, 'blobs', hash.slice(0, 2), hash);
}

function entryPath(version: string, name = 'invoice-kit'): string {
  return join(root.path, 'index', name, version, 'entry.json');
}

describe('publishing', () => {
  test('what is published is found with its key and its dependencies, and fetched byte for byte', async () => {
    const content = samplePackage({ dependencies: { 'tax-tables': '^1', rates: '^2' } });
    const { version, unchanged } = await registry.publish(content);
    expect(unchanged).toBe(false);
    expect(version).toMatchObject({
      name: 'invoice-kit',
      version: '0.2.0',
      hash: content.bundle.hash,
      manifestHash: content.bundle.manifestHash,
      signature: { keyId: sampleKeyId },
      dependencies: { rates: '^2', 'tax-tables': '^1' },
    });
    expect(await only()).toEqual(version);
    expect(await openDirectoryRegistry(root.path).fetch(version)).toEqual(content);
    expect(readdirSync(join(root.path, 'temporary'))).toEqual([]);
  });

  test('versions come newest first, and a name that nobody published has none', async () => {
    for (const version of ['0.9.0', '0.10.0', '0.10.0-beta.1']) await registry.publish(samplePackage({ version }));
    const { versions, problems } = await registry.versions('invoice-kit');
    expect(versions.map(({ version }) => version)).toEqual(['0.10.0', '0.10.0-beta.1', '0.9.0']);
    expect(problems).toEqual([]);
    expect(await registry.versions('nothing')).toEqual({ versions: [], problems: [] });
    expect(await registry.versions('../../etc')).toEqual({ versions: [], problems: [] });
  });

  test('the same again changes nothing', async () => {
    const content = samplePackage();
    await registry.publish(content);
    const before = readFileSync(entryPath('0.2.0'));
    expect(await registry.publish(content)).toMatchObject({ unchanged: true });
    expect(readFileSync(entryPath('0.2.0'))).toEqual(before);
  });

  test('other content of a published version is refused, and another signature too', async () => {
    await registry.publish(samplePackage());
    const other = samplePackage({ description: 'Something else' });
    await expect(registry.publish(other)).rejects.toMatchObject({
      code: 'BUNDLE_VERSION_TAKEN',
      message: `Cannot publish "invoice-kit" 0.2.0 to "${root.path}": it is there with another content`,
    });
    await expect(registry.publish(samplePackage({ signed: false }))).rejects.toMatchObject({
      code: 'BUNDLE_VERSION_TAKEN',
    });
    expect((await only()).hash).not.toBe(other.bundle.hash);
    // Content that was refused leaves nothing behind.
    expect(() => readFileSync(blobPath(other.bundle.hash))).toThrow('ENOENT');
  });

  test('a version that nothing can compare is refused', async () => {
    await expect(registry.publish(samplePackage({ version: '1.0.0-01' }))).rejects.toMatchObject({
      code: 'BUNDLE_MANIFEST_INVALID',
    });
  });

  test('of twenty publishers of different content at the same time one wins, and the others are told', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => samplePackage({ description: `number ${index}` }));
    const outcomes = await Promise.allSettled(
      contents.map((content) => openDirectoryRegistry(root.path).publish(content)),
    );
    const won = contents.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'BUNDLE_VERSION_TAKEN' });
    expect((await registry.fetch(await only())).bundle.hash).toBe(won[0]?.bundle.hash);
    expect(readdirSync(join(root.path, 'temporary'))).toEqual([]);
  });

  test('what dead publishers left is removed after a day, and what is being written is not', async () => {
    const temporary = join(root.path, 'temporary');
    mkdirSync(join(temporary, 'old'), { recursive: true });
    writeFileSync(join(temporary, 'old', 'entry.json'), '{');
    writeFileSync(join(temporary, 'young'), '{');
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    utimesSync(join(temporary, 'old'), yesterday, yesterday);
    await registry.publish(samplePackage());
    expect(readdirSync(temporary)).toEqual(['young']);
  });
});

describe('damage', () => {
  let content: PackageContent;
  let version: PackageVersion;
  beforeEach(async () => {
    content = samplePackage();
    ({ version } = await registry.publish(content));
    await registry.publish(samplePackage({ version: '0.1.0' }));
  });

  test.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['with one other bit', (bytes: Buffer) => bytes.with(100, (bytes[100] ?? 0) ^ 1)],
    ['empty', () => Buffer.alloc(0)],
  ])('an archive that is %s is named, and published again it is whole', async (_, spoil) => {
    const path = blobPath(version.hash);
    writeFileSync(path, spoil(readFileSync(path)));
    await expect(registry.fetch(version)).rejects.toMatchObject({
      code: 'BUNDLE_CORRUPT',
      message: expect.stringContaining('"invoice-kit" 0.2.0'),
      wire: { details: { path } },
    });
    expect(await registry.publish(content)).toMatchObject({ unchanged: true });
    expect(await registry.fetch(version)).toEqual(content);
  });

  test('an archive that is gone, a pipe or a folder is named', async () => {
    const path = blobPath(version.hash);
    rmSync(path);
    await expect(registry.fetch(version)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
    mkdirSync(path);
    await expect(registry.fetch(version)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
    rmSync(path, { recursive: true });
    symlinkSync('/dev/zero', path);
    await expect(registry.fetch(version)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  });

  test('a signature that is not the one that was published is named', async () => {
    writeFileSync(blobPath(version.signature?.hash ?? ''), 'untrusted comment: other');
    await expect(registry.fetch(version)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  });

  test('an entry that is damaged, gone or of another version is named, and the other versions are none the worse', async () => {
    const whole = readFileSync(entryPath('0.2.0'), 'utf8');
    for (const text of [
      '',
      '{',
      whole.slice(0, -2),
      whole.replace('0.2.0', '0.3.0'),
      `${whole}\n`,
      'x'.repeat(70_000),
    ]) {
      writeFileSync(entryPath('0.2.0'), text);
      const { versions, problems } = await registry.versions('invoice-kit');
      expect(versions.map((one) => one.version)).toEqual(['0.1.0']);
      expect(problems).toMatchObject([{ code: 'BUNDLE_CORRUPT' }]);
    }
    writeFileSync(entryPath('0.2.0'), readFileSync(entryPath('0.1.0')));
    expect((await registry.versions('invoice-kit')).problems).toMatchObject([
      { message: expect.stringContaining('its entry is of another bundle') },
    ]);
  });

  test('a damaged entry is not written over by the same version', async () => {
    writeFileSync(entryPath('0.2.0'), '{');
    await expect(registry.publish(content)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  });

  test('an entry that says something else than its archive is named when it is fetched', async () => {
    const lied = { ...version, dependencies: { evil: '*' } };
    writeFileSync(entryPath('0.2.0'), printEntry(lied));
    const { versions } = await registry.versions('invoice-kit');
    const [found] = versions;
    expect(found).toEqual(lied);
    await expect(registry.fetch(lied)).rejects.toMatchObject({
      code: 'BUNDLE_CORRUPT',
      message: expect.stringContaining('its entry says something else'),
    });
  });

  test('whatever else lies in the index is left alone', async () => {
    mkdirSync(join(root.path, 'index/invoice-kit/.nfs0001'));
    mkdirSync(join(root.path, 'index/invoice-kit/1.0.0'));
    writeFileSync(join(root.path, 'index/invoice-kit/README.md'), 'hello');
    const { versions, problems } = await registry.versions('invoice-kit');
    expect(versions.map((one) => one.version)).toEqual(['0.2.0', '0.1.0']);
    expect(problems).toEqual([]);
    // A folder without content is as good as none.
    expect(await registry.publish(samplePackage({ version: '1.0.0' }))).toMatchObject({ unchanged: false });
  });
});

describe('a place that is none', () => {
  test('a share that is not mounted is told as that, and is made by publishing', async () => {
    const away = openDirectoryRegistry(join(root.path, 'away'));
    await expect(away.versions('invoice-kit')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await away.publish(samplePackage());
    expect((await away.versions('invoice-kit')).versions).toHaveLength(1);
  });

  test('a share that goes away between finding and fetching is no damage', async () => {
    const { version } = await registry.publish(samplePackage());
    rmSync(root.path, { recursive: true });
    await expect(registry.fetch(version)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a file cannot be published to, nor read', async () => {
    const path = join(root.path, 'file');
    writeFileSync(path, '');
    const file = openDirectoryRegistry(path);
    await expect(file.publish(samplePackage())).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: `Cannot publish to "${path}": a part of its path is no directory`,
    });
  });
});

test(
  'no damaged entry is taken for one, and none throws',
  async () => {
    const text = printEntry(versionOf(samplePackage({ dependencies: { rates: '^2' } })));
    expect(parseEntry(text)).toEqual(versionOf(samplePackage({ dependencies: { rates: '^2' } })));
    const bytes = new TextEncoder().encode(text);
    await fuzz((random) => {
      expect(parseEntry(new TextDecoder().decode(mutate(random, bytes)))).toBeUndefined();
    });
  },
  fuzzTimeoutMs,
);
