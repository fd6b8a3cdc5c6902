import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copySample, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const folder = join(home.path, 'cache', 'typescript');
/** Builds, and gives the bytes of the bundle. */
async function build(): Promise<Buffer> {
  await runArcWell(['build', 'invoice-kit', '--out', 'kit.aria'], { home: home.path, directory: directory.path });
  return readFileSync(join(directory.path, 'kit.aria'));
}
/** Which files are kept, and whether they are the same ones as before. */
const entries = (): readonly (readonly [name: string, inode: number])[] =>
  readdirSync(folder)
    .sort()
    .map((name) => [name, statSync(join(folder, name)).ino]);

let first: Buffer;
beforeAll(async () => {
  copySample('invoice-kit', directory.path);
  first = await build();
});

describe('the compiled code of TypeScript and its library', () => {
  test('are kept by the first build, and only read by the next, which makes the same bundle', async () => {
    const kept = entries();
    expect(kept.map(([name]) => name.replace(/^\w+/, ''))).toEqual(['.code', '.library']);
    expect((await build()).equals(first)).toBe(true);
    expect(entries()).toEqual(kept);
  });
  test.each([
    ['a byte has changed', (bytes: Buffer) => bytes.fill((bytes.at(-9) ?? 0) ^ 1, bytes.length - 9, bytes.length - 8)],
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['is empty', () => Buffer.alloc(0)],
  ])('are made again where a file of them %s', async (_state, damage) => {
    const whole = new Map(entries().map(([name]) => [name, statSync(join(folder, name)).size]));
    for (const name of whole.keys()) writeFileSync(join(folder, name), damage(readFileSync(join(folder, name))));
    const damaged = entries();
    expect((await build()).equals(first)).toBe(true);
    expect(entries().map(([name]) => name)).toEqual([...whole.keys()]);
    for (const [name, inode] of damaged) expect(statSync(join(folder, name)).ino).not.toBe(inode);
  });
  test('are done without where they cannot be kept', async () => {
    using blocked = temporaryDirectory();
    writeFileSync(join(blocked.path, 'cache'), 'a file, where a directory is wanted');
    await runArcWell(['build', 'invoice-kit', '--out', 'again.aria'], {
      home: blocked.path,
      directory: directory.path,
    });
    expect(readFileSync(join(directory.path, 'again.aria')).equals(first)).toBe(true);
  });
});
