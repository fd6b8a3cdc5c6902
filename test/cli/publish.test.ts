/** `arc publish` and `arc install` as processes: streams, exit codes, which registry, and two publishers at the same time. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectoryRegistry } from '../../compiler/packages/directory-registry.ts';
import type { PackageContent } from '../../compiler/packages/package-registry.ts';
import { sampleKeyId, samplePackage } from '../compiler/packages/sample-package.ts';
import { type ArcResult, type TemporaryDirectory, runArc, temporaryDirectory } from './run-arc.ts';

let root: TemporaryDirectory;
beforeEach(() => {
  root = temporaryDirectory();
  mkdirSync(join(root.path, 'books'));
});
afterEach(() => root[Symbol.dispose]());

const at = (...path: readonly string[]): string => join(root.path, ...path);
const registry = (): string => at('registry');

function file(name: string, { archive, signature }: PackageContent): string {
  writeFileSync(at(name), archive);
  if (signature !== undefined) writeFileSync(at(`${name}.minisig`), signature.text);
  return at(name);
}

function arc(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<ArcResult> {
  return runArc(args, { home: at('home'), directory: at('books'), environment: { ARIA_REGISTRY: '', ...environment } });
}

function jsonOf({ stdout }: ArcResult): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('arc publish', () => {
  test('publishes a signed bundle; stdout is its name and version, stderr what comes next', async () => {
    const { code, stdout, stderr } = await arc([
      'publish',
      file('kit.aria', samplePackage()),
      ...['--registry', '../registry'],
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'invoice-kit@0.2.0\n' });
    expect(stderr).toContain(`published invoice-kit 0.2.0: `);
    expect(stderr).toContain(`signed by ${sampleKeyId}`);
    expect(stderr).toContain('next: arc install invoice-kit');
    const again = await arc(['publish', at('kit.aria'), '--json'], { ARIA_REGISTRY: registry() });
    expect(jsonOf(again)).toMatchObject({ kind: 'done', name: 'invoice-kit', keyId: sampleKeyId, unchanged: true });
  });

  test('refuses what is unsigned, or signed for another bundle, unless it is told that it may', async () => {
    const unsigned = file('unsigned.aria', samplePackage({ signed: false }));
    const refused = await arc(['publish', unsigned, '--registry', registry()]);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('error SIGNATURE_MISSING');
    const { signature: ofAnother = { text: '', keyId: '' } } = samplePackage();
    const other = file('other.aria', { ...samplePackage({ version: '0.3.0' }), signature: ofAnother });
    expect((await arc(['publish', other, '--registry', registry()])).stderr).toContain('error SIGNATURE_MISMATCH');
    writeFileSync(`${other}.minisig`, 'nothing');
    expect((await arc(['publish', other, '--registry', registry()])).stderr).toContain('error SIGNATURE_MALFORMED');
    const allowed = await arc(['publish', unsigned, '--registry', registry(), '--allow-unsigned']);
    expect({ code: allowed.code, stdout: allowed.stdout }).toEqual({ code: 0, stdout: 'invoice-kit@0.2.0\n' });
  });

  test('of two processes that publish different content of one version, one is refused', async () => {
    const files = [1, 2].map((number) => file(`${number}.aria`, samplePackage({ description: `number ${number}` })));
    const results = await Promise.all(files.map((path) => arc(['publish', path, '--registry', registry(), '--json'])));
    expect(results.map(({ code }) => code).toSorted()).toEqual([0, 3]);
    expect(results.map((one) => jsonOf(one)).find(({ kind }) => kind === 'failed')).toMatchObject({
      error: { code: 'BUNDLE_VERSION_TAKEN' },
    });
    const { versions } = await openDirectoryRegistry(registry()).versions('invoice-kit');
    expect(versions).toHaveLength(1);
    for (const version of versions) await openDirectoryRegistry(registry()).fetch(version);
  });

  test('without a registry says how to name one', async () => {
    const { code, stderr } = await arc(['publish', file('kit.aria', samplePackage())]);
    expect(code).toBe(2);
    expect(stderr).toContain('Pass --registry DIR, set ARIA_REGISTRY, or write [registry] path = "DIR" into aria.toml');
  });

  /** The user "nobody" of Linux; root may write everywhere. */
  const nobody = process.getuid?.() === 0;
  test.skipIf(!nobody)('to a share that is read-only is a coded error, and installing from it works', async () => {
    const path = file('kit.aria', samplePackage());
    await openDirectoryRegistry(registry()).publish(samplePackage({ version: '0.1.0' }));
    for (const folder of [root.path, at('books')]) chmodSync(folder, 0o777);
    const before = process.umask(0o022);
    process.setegid?.(65_534);
    process.seteuid?.(65_534);
    try {
      await expect(openDirectoryRegistry(registry()).publish(samplePackage())).rejects.toMatchObject({
        code: 'IO_FAILED',
        message: `Cannot publish to "${registry()}": permission is denied`,
      });
      const [version] = (await openDirectoryRegistry(registry()).versions('invoice-kit')).versions;
      expect(version?.version).toBe('0.1.0');
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
      process.umask(before);
    }
    expect(path).toBe(at('kit.aria'));
  });
});

describe('arc install', () => {
  const toml = '# Books\n[project]\nname = "books"\nversion = "1.0.0"\ndescription = "Books"\n';
  beforeEach(async () => {
    writeFileSync(at('books/aria.toml'), `${toml}\n[registry]\npath = "../registry"\n`);
    const opened = openDirectoryRegistry(registry());
    await opened.publish(samplePackage({ version: '0.2.3', dependencies: { 'tax-tables': '^1' } }));
    await opened.publish(samplePackage({ name: 'tax-tables', version: '1.4.0', signed: false }));
  });

  test('adds a dependency, tells what it did, and later needs no registry', async () => {
    const { code, stdout, stderr } = await arc(['install', 'invoice-kit']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'invoice-kit@0.2.3\ntax-tables@1.4.0\n' });
    expect(stderr).toContain('installed 2 bundles, wrote aria.toml and aria.lock');
    expect(readFileSync(at('books/aria.toml'), 'utf8')).toBe(
      `${toml}\n[registry]\npath = "../registry"\n\n[dependencies]\ninvoice-kit = "^0.2.3"\n`,
    );
    rmSync(registry(), { recursive: true });
    const again = await arc(['install', '--json']);
    expect(again.code).toBe(0);
    expect(jsonOf(again)).toMatchObject({
      kind: 'done',
      bundles: [
        { name: 'invoice-kit', version: '0.2.3', keyId: sampleKeyId, fetched: false },
        { name: 'tax-tables', version: '1.4.0', keyId: null, fetched: false },
      ],
      changed: { toml: false, lock: false },
    });
  });

  test('shows the tree of what does not fit, and changes nothing', async () => {
    writeFileSync(at('books/aria.toml'), `${toml}\n[dependencies]\ntax-tables = "^2"\n`);
    const { code, stdout, stderr } = await arc(['install', 'invoice-kit@^0.2', '--registry', registry()]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(
      'books 1.0.0\n├── invoice-kit ^0.2\n└── tax-tables ^2 ✗ no version of it fits: there is 1.4.0\n',
    );
    expect(stderr).toContain('error BUNDLE_DEPENDENCY_MISSING');
    expect(readFileSync(at('books/aria.toml'), 'utf8')).not.toContain('invoice-kit');
  });

  test.each([
    [['install', 'Invoice'], 2, 'is no name of a bundle'],
    [['install', 'invoice-kit@newest'], 2, 'is no range'],
    [['install', 'invoice-kit', '--registry', 'away'], 5, 'Mount it, or name another with --registry'],
    [['install', '--project', '..'], 3, 'it is no project'],
  ])('%j is refused', async (args, exit, words) => {
    const { code, stdout, stderr } = await arc(args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toContain(words);
  });
});
