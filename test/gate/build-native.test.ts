import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type NativePlaces, buildNative } from '../../scripts/native/build.ts';
import { format, lint } from '../../scripts/native/lint.ts';
import { findRust } from '../../scripts/native/rust.ts';

let directory = '';
let places: NativePlaces = { crate: '', cache: '', out: '' };
const withoutRust = 'missing' in findRust('.');
const clippy = findRust('.', ['clippy']);
const rustfmt = findRust('.', ['fmt']);

/** A crate of the same form as ours, without dependencies: it builds in a second. */
const crate = {
  'Cargo.toml':
    '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2024"\n[lib]\ncrate-type = ["cdylib"]\n[features]\ncompiler = []\n[workspace]\n',
  'Cargo.lock': 'version = 4\n\n[[package]]\nname = "tiny"\nversion = "0.1.0"\n',
  'src/lib.rs': '#[unsafe(no_mangle)]\npub extern "C" fn which() -> bool {\n    cfg!(feature = "compiler")\n}\n',
};

function write(files: Readonly<Record<string, string>>, to: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(to, dirname(path)), { recursive: true });
    writeFileSync(join(to, path), text);
  }
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-native-'));
  places = { crate: join(directory, 'crate'), cache: join(directory, 'cache'), out: join(directory, 'crate/out') };
  write(crate, places.crate);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.skipIf(withoutRust)('the crate is built with and without its feature, kept, and then only compared', () => {
  expect(buildNative(places).kind).toBe('built');
  const [engine, compiler] = ['engine.node', 'compiler.node'].map((name) => readFileSync(join(places.out, name)));
  expect(engine?.equals(compiler ?? Buffer.alloc(0))).toBe(false);
  expect(buildNative(places).kind).toBe('there');
});

test.skipIf(withoutRust)('another checkout of the same sources, and one whose library is cut off, get copies', () => {
  const other = { ...places, crate: join(directory, 'other'), out: join(directory, 'other/out') };
  write(crate, other.crate);
  expect(buildNative(other).kind).toBe('copied');
  writeFileSync(join(other.out, 'engine.node'), '');
  expect(buildNative(other).kind).toBe('copied');
  expect(statSync(join(other.out, 'engine.node')).size).toBeGreaterThan(0);
});

test.skipIf(withoutRust)('a change of a source is built, and its undoing is taken from what was kept', () => {
  write({ 'src/lib.rs': `${crate['src/lib.rs']}// changed\n` }, places.crate);
  expect(buildNative(places).kind).toBe('built');
  write({ 'src/lib.rs': crate['src/lib.rs'] }, places.crate);
  expect(buildNative(places).kind).toBe('copied');
});

test.skipIf(withoutRust)('a source that does not compile fails and leaves the libraries that were there', () => {
  write({ 'src/lib.rs': 'fn' }, places.crate);
  expect(() => buildNative(places)).toThrow(/cargo ended with 101/);
  write({ 'src/lib.rs': crate['src/lib.rs'] }, places.crate);
  expect(existsSync(join(places.out, 'engine.node'))).toBe(true);
});

test.skipIf('missing' in clippy)(
  'clippy looks at both libraries, and what it found clean it does not look at again',
  () => {
    if ('missing' in clippy) return;
    expect(lint(places, clippy)).toBe(true);
    const other = { ...places, crate: join(directory, 'other') };
    rmSync(join(places.cache, 'target-engine'), { recursive: true });
    expect(lint(other, clippy)).toBe(true);
    expect(existsSync(join(places.cache, 'target-engine'))).toBe(false);
    const warned = '#[cfg(feature = "compiler")]\npub fn returns() -> u32 {\n    return 1;\n}\n';
    write({ 'src/lib.rs': `${crate['src/lib.rs']}${warned}` }, places.crate);
    expect(lint(places, clippy)).toBe(false);
    write({ 'src/lib.rs': crate['src/lib.rs'] }, places.crate);
  },
);

test.skipIf('missing' in rustfmt)('rustfmt is asked whether it would change anything', () => {
  expect(format(places)).toBe(true);
  write({ 'src/lib.rs': `${crate['src/lib.rs']}\n\n\n` }, places.crate);
  expect(format(places)).toBe(false);
  write({ 'src/lib.rs': crate['src/lib.rs'] }, places.crate);
});

test.skipIf(withoutRust)(
  'without Rust nothing is built, and libraries stay as long as they are of these sources',
  () => {
    buildNative(places);
    vi.stubEnv('PATH', '/nowhere');
    expect(buildNative(places)).toEqual({ kind: 'skipped', missing: 'rustc' });
    expect(existsSync(join(places.out, 'engine.node'))).toBe(true);
    write({ 'src/lib.rs': `${crate['src/lib.rs']}// of another branch\n` }, places.crate);
    expect(buildNative(places)).toEqual({ kind: 'skipped', missing: 'rustc' });
    expect(existsSync(join(places.out, 'engine.node'))).toBe(false);
  },
);

test('without Rust a step of the gate says so and ends as skipped', () => {
  const { status, stderr } = spawnSync(process.execPath, [resolve('scripts/check-native.ts'), 'lint'], {
    env: { PATH: '/nowhere', ARIA_BUILD_CACHE: directory },
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/rustc is missing\n$/);
  expect(status).toBe(77);
});
