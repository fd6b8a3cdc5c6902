import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleMaxima, readBundle, writeBundle } from '#wit/bundle';
import { copySample, runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (...args: readonly string[]) => runArc(args, { home: home.path, directory: directory.path });
let bytes: Buffer;
beforeAll(async () => {
  copySample('invoice-kit', directory.path);
  await runArcWell(['build', 'invoice-kit', '--out', 'kit.aria'], { home: home.path, directory: directory.path });
  bytes = readFileSync(join(directory.path, 'kit.aria'));
});

describe('arc inspect', () => {
  test('shows tools, types, tokens, imports, sizes and hashes', async () => {
    const { code, stdout, stderr } = await arc('inspect', 'kit.aria');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('invoice-kit 0.2.0');
    expect(stdout).toMatch(/sumLines {2}Adds line totals/);
    expect(stdout).toContain('{ lines: number[] }');
    expect(stdout).toContain('kv:invoices:rw');
    expect(stdout).toContain('aria:host/kv@0.1.0');
    expect(stdout).toContain('{ data: bytes }');
    expect(stdout).toMatch(/verified +\d+ entries/);
    expect(stdout).toContain(readBundle(bytes).hash.slice(0, 16));
  });
  test('--json prints the manifest and every schema in full', async () => {
    const { code, stdout } = await arc('inspect', 'kit.aria', '--json');
    expect(code).toBe(0);
    const { manifest, hash } = readBundle(bytes);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'done',
      hash,
      manifest,
      schemas: { sumLines: { input: { type: 'object', properties: { lines: { type: 'array' } } } } },
    });
  });
  test('--rebuild makes every component and finds the manifest right', async () => {
    const { code, stdout } = await arc('inspect', 'kit.aria', '--rebuild', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verified: { components: { sumLines: 'verified', spin: 'verified' } } });
  });
  test('--rebuild refuses a manifest that names another component than the source makes', async () => {
    const { manifest, files } = readBundle(bytes);
    const tools = manifest.tools.map((tool) => ({ ...tool, component: { ...tool.component, hash: '0'.repeat(64) } }));
    writeFileSync(join(directory.path, 'forged.aria'), writeBundle({ manifest: { ...manifest, tools }, files }));
    const { code, stderr } = await arc('inspect', 'forged.aria', '--rebuild');
    expect(code).toBe(3);
    expect(stderr).toContain('COMPONENT_MISMATCH');
  });
});

describe('a bundle that does not verify exits with 3, prints nothing on stdout and says why:', () => {
  const damaged = async (name: string, content: Uint8Array) => {
    writeFileSync(join(directory.path, name), content);
    return arc('inspect', name);
  };

  test('a byte changed anywhere', async () => {
    const offsets = Array.from({ length: 6 }, (_, index) => Math.floor(((index + 0.5) / 6) * bytes.length));
    const results = await Promise.all(
      offsets.map((offset) =>
        damaged(
          `flipped-${offset}.aria`,
          bytes.map((byte, index) => (index === offset ? byte ^ 0x10 : byte)),
        ),
      ),
    );
    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/^error BUNDLE_/);
    }
  });
  test.each([
    ['cut short', () => bytes.subarray(0, bytes.length - 10)],
    ['empty', () => new Uint8Array()],
    ['no archive', () => Buffer.from('not an archive')],
    ['followed by something', () => Buffer.concat([bytes, Buffer.from('more')])],
  ])('%s', async (name, content) => {
    const { code, stdout, stderr } = await damaged(`${name}.aria`, content());
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error BUNDLE_/);
  });
  test('a file larger than any bundle, without reading it', async () => {
    const path = join(directory.path, 'huge.aria');
    writeFileSync(path, '');
    truncateSync(path, bundleMaxima.archiveBytes + 1);
    const { code, stderr } = await arc('inspect', 'huge.aria');
    expect(code).toBe(3);
    expect(stderr).toContain('BUNDLE_TOO_LARGE');
  });
  test.each([
    ['nowhere.aria', 'there is no such file'],
    ['invoice-kit', 'it is a directory'],
  ])('%s: %s', async (path, state) => {
    const { code, stderr } = await arc('inspect', path);
    expect(code).toBe(3);
    expect(stderr).toContain(state);
  });
  test('with --json the error is the document on stdout', async () => {
    const { code, stdout } = await arc('inspect', 'nowhere.aria', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', error: { code: 'BUNDLE_NOT_FOUND' } });
  });
});
