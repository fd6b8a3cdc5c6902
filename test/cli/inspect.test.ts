import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
      component: { size: 8, ...tool.component, hash: '0'.repeat(64) },
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

describe('the signature beside a bundle', () => {
  const at = (name: string): string => join(directory.path, name);
  const trusted = (name: string): string => join(home.path, 'trust', name);
  let keyId: string;
  beforeAll(async () => {
    const setup = { home: home.path, directory: directory.path };
    copyFileSync(at('kit.aria'), at('signed.aria'));
    const made = await runArcWell(['keygen', 'release', '--no-password', '--json'], setup);
    ({ keyId } = JSON.parse(made) as { keyId: string });
    await runArcWell(['sign', 'signed.aria', '--key', 'release.key', '--seq', '7'], setup);
  });
  const inspect = (file: string, ...more: readonly string[]) => arc('inspect', file, '--no-rebuild', ...more);

  test('is shown with its key and its sequence, and that nobody here knows the key', async () => {
    const { code, stdout } = await inspect('signed.aria');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`signature +${keyId}, sequence 7\n +NOT VERIFIED: no key is trusted here`));
    const json = await inspect('signed.aria', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      signature: { keyId, key: null, sequence: 7, verified: false, reason: { code: 'SIGNATURE_UNTRUSTED' } },
    });
    expect(JSON.parse((await inspect('kit.aria', '--json')).stdout)).toMatchObject({ signature: null });
  });

  test('is verified by a key of $ARIA_HOME/trust, with the name of it; a revoked one is said', async () => {
    mkdirSync(trusted(''));
    copyFileSync(at('release.pub'), trusted('office.pub'));
    const verified = await inspect('signed.aria');
    expect(verified.code).toBe(0);
    expect(verified.stdout).toMatch(new RegExp(`signature +${keyId}, office, sequence 7\n +verified\n`));
    expect(JSON.parse((await inspect('signed.aria', '--json')).stdout)).toMatchObject({
      signature: { key: 'office', verified: true, reason: null },
    });
    writeFileSync(trusted('office.revoked'), 'the laptop was stolen');
    const revoked = await inspect('signed.aria');
    expect(revoked.code).toBe(0);
    expect(revoked.stdout).toMatch(/NOT VERIFIED: .*office.*the laptop was stolen/);
    writeFileSync(trusted('relaese.revoked'), '');
    expect((await inspect('signed.aria')).stdout).toMatch(/NOT VERIFIED: .*relaese/);
    rmSync(trusted('relaese.revoked'));
    rmSync(trusted('office.revoked'));
  });

  test.each([
    ['of other bytes by a trusted key', 'SIGNATURE_INVALID', (text: string) => flipped(text, 1, 40)],
    ['with another comment by a trusted key', 'SIGNATURE_INVALID', (text: string) => text.replace('seq:7', 'seq:8')],
    [
      'of another version, whoever signed',
      'SIGNATURE_MISMATCH',
      (text: string) => text.replace(/version:\S+/, 'version:9.9.9'),
    ],
    ['that is no text of minisign', 'SIGNATURE_MALFORMED', () => 'yes'],
    ['larger than any', 'SIGNATURE_MALFORMED', () => 'x'.repeat(100_000)],
  ])('%s is an error, %s, and exits with 3', async (_name, expected, change) => {
    copyFileSync(at('signed.aria'), at('wrong.aria'));
    writeFileSync(at('wrong.aria.minisig'), change(readFileSync(at('signed.aria.minisig'), 'utf8')));
    const { code, stdout, stderr } = await inspect('wrong.aria', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', error: { code: expected } });
    expect(stderr).toContain(`error ${expected}`);
  });
});

/** A signature text with a character of one of its lines changed to another one of base64. */
function flipped(text: string, line: number, column: number): string {
  return text
    .split('\n')
    .map((one, index) =>
      index === line ? `${one.slice(0, column)}${one[column] === 'A' ? 'B' : 'A'}${one.slice(column + 1)}` : one,
    )
    .join('\n');
}

test('dependencies are shown with their ranges', async () => {
  const { manifest, files } = readBundle(bytes);
  const dependencies = { 'units-kit': '^1.2', clocks: '>=2 <4' };
  writeFileSync(join(directory.path, 'needy.aria'), writeBundle({ manifest: { ...manifest, dependencies }, files }));
  const { code, stdout } = await arc('inspect', 'needy.aria', '--no-rebuild');
  expect(code).toBe(0);
  expect(stdout).toMatch(/depends on +clocks >=2 <4\n +units-kit \^1\.2\n/);
  expect((await arc('inspect', 'kit.aria', '--no-rebuild')).stdout).not.toContain('depends on');
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
