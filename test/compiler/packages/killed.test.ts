/** Publishing and installing, killed before an operation on files: what is there afterwards is the old state or the new one. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDirectoryRegistry } from '../../../compiler/packages/directory-registry.ts';
import { type InstallOutcome, installDependencies } from '../../../compiler/packages/install.ts';
import { PackageCache } from '../../../compiler/packages/package-cache.ts';
import type { PackageContent } from '../../../compiler/packages/package-registry.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../cli/run-arc.ts';
import { Random, fuzzCases, fuzzSeed } from '../../fuzz.ts';
import { samplePackage } from './sample-package.ts';

let root: TemporaryDirectory;
beforeEach(() => {
  root = temporaryDirectory();
  mkdirSync(join(root.path, 'project'));
  writeFileSync(
    at('project/aria.toml'),
    '[project]\nname = "books"\nversion = "1.0.0"\n\n[dependencies]\ninvoice-kit = "^0.2"\n',
  );
});
afterEach(() => root[Symbol.dispose]());

const at = (...path: readonly string[]): string => join(root.path, ...path);
const kit = samplePackage({ dependencies: { 'tax-tables': '^1' } });
const tables = samplePackage({ name: 'tax-tables', version: '1.4.0', signed: false });

async function publish(...contents: readonly PackageContent[]): Promise<void> {
  for (const content of contents) await openDirectoryRegistry(at('registry')).publish(content);
}

function install(wanted?: { name: string }): Promise<InstallOutcome> {
  return installDependencies({
    directory: at('project'),
    ...(wanted === undefined ? {} : { wanted }),
    openRegistry: () => openDirectoryRegistry(at('registry')),
    cache: new PackageCache(at('registry-cache')),
  });
}

/** Everything of the project; what a writer that died left beside its files is none of it. */
function projectState(): Readonly<Record<string, string>> {
  const names = readdirSync(at('project')).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(at('project', name), 'utf8')]));
}

describe('kill -9', () => {
  /** Runs the action, and kills it right before one of its operations on files, from 1. Tells how many it had where it came to its end. */
  function killedAt(action: string, operation: number): Promise<number | undefined> {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'killed-at-child.ts'),
      action,
      String(operation),
      root.path,
    ]);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.pipe(process.stderr);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === 'SIGKILL') resolve(undefined);
        else if (code === 0) resolve(Number(output));
        else reject(new Error(`it ended with ${signal ?? code}`));
      });
    });
  }

  /** All of them in a long run, else a few. */
  function points(count: number): readonly number[] {
    const all = Array.from({ length: count }, (_, index) => index + 1);
    if (fuzzCases() > 10_000) return all;
    const random = new Random(fuzzSeed());
    const some = Array.from({ length: 2 }, () => 1 + random.below(count));
    return [...new Set([...some, count])];
  }

  test('of a publisher leaves the version whole or not there, and it can be published afterwards', async () => {
    const count = (await killedAt('publish', 0)) ?? 0;
    expect(count).toBeGreaterThan(10);
    for (const point of points(count)) {
      rmSync(at('registry'), { recursive: true, force: true });
      expect(await killedAt('publish', point)).toBeUndefined();
      const registry = openDirectoryRegistry(at('registry'));
      const found = existsSync(at('registry'))
        ? await registry.versions('invoice-kit')
        : { versions: [], problems: [] };
      expect({ point, problems: found.problems }).toEqual({ point, problems: [] });
      for (const version of found.versions) await registry.fetch(version);
      await registry.publish(samplePackage({ signed: false }));
      expect((await registry.versions('invoice-kit')).versions).toHaveLength(1);
    }
  }, 120_000);

  test('of an installation leaves the project as it was or as it should be', async () => {
    await publish(kit, tables, samplePackage({ name: 'rates', version: '3.1.0' }));
    await install();
    const before = { ...projectState() };
    const restore = (): void => {
      rmSync(at('project'), { recursive: true });
      mkdirSync(at('project'));
      for (const [name, text] of Object.entries(before)) writeFileSync(at('project', name), text);
      rmSync(at('registry-cache'), { recursive: true, force: true });
    };
    restore();
    const count = (await killedAt('install', 0)) ?? 0;
    expect(count).toBeGreaterThan(20);
    const after = projectState();
    expect(after['aria.toml']).toContain('rates = "^3.1.0"');
    for (const point of points(count)) {
      restore();
      expect(await killedAt('install', point)).toBeUndefined();
      const state = projectState();
      expect([before['aria.toml'], after['aria.toml']]).toContain(state['aria.toml']);
      expect([before['aria.lock'], after['aria.lock']]).toContain(state['aria.lock']);
      // Never the new line without what it names.
      if (state['aria.toml'] === after['aria.toml']) expect(state['aria.lock']).toBe(after['aria.lock']);
      expect((await install()).bundles.map(({ name }) => name)).toContain('invoice-kit');
      await install({ name: 'rates' });
      expect(projectState()).toEqual(after);
    }
  }, 120_000);
});
