import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleMaxima, hashBytes, readBundle, writeBundle } from '#wit/bundle';
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

/** The bundle with other facts in its manifest; all hashes of its files are right. */
function forged({ source, template }: { source?: string; template?: string } = {}): Uint8Array {
  const { manifest, files } = readBundle(bytes);
  const changed = new Map(files);
  const tools = manifest.tools.map((tool) => {
    const text = source === undefined ? files.get(tool.source.path) : new TextEncoder().encode(source);
    if (text === undefined) throw new Error('The bundle has no source');
    changed.set(tool.source.path, text);
    return {
      ...tool,
      source: { ...tool.source, hash: hashBytes(text), size: text.length },
      component: { ...tool.component, hash: '0'.repeat(64) },
    };
  });
  return writeBundle({
    manifest: { ...manifest, template: template ?? manifest.template, tools },
    files: changed,
  });
}

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
    expect(stdout).toMatch(/verified +\d+ entries: all sizes, checksums and hashes/);
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
  test('makes every component of its source, finds the manifest right, and says so', async () => {
    const { code, stdout } = await arc('inspect', 'kit.aria');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d components made of the source, and the same/);
    const json = await arc('inspect', 'kit.aria', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      verified: { components: { sumLines: 'verified', spin: 'verified' } },
    });
  });
  test('refuses a manifest that names another component than the source makes', async () => {
    writeFileSync(join(directory.path, 'forged.aria'), forged());
    const { code, stdout, stderr } = await arc('inspect', 'forged.aria');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('BUNDLE_HASH_MISMATCH');
    expect(stderr).toContain('its source makes another one than the manifest names');
  });
  test('refuses a source that makes no component at all', async () => {
    const source = 'throw new Error("no tool");';
    writeFileSync(join(directory.path, 'unmade.aria'), forged({ source }));
    const { code, stderr } = await arc('inspect', 'unmade.aria');
    expect(code).toBe(3);
    expect(stderr).toContain('BUNDLE_HASH_MISMATCH');
    expect(stderr).toContain('no tool');
  });
  test('says that components of another template are not compared', async () => {
    writeFileSync(join(directory.path, 'older.aria'), forged({ template: 'a'.repeat(64) }));
    const { code, stdout } = await arc('inspect', 'older.aria');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d components not compared: made by another template/);
  });
  test('--no-rebuild makes no component, and says that none is verified', async () => {
    writeFileSync(join(directory.path, 'forged.aria'), forged());
    const { code, stdout } = await arc('inspect', 'forged.aria', '--no-rebuild');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d components not compared: --no-rebuild/);
    expect(stdout).not.toContain('and the same');
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
