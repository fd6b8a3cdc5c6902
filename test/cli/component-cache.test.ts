import { mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Template, importsOf, loadTemplate } from '#guest-engine';
import { type ComponentSource, cachedComponent, pruneComponents } from '../../compiler/pack/component-cache.ts';
import { temporaryDirectory } from './run-arc.ts';

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
let template: Template;
beforeAll(async () => {
  template = await loadTemplate();
});

const wanted = (source: Partial<ComponentSource> = {}): ComponentSource => ({
  template,
  name: 'greet',
  source: "'use strict'; exports.tool = { run: (input) => ({ hello: input.name }), blobs: false };",
  imports: importsOf([]),
  memoryBytesMax: 64 * 1024 * 1024,
  ...source,
});

describe('a component', () => {
  const cacheDirectory = join(directory.path, 'kept');
  const only = (): string =>
    join(cacheDirectory, 'components', readdirSync(join(cacheDirectory, 'components'))[0] ?? '');

  test('is kept, and taken from there the next time', async () => {
    const first = await cachedComponent(wanted(), { cacheDirectory });
    const written = statSync(only()).ino;
    const second = await cachedComponent(wanted(), { cacheDirectory });
    expect(second.hash).toBe(first.hash);
    expect(Buffer.compare(second.component, first.component)).toBe(0);
    expect(statSync(only()).ino).toBe(written);
  });
  test.each([
    ['of which a byte has changed', (bytes: Buffer) => bytes.fill((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)],
    ['that was cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['that is empty', () => Buffer.alloc(0)],
  ])('%s on the disk is built again and replaced', async (_state, damage) => {
    const { hash } = await cachedComponent(wanted(), { cacheDirectory });
    const whole = readFileSync(only());
    writeFileSync(only(), damage(Buffer.from(whole)));
    expect((await cachedComponent(wanted(), { cacheDirectory })).hash).toBe(hash);
    expect(Buffer.compare(readFileSync(only()), whole)).toBe(0);
  });
  test('with other imports, memory, name or source is another one', async () => {
    const all = await Promise.all(
      [
        wanted(),
        wanted({ imports: importsOf(['kv:orders:r']) }),
        wanted({ memoryBytesMax: 32 * 1024 * 1024 }),
        wanted({ source: 'exports.tool = { run: () => null, blobs: false };' }),
      ].map((source) => cachedComponent(source, { cacheDirectory })),
    );
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(all.length);
  });
  test('is built all the same where nothing can be kept', async () => {
    const file = join(directory.path, 'a-file');
    writeFileSync(file, '');
    const { hash } = await cachedComponent(wanted(), { cacheDirectory });
    expect((await cachedComponent(wanted(), { cacheDirectory: file })).hash).toBe(hash);
  });
  test('is not waited for once the build is cancelled, and nothing is left', async () => {
    const fresh = join(directory.path, 'cancelled');
    const signal = AbortSignal.abort();
    await expect(cachedComponent(wanted(), { cacheDirectory: fresh, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(() => readdirSync(join(fresh, 'components'))).toThrow('ENOENT');
  });
});

test('beyond its maximum the cache loses what was used longest ago, and a tenth more', async () => {
  const cacheDirectory = join(directory.path, 'pruned');
  mkdirSync(join(cacheDirectory, 'components'), { recursive: true });
  for (let index = 0; index < 10; index += 1) {
    const path = join(cacheDirectory, 'components', `${index}.component`);
    writeFileSync(path, new Uint8Array(100));
    utimesSync(path, 1_000_000 + index, 1_000_000 + index);
  }
  const kept = (): string =>
    readdirSync(join(cacheDirectory, 'components')).sort().join(' ').replaceAll('.component', '');
  await pruneComponents(cacheDirectory, 1_000);
  expect(kept()).toBe('0 1 2 3 4 5 6 7 8 9');
  await pruneComponents(cacheDirectory, 999);
  expect(kept()).toBe('2 3 4 5 6 7 8 9');
});
