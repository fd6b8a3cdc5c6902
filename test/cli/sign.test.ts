import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle, writeBundle } from '#wit/bundle';
import {
  decodeSecretKey,
  encodeSecretKey,
  parseBundleComment,
  parsePublicKey,
  parseSignature,
  verifySignature,
} from '#wit/minisign';
import { sampleContent } from '../wit/sample-bundle.ts';
import { type ArcResult, copySample, runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});

const path = (name: string): string => join(directory.path, name);
const text = (name: string): string => readFileSync(path(name), 'utf8');
const setup = { home: home.path, directory: directory.path };
const arc = (...args: readonly string[]): Promise<ArcResult> => runArc(args, setup);
const minisign = (...args: readonly string[]) => spawnSync('minisign', args, { cwd: directory.path, encoding: 'utf8' });
const hasMinisign = minisign('-v').stdout?.startsWith('minisign') === true;

/** A copy of the sample bundle under another name, with a signature of the key `a`. */
async function signedCopy(name: string, ...more: readonly string[]): Promise<void> {
  copyFileSync(path('kit.aria'), path(name));
  await runArcWell(['sign', name, '--key', 'a.key', ...more], setup);
}

/** The key `a` with a password that takes little to derive. */
async function cheapKey(name: string, password: string): Promise<void> {
  const limits = { operations: 32_768n, memory: 16_777_216n };
  const protection = { password, random: (length: number) => new Uint8Array(length).fill(3), limits };
  const key = await decodeSecretKey(text('a.key'));
  writeFileSync(path(`${name}.key`), await encodeSecretKey(key, protection), { mode: 0o600 });
}

beforeAll(async () => {
  writeFileSync(path('kit.aria'), writeBundle(sampleContent()));
  await Promise.all(['a', 'b'].map((name) => runArcWell(['keygen', name, '--no-password'], setup)));
});

describe('arc keygen', () => {
  test('writes a pair in the form of minisign, the secret key for its owner only', async () => {
    const { code, stdout, stderr } = await arc('keygen', 'c', '--no-password');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'c.pub\n' });
    const key = parsePublicKey(text('c.pub'));
    expect((await decodeSecretKey(text('c.key'))).publicKey).toEqual(key);
    expect(stderr).toContain(`made the key ${key.keyId}`);
    expect(stderr).toContain('next: arc build . --sign c.key');
    expect(statSync(path('c.key')).mode & 0o777).toBe(0o600);
  });
  test('overwrites nothing: neither a secret key nor a public one', async () => {
    writeFileSync(path('taken.pub'), 'mine');
    const before = text('a.key');
    const [secret, open] = await Promise.all([
      arc('keygen', 'a', '--no-password'),
      arc('keygen', 'taken', '--no-password'),
    ]);
    expect([secret.code, open.code]).toEqual([3, 3]);
    expect(secret.stderr).toContain('KEY_EXISTS');
    expect(open.stderr).toContain('"taken.pub"');
    expect([text('a.key'), text('taken.pub')]).toEqual([before, 'mine']);
    expect(readdirSync(directory.path)).not.toContain('taken.key');
  });
  test('--json says everything, and a program is never asked for a password', async () => {
    const [made, asked] = await Promise.all([
      arc('keygen', 'd', '--no-password', '--json'),
      arc('keygen', 'e', '--json'),
    ]);
    expect(JSON.parse(made.stdout)).toEqual({
      kind: 'done',
      keyId: parsePublicKey(text('d.pub')).keyId,
      publicKey: text('d.pub').split('\n')[1],
      encrypted: false,
      paths: { secret: path('d.key'), public: path('d.pub') },
    });
    expect(asked.code).toBe(2);
    expect(JSON.parse(asked.stdout)).toMatchObject({ kind: 'failed', error: { code: 'USAGE' } });
    expect(asked.stderr).toContain('--password-stdin');
  });
  test('refuses a directory that is not there, and leaves nothing', async () => {
    const { code, stderr } = await arc('keygen', 'absent/key', '--no-password');
    expect(code).toBe(1);
    expect(stderr).toContain('IO_FAILED');
    expect(stderr).toContain('no such file or directory');
  });
  test('--rotate lets the old key vouch for the new one', async () => {
    const { code, stderr } = await arc('keygen', 'next', '--no-password', '--rotate', 'a.key');
    expect(code).toBe(0);
    expect(stderr).toContain(`the key ${parsePublicKey(text('a.pub')).keyId} vouches for it`);
    verifySignature(
      readFileSync(path('next.pub')),
      parseSignature(text('next.pub.minisig')),
      parsePublicKey(text('a.pub')),
    );
  });
  // The password is derived at full strength, once by each of two programs.
  test('a password from stdin protects the key, and opens it for minisign', async () => {
    const made = await runArc(['keygen', 'locked', '--password-stdin'], {
      ...setup,
      stdin: 'first line\nsecond line\n',
    });
    expect(made.code).toBe(0);
    expect(`${made.stdout}${made.stderr}`).not.toContain('first line');
    expect(text('locked.key')).toMatch(/^untrusted comment: minisign encrypted secret key\nRWRTY0Iy/);
    if (!hasMinisign) return;
    const remade = spawnSync('minisign', ['-R', '-f', '-s', 'locked.key', '-p', 'remade.pub'], {
      cwd: directory.path,
      input: 'first line\n',
    });
    expect(remade.status).toBe(0);
    // Without the comment: the C of 0.11 writes a key id there without its leading zeros.
    expect(text('remade.pub').split('\n')[1]).toBe(text('locked.pub').split('\n')[1]);
  });
  test('--rotate reads the old password from the first line', async () => {
    await cheapKey('old', 'one');
    const { code } = await runArc(['keygen', 'rotated', '--no-password', '--rotate', 'old.key', '--password-stdin'], {
      ...setup,
      stdin: 'one\n',
    });
    expect(code).toBe(0);
    verifySignature(
      readFileSync(path('rotated.pub')),
      parseSignature(text('rotated.pub.minisig')),
      parsePublicKey(text('a.pub')),
    );
  });
});

describe('arc sign', () => {
  test('says which bundle it is, and now as the sequence number', async () => {
    const fromSec = Math.floor(Date.now() / 1000);
    copyFileSync(path('kit.aria'), path('sign.aria'));
    const { code, stdout, stderr } = await arc('sign', 'sign.aria', '--key', 'a.key');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'sign.aria.minisig\n' });
    expect(stderr).toContain('signed invoice-kit 0.2.0: key');
    const signature = parseSignature(text('sign.aria.minisig'));
    const archive = readFileSync(path('sign.aria'));
    verifySignature(archive, signature, parsePublicKey(text('a.pub')));
    const { sequence, timestampSec, ...comment } = parseBundleComment(signature.trustedComment);
    const { manifestHash } = readBundle(archive);
    expect(comment).toEqual({ file: 'sign.aria', bundle: 'invoice-kit', version: '0.2.0', manifestHash });
    expect(sequence).toBe(timestampSec);
    expect(sequence).toBeGreaterThanOrEqual(fromSec);
  });
  test('takes a sequence number, and tells it in JSON', async () => {
    copyFileSync(path('kit.aria'), path('seq.aria'));
    const { stdout } = await arc('sign', 'seq.aria', '--key', 'a.key', '--seq', '41', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'done',
      name: 'invoice-kit',
      version: '0.2.0',
      keyId: parsePublicKey(text('a.pub')).keyId,
      sequence: 41,
      path: path('seq.aria.minisig'),
    });
  });
  test.each(['0', '-1', '1.5', '9007199254740992', 'x'])('refuses the sequence number %s', async (seq) => {
    const { code, stderr } = await arc('sign', 'kit.aria', '--key', 'a.key', `--seq=${seq}`);
    expect(code).toBe(2);
    expect(stderr).toContain('whole number from 1');
  });
  test('signs nothing but a bundle that verifies, with nothing but a secret key', async () => {
    writeFileSync(path('broken.aria'), readFileSync(path('kit.aria')).subarray(0, -1));
    const results = await Promise.all([
      arc('sign', 'broken.aria', '--key', 'a.key'),
      arc('sign', 'absent.aria', '--key', 'a.key'),
      arc('sign', 'kit.aria', '--key', 'a.pub'),
      arc('sign', 'kit.aria', '--key', 'absent.key'),
      arc('sign', 'kit.aria', '--key', '/dev/zero'),
    ]);
    expect(results.map(({ code, stderr }) => [code, /error (\w+)/.exec(stderr)?.[1]])).toEqual([
      [3, 'BUNDLE_CORRUPT'],
      [3, 'BUNDLE_NOT_FOUND'],
      [3, 'KEY_INVALID'],
      [3, 'KEY_INVALID'],
      [3, 'KEY_INVALID'],
    ]);
    expect(readdirSync(directory.path)).not.toContain('broken.aria.minisig');
  });
  test('warns of a secret key that others may read', async () => {
    copyFileSync(path('a.key'), path('open.key'));
    chmodSync(path('open.key'), 0o644);
    copyFileSync(path('kit.aria'), path('open.aria'));
    const { code, stderr } = await arc('sign', 'open.aria', '--key', 'open.key');
    expect(code).toBe(0);
    expect(stderr).toContain('chmod 600 open.key');
  });
});

describe('arc verify', () => {
  test('says whose the signature is and of what, as text and as JSON', async () => {
    await signedCopy('good.aria', '--seq', '5');
    const { keyId } = parsePublicKey(text('a.pub'));
    const [plain, json] = await Promise.all([
      arc('verify', 'good.aria', '--key', 'a.pub'),
      arc('verify', 'good.aria', '--key', 'a.pub', '--json'),
    ]);
    expect({ code: plain.code, stderr: plain.stderr }).toEqual({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(new RegExp(`^invoice-kit 0\\.2\\.0: .*\\nkey +${keyId}.*\\nsequence +5\\n`));
    const { hash, manifestHash } = readBundle(readFileSync(path('good.aria')));
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'done',
      name: 'invoice-kit',
      keyId,
      sequence: 5,
      hash,
      manifestHash,
    });
    if (hasMinisign) expect(minisign('-V', '-H', '-q', '-p', 'a.pub', '-m', 'good.aria').status).toBe(0);
  });
  test('refuses by kind: what is not true with 3, what is not trusted or missing with 4', async () => {
    await signedCopy('bad.aria');
    const good = text('bad.aria.minisig');
    const archive = readFileSync(path('bad.aria'));
    const variant = (name: string, signature: string | undefined, bytes: Uint8Array = archive): string => {
      writeFileSync(path(name), bytes);
      if (signature !== undefined) writeFileSync(path(`${name}.minisig`), signature);
      return name;
    };
    const flipped = Uint8Array.from(archive);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    const cases = [
      [variant('flipped.aria', good, flipped), 'a.pub', 3, 'SIGNATURE_INVALID'],
      [variant('comment.aria', good.replace('version:0.2.0', 'version:0.3.0')), 'a.pub', 3, 'SIGNATURE_INVALID'],
      [variant('long.aria', 'x'.repeat(1_000_000)), 'a.pub', 3, 'SIGNATURE_MALFORMED'],
      [variant('legacy.aria', good.replace('\nRU', '\nRW')), 'a.pub', 3, 'SIGNATURE_LEGACY'],
      [variant('other.aria', good), 'b.pub', 4, 'SIGNATURE_UNTRUSTED'],
      [variant('none.aria', undefined), 'a.pub', 4, 'SIGNATURE_MISSING'],
      ['bad.aria', 'a.key', 3, 'KEY_INVALID'],
    ] as const;
    const results = [];
    for (const [file, key] of cases) {
      const { code, stdout, stderr } = await arc('verify', file, '--key', key);
      results.push([file, key, code, /error (\w+)/.exec(stderr)?.[1], stdout]);
    }
    expect(results).toEqual(cases.map((one) => [...one, '']));
  });
  test.skipIf(!hasMinisign)('a signature of minisign itself is true, and says of no bundle', async () => {
    copyFileSync(path('kit.aria'), path('bare.aria'));
    expect(minisign('-S', '-s', 'a.key', '-m', 'bare.aria').status).toBe(0);
    const { code, stderr } = await arc('verify', 'bare.aria', '--key', 'a.pub');
    expect(code).toBe(3);
    expect(stderr).toContain('of which bundle the signature is');
  });
});

describe('arc build --sign and arc run', () => {
  const call = ['sumLines', '--input', '{"lines":[2,3]}'];

  beforeAll(async () => {
    copySample('invoice-kit', directory.path);
    await runArcWell(['build', 'invoice-kit', '-o', 'built.aria', '--sign', 'a.key'], setup);
  });

  test('the signature lies beside the bundle and verifies', async () => {
    expect(await runArcWell(['verify', 'built.aria', '--key', 'a.pub'], setup)).toContain(
      'signature and comment verified',
    );
  });
  test('the key is looked at before anything is built', async () => {
    const { code, stderr } = await arc('build', 'invoice-kit', '-o', 'never.aria', '--sign', 'absent.key');
    expect(code).toBe(3);
    expect(stderr).toContain('KEY_INVALID');
    expect(readdirSync(directory.path)).not.toContain('never.aria');
  });
  test('--watch signs nothing', async () => {
    const { code, stderr } = await arc('build', 'invoice-kit', '--watch', '--sign', 'a.key');
    expect(code).toBe(2);
    expect(stderr).toContain('--watch');
  });
  test('a bundle runs by a key in the trust directory, and no longer when that is revoked or the bundle changed', async () => {
    const unknown = await arc('run', 'built.aria', ...call);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toContain('SIGNATURE_UNTRUSTED');
    mkdirSync(join(home.path, 'trust'));
    copyFileSync(path('a.pub'), join(home.path, 'trust', 'a.pub'));
    expect(await runArcWell(['run', 'built.aria', ...call], setup)).toBe('{"total":5}\n');
    expect(await runArcWell(['verify', 'built.aria', '--json'], setup)).toContain('"key":"a"');
    copyFileSync(path('built.aria.minisig'), path('kit.aria.minisig'));
    const other = await arc('run', 'kit.aria', ...call);
    expect(other.code).toBe(3);
    expect(other.stderr).toContain('SIGNATURE_INVALID');
    writeFileSync(join(home.path, 'trust', 'a.revoked'), 'the laptop was stolen');
    const revoked = await arc('run', 'built.aria', ...call);
    expect(revoked.code).toBe(4);
    expect(revoked.stderr).toContain('SIGNATURE_REVOKED');
    expect(revoked.stderr).toContain('the laptop was stolen');
    expect(await runArcWell(['run', 'built.aria', ...call, '--allow-unsigned'], setup)).toBe('{"total":5}\n');
    rmSync(join(home.path, 'trust'), { recursive: true });
  });
});

const driverPath = fileURLToPath(new URL('pseudo-terminal.py', import.meta.url));
const arcPath = fileURLToPath(new URL('../../compiler/cli/bin.js', import.meta.url));
const python = spawnSync('python3', ['-c', 'import pty']).status === 0 ? 'python3' : undefined;

describe.skipIf(python === undefined)('a password on a terminal', () => {
  const enter = '\r';
  interface Shown {
    readonly code: number;
    readonly stdout: string;
    readonly terminal: string;
    readonly unasked: readonly string[];
  }
  const ask = (args: readonly string[], answers: readonly (readonly [string, string])[]): Promise<Shown> =>
    new Promise((resolve, reject) => {
      execFile(
        python ?? '',
        [driverPath, '80', JSON.stringify(answers), process.execPath, arcPath, ...args],
        { cwd: directory.path, env: { ...process.env, ARIA_HOME: home.path, TERM: 'xterm', CI: '' } },
        (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout) as Shown)),
      );
    });

  test('is asked for twice, never shown, and nothing is made when the person gives up', async () => {
    const { code, terminal, unasked } = await ask(
      ['keygen', 'asked'],
      [
        ['Password for', `geheim${enter}`],
        ['The same again', `gehein${enter}`],
        ['not the same', '\u0003'],
      ],
    );
    expect({ code, unasked }).toEqual({ code: 130, unasked: [] });
    expect(terminal).not.toMatch(/gehei/);
    expect(readdirSync(directory.path)).not.toContain('asked.key');
  });
  test('that is wrong does not open the key', async () => {
    await cheapKey('cheap', 'right');
    copyFileSync(path('kit.aria'), path('asked.aria'));
    const answer = (password: string) =>
      ask(['sign', 'asked.aria', '--key', 'cheap.key'], [['Password of', `${password}${enter}`]]);
    const wrong = await answer('wrong');
    expect(wrong.code).toBe(4);
    expect(wrong.terminal).toContain('KEY_PASSWORD_WRONG');
    expect(readdirSync(directory.path)).not.toContain('asked.aria.minisig');
    const right = await answer('right');
    expect({ code: right.code, stdout: right.stdout }).toEqual({ code: 0, stdout: 'asked.aria.minisig\n' });
  });
});
