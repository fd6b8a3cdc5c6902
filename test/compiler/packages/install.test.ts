/** Installing: the lock file, the cache, and that a project is as it was wherever something fails. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registryUnnamed } from '../../../compiler/packages/errors.ts';
import { openDirectoryRegistry } from '../../../compiler/packages/directory-registry.ts';
import { type InstallOutcome, installDependencies } from '../../../compiler/packages/install.ts';
import { parseLock, printLock } from '../../../compiler/packages/lock-file.ts';
import { PackageCache } from '../../../compiler/packages/package-cache.ts';
import type { PackageContent } from '../../../compiler/packages/package-registry.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../cli/run-arc.ts';
import { fuzz, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { sampleKeyId, samplePackage } from './sample-package.ts';

let root: TemporaryDirectory;
beforeEach(() => {
  root = temporaryDirectory();
  mkdirSync(join(root.path, 'project'));
  write('[project]\nname = "books"\nversion = "1.0.0"\n\n[dependencies]\ninvoice-kit = "^0.2"\n');
});
afterEach(() => root[Symbol.dispose]());

const at = (...path: readonly string[]): string => join(root.path, ...path);
const toml = (): string => readFileSync(at('project/aria.toml'), 'utf8');
const lock = (): string => readFileSync(at('project/aria.lock'), 'utf8');
function write(text: string): void {
  writeFileSync(at('project/aria.toml'), text);
}

async function publish(...contents: readonly PackageContent[]): Promise<void> {
  for (const content of contents) await openDirectoryRegistry(at('registry')).publish(content);
}

function install(wanted?: { name: string; range?: string }, online = true): Promise<InstallOutcome> {
  return installDependencies({
    directory: at('project'),
    ...(wanted === undefined ? {} : { wanted }),
    openRegistry: () => {
      if (!online) throw registryUnnamed();
      return openDirectoryRegistry(at('registry'));
    },
    cache: new PackageCache(at('registry-cache')),
  });
}

function names({ bundles }: InstallOutcome): readonly string[] {
  return bundles.map(({ name, version, fetched }) => `${name} ${version}${fetched ? ' fetched' : ''}`);
}

/** Everything of the project, to compare with. */
function projectState(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(at('project')).map((name) => [name, readFileSync(at('project', name), 'utf8')]),
  );
}

const kit = samplePackage({ dependencies: { 'tax-tables': '^1' } });
const tables = samplePackage({ name: 'tax-tables', version: '1.4.0', signed: false });

describe('arc install', () => {
  test('fetches what is needed, with what that needs, and locks it', async () => {
    await publish(kit, tables, samplePackage({ name: 'unrelated' }));
    const outcome = await install();
    expect(names(outcome)).toEqual(['invoice-kit 0.2.0 fetched', 'tax-tables 1.4.0 fetched']);
    expect(outcome.changed).toEqual({ toml: false, lock: true });
    expect(lock()).toBe(`# Written by arc install: keep it with the project, and do not edit it.
format = 1

[[bundle]]
name = "invoice-kit"
version = "0.2.0"
hash = "${kit.bundle.hash}"
manifest_hash = "${kit.bundle.manifestHash}"
key = "${sampleKeyId}"
dependencies = { tax-tables = "^1" }

[[bundle]]
name = "tax-tables"
version = "1.4.0"
hash = "${tables.bundle.hash}"
manifest_hash = "${tables.bundle.manifestHash}"
`);
    expect(readdirSync(at('registry-cache')).toSorted()).toEqual(
      [`${kit.bundle.hash}.aria`, `${kit.bundle.hash}.aria.minisig`, `${tables.bundle.hash}.aria`].toSorted(),
    );
    expect(readFileSync(at('registry-cache', `${kit.bundle.hash}.aria.minisig`), 'utf8')).toBe(kit.signature?.text);
  });

  test('with what was fetched once it works without a registry, and changes nothing', async () => {
    await publish(kit, tables);
    await install();
    const before = { state: projectState(), time: statSync(at('project/aria.lock')).mtimeMs };
    rmSync(at('registry'), { recursive: true });
    const outcome = await install(undefined, false);
    expect(names(outcome)).toEqual(['invoice-kit 0.2.0', 'tax-tables 1.4.0']);
    expect(outcome.changed).toEqual({ toml: false, lock: false });
    expect({ state: projectState(), time: statSync(at('project/aria.lock')).mtimeMs }).toEqual(before);
  });

  test('stays with what is locked when something newer is published, and takes it when that is asked for by name', async () => {
    await publish(kit, tables);
    await install();
    const before = lock();
    await publish(samplePackage({ version: '0.2.1' }));
    expect(names(await install())).toEqual(['invoice-kit 0.2.0', 'tax-tables 1.4.0']);
    expect(lock()).toBe(before);
    const outcome = await install({ name: 'invoice-kit' });
    expect(names(outcome)).toEqual(['invoice-kit 0.2.1 fetched']);
    expect(outcome.bundles[0]).toMatchObject({ previousVersion: '0.2.0' });
    expect(outcome.removed.map(({ name }) => name)).toEqual(['tax-tables']);
    expect(toml()).toContain('invoice-kit = "^0.2"\n');
  });

  test('adds a dependency by its newest release, and keeps the others where they are', async () => {
    await publish(kit, tables);
    await install();
    await publish(
      samplePackage({ version: '0.2.1' }),
      samplePackage({ name: 'rates', version: '3.1.0' }),
      samplePackage({ name: 'rates', version: '4.0.0-beta.1' }),
    );
    expect(names(await install({ name: 'rates' }))).toEqual([
      'invoice-kit 0.2.0',
      'rates 3.1.0 fetched',
      'tax-tables 1.4.0',
    ]);
    expect(toml()).toBe(
      '[project]\nname = "books"\nversion = "1.0.0"\n\n[dependencies]\ninvoice-kit = "^0.2"\nrates = "^3.1.0"\n',
    );
  });

  test('the lock file is a function of the versions, whatever was published in which order', async () => {
    await publish(kit, tables);
    await install();
    const first = lock();
    for (const name of ['registry', 'registry-cache', 'project/aria.lock']) rmSync(at(name), { recursive: true });
    await publish(tables, kit);
    await install();
    expect(lock()).toBe(first);
    const read = parseLock(first);
    if ('state' in read) throw new Error(read.state);
    expect(printLock(read.toReversed())).toBe(first);
  });

  test('a damaged entry of the cache is fetched again', async () => {
    await publish(kit, tables);
    await install();
    const archive = at('registry-cache', `${kit.bundle.hash}.aria`);
    const signature = `${archive}.minisig`;
    for (const [path, text] of [
      [archive, 'PK'],
      [signature, 'untrusted comment:'],
    ] as const) {
      const whole = readFileSync(path);
      writeFileSync(path, text);
      expect(names(await install())).toEqual(['invoice-kit 0.2.0 fetched', 'tax-tables 1.4.0']);
      expect(readFileSync(path)).toEqual(whole);
      writeFileSync(path, text);
      await expect(install(undefined, false)).rejects.toMatchObject({ code: 'USAGE' });
      writeFileSync(path, whole);
    }
  });

  test('a project without dependencies is left as it is', async () => {
    write('[project]\nname = "books"\n');
    expect(await install(undefined, false)).toMatchObject({ bundles: [], changed: { toml: false, lock: false } });
    expect(existsSync(at('project/aria.lock'))).toBe(false);
  });

  test('a damaged version is passed over where another one fits, and named', async () => {
    await publish(kit, tables, samplePackage({ version: '0.2.5' }));
    writeFileSync(at('registry/index/invoice-kit/0.2.5/entry.json'), '{');
    const outcome = await install();
    expect(names(outcome)).toContain('invoice-kit 0.2.0 fetched');
    expect(outcome.problems).toMatchObject([{ code: 'BUNDLE_CORRUPT' }]);
  });
});

describe('a project stays as it was', () => {
  /** What is thrown, and whether the project is as it was. */
  async function failing(run: () => Promise<unknown>): Promise<{ readonly error: unknown; readonly same: boolean }> {
    const before = projectState();
    const error = await run().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { error, same: JSON.stringify(projectState()) === JSON.stringify(before) };
  }

  test('where something is missing, in conflict or in a circle, with a tree of it', async () => {
    await publish(kit);
    expect(await failing(() => install())).toMatchObject({
      same: true,
      error: {
        code: 'BUNDLE_DEPENDENCY_MISSING',
        wire: {
          details: {
            treeText: 'books 1.0.0\n└── invoice-kit ^0.2 → 0.2.0\n    └── tax-tables ^1 ✗ there is no such bundle',
          },
        },
      },
    });
    const twoTables = samplePackage({ name: 'tax-tables', version: '2.0.0' });
    await publish(tables, twoTables, samplePackage({ name: 'loop', version: '1.0.0', dependencies: { books: '*' } }));
    expect(await failing(() => install({ name: 'tax-tables', range: '^2' }))).toMatchObject({
      same: true,
      error: { code: 'BUNDLE_DEPENDENCY_CONFLICT' },
    });
    expect(await failing(() => install({ name: 'loop' }))).toMatchObject({
      same: true,
      error: { code: 'BUNDLE_DEPENDENCY_CYCLE' },
    });
    expect(await failing(() => install({ name: 'rates' }))).toMatchObject({
      same: true,
      error: {
        code: 'BUNDLE_DEPENDENCY_MISSING',
        message: `Cannot install "rates": the registry "${at('registry')}" has no version of it`,
      },
    });
  });

  test('where one of several cannot be fetched', async () => {
    await publish(kit, tables);
    const { hash } = tables.bundle;
    rmSync(at('registry/blobs', hash.slice(0, 2), hash));
    expect(await failing(() => install())).toMatchObject({ same: true, error: { code: 'BUNDLE_CORRUPT' } });
  });

  test('where the registry has other content, or another signer, than the lock file names', async () => {
    await publish(kit, tables);
    await install();
    for (const name of ['registry', 'registry-cache']) rmSync(at(name), { recursive: true });
    await publish(samplePackage({ description: 'Evil', dependencies: { 'tax-tables': '^1' } }), tables);
    expect(await failing(() => install())).toMatchObject({ same: true, error: { code: 'BUNDLE_HASH_MISMATCH' } });
    rmSync(at('registry'), { recursive: true });
    await publish(samplePackage({ dependencies: { 'tax-tables': '^1' }, signed: false }), tables);
    expect(await failing(() => install())).toMatchObject({
      same: true,
      error: {
        code: 'BUNDLE_HASH_MISMATCH',
        message: expect.stringContaining('has another signer than aria.lock names'),
      },
    });
  });

  test('where somebody else edits it meanwhile', async () => {
    await publish(kit, tables);
    const edited = '[dependencies]\nrates = "^1"\n';
    const installing = installDependencies({
      directory: at('project'),
      openRegistry: () => {
        write(edited);
        return openDirectoryRegistry(at('registry'));
      },
      cache: new PackageCache(at('registry-cache')),
    });
    await expect(installing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(projectState()).toEqual({ 'aria.toml': edited });
  });

  test('where it is interrupted', async () => {
    await publish(kit, tables);
    const controller = new AbortController();
    expect(
      await failing(() =>
        installDependencies({
          directory: at('project'),
          openRegistry: () => openDirectoryRegistry(at('registry')),
          cache: new PackageCache(at('registry-cache')),
          signal: controller.signal,
          onStep: (text) => {
            if (text.startsWith('Fetching tax-tables')) controller.abort();
          },
        }),
      ),
    ).toMatchObject({ same: true, error: { code: 'CANCELLED' } });
  });

  test('where nothing can be kept on this machine', async () => {
    await publish(kit, tables);
    writeFileSync(at('registry-cache'), '');
    expect(await failing(() => install())).toMatchObject({ same: true, error: { code: 'IO_FAILED' } });
  });

  test.each([
    ['TOML', '[dependencies\n'],
    ['a range', '[dependencies]\ninvoice-kit = "newest"\n'],
    ['a name', '[dependencies]\nInvoice = "^1"\n'],
    ['itself', '[project]\nname = "books"\n[dependencies]\nbooks = "^1"\n'],
  ])('where %s of aria.toml is wrong', async (_, text) => {
    write(text);
    expect(await failing(() => install())).toMatchObject({ same: true, error: { code: 'CONFIG_INVALID' } });
  });

  test('where the lock file is broken', async () => {
    writeFileSync(at('project/aria.lock'), 'format = 2\n');
    expect(await failing(() => install())).toMatchObject({ same: true, error: { code: 'CONFIG_INVALID' } });
  });
});

test(
  'no damaged lock file throws, and what is read of one is printed as it was',
  async () => {
    await publish(kit, tables);
    await install();
    expect(parseLock(lock())).toHaveLength(2);
    const bytes = new TextEncoder().encode(lock());
    await fuzz((random) => {
      const read = parseLock(new TextDecoder().decode(mutate(random, bytes)));
      if (!('state' in read))
        expect(parseLock(printLock(read))).toEqual(read.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    });
  },
  fuzzTimeoutMs,
);
