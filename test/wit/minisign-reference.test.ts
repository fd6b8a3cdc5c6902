/** Both directions against the C program; without it the tests are skipped. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import {
  decodeSecretKey,
  encodeSecretKey,
  generateKeyPair,
  parsePublicKey,
  parseSignature,
  printPublicKey,
  sign,
  verifySignature,
} from '#wit/minisign';

const directory = mkdtempSync(join(tmpdir(), 'minisign-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function minisign(args: readonly string[], input = ''): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('minisign', args, { cwd: directory, input, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}
const installed = minisign(['-v']).output.startsWith('minisign');

const path = (name: string): string => join(directory, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');
/** Without the comment: the C of 0.11 writes a key id there without its leading zeros. */
const keyOf = (name: string): string => read(name).split('\n', 2)[1] ?? '';
const message = Buffer.from('what is signed\0\xff', 'latin1');
const coded = (code: string) => expect.objectContaining({ code });
const cheap = { operations: 32_768n, memory: 16_777_216n };

/** A key of ours, its files, and a message. */
async function ours(name: string, password?: string): Promise<ReturnType<typeof generateKeyPair>> {
  const key = generateKeyPair(randomBytes);
  const protection = password === undefined ? undefined : { password, random: randomBytes, limits: cheap };
  writeFileSync(path(`${name}.key`), await encodeSecretKey(key, protection));
  writeFileSync(path(`${name}.pub`), printPublicKey(key.publicKey));
  writeFileSync(path(`${name}.msg`), message);
  return key;
}

describe.skipIf(!installed)('the C minisign', () => {
  test('verifies what we sign, the trusted comment included, by our public key file', async () => {
    const key = await ours('a');
    writeFileSync(path('a.msg.minisig'), sign({ message, trustedComment: 'seq:7\tfile:größe 日本' }, key));
    const { code, output } = minisign(['-V', '-H', '-Q', '-p', 'a.pub', '-m', 'a.msg']);
    expect({ code, output }).toEqual({ code: 0, output: 'seq:7\tfile:größe 日本\n' });
  });
  test('takes the longest comments that we write, and refuses what is one byte longer', async () => {
    const key = await ours('b');
    const longest = { message, trustedComment: 't'.repeat(8173), untrustedComment: 'u'.repeat(1003) };
    writeFileSync(path('b.msg.minisig'), sign(longest, key));
    expect(minisign(['-V', '-q', '-p', 'b.pub', '-m', 'b.msg']).code).toBe(0);
    const text = read('b.msg.minisig');
    for (const [from, to] of [
      ['ttt\n', 'tttt\n'],
      ['uuu\n', 'uuuu\n'],
    ] as const) {
      writeFileSync(path('b.msg.minisig'), text.replace(from, to));
      expect(minisign(['-V', '-q', '-p', 'b.pub', '-m', 'b.msg']).code).not.toBe(0);
      expect(() => parseSignature(read('b.msg.minisig'))).toThrow(coded('SIGNATURE_MALFORMED'));
    }
  });
  test('opens our secret keys, with a password and without, and makes the same public key of them', async () => {
    await ours('c');
    await ours('d', 'pässword 1');
    expect(minisign(['-R', '-f', '-s', 'c.key', '-p', 'c2.pub']).code).toBe(0);
    expect(minisign(['-R', '-f', '-s', 'd.key', '-p', 'd2.pub'], 'pässword 1\n').code).toBe(0);
    expect(keyOf('c2.pub')).toBe(keyOf('c.pub'));
    expect(keyOf('d2.pub')).toBe(keyOf('d.pub'));
    expect(minisign(['-R', '-f', '-s', 'd.key', '-p', 'd3.pub'], 'password 1\n').code).not.toBe(0);
  });
  test('signs with our keys what we verify', async () => {
    const key = await ours('e', 'x');
    expect(minisign(['-S', '-s', 'e.key', '-m', 'e.msg', '-t', 'said by C'], 'x\n').code).toBe(0);
    const signature = parseSignature(read('e.msg.minisig'));
    verifySignature(message, signature, key.publicKey);
    expect(signature.trustedComment).toBe('said by C');
    expect(sign({ message, trustedComment: 'said by C' }, key)).toBe(read('e.msg.minisig'));
  });
  test('makes keys without a password that we read, and their signatures verify', async () => {
    expect(minisign(['-G', '-W', '-p', 'f.pub', '-s', 'f.key']).code).toBe(0);
    writeFileSync(path('f.msg'), message);
    expect(minisign(['-S', '-s', 'f.key', '-m', 'f.msg']).code).toBe(0);
    const key = parsePublicKey(read('f.pub'));
    verifySignature(message, parseSignature(read('f.msg.minisig')), key);
    expect((await decodeSecretKey(read('f.key'))).publicKey).toEqual(key);
    expect(printPublicKey(key).split('\n')[1]).toBe(keyOf('f.pub'));
  });
  // scrypt at its most: 1 GiB and some seconds, once on each side.
  test('protects a key with a password at full strength, which we open and write', { timeout: 120_000 }, async () => {
    expect(minisign(['-G', '-p', 'g.pub', '-s', 'g.key'], 'secret\nsecret\n').code).toBe(0);
    const key = await decodeSecretKey(read('g.key'), { password: 'secret' });
    expect(printPublicKey(key.publicKey).split('\n')[1]).toBe(keyOf('g.pub'));
    const limits = Buffer.from(read('g.key').split('\n')[1] ?? '', 'base64').subarray(38, 54);
    expect([limits.readBigUInt64LE(0), limits.readBigUInt64LE(8)]).toEqual([33_554_432n, 1_073_741_824n]);
  });
  test('legacy signatures, which it writes with -l, are refused by us and by its own -H', async () => {
    const key = await ours('h');
    expect(minisign(['-S', '-l', '-s', 'h.key', '-m', 'h.msg']).code).toBe(0);
    expect(minisign(['-V', '-q', '-p', 'h.pub', '-m', 'h.msg']).code).toBe(0);
    expect(minisign(['-V', '-H', '-q', '-p', 'h.pub', '-m', 'h.msg']).code).not.toBe(0);
    expect(() => parseSignature(read('h.msg.minisig'))).toThrow(coded('SIGNATURE_LEGACY'));
    // With the other name of the algorithm it is a signature over something else.
    const [comment, line, ...rest] = read('h.msg.minisig').split('\n');
    const bytes = Buffer.from(line ?? '', 'base64');
    bytes.write('ED', 'latin1');
    const renamed = parseSignature([comment, bytes.toString('base64'), ...rest].join('\n'));
    expect(() => verifySignature(message, renamed, key.publicKey)).toThrow(coded('SIGNATURE_INVALID'));
  });
  test('refuses what we refuse: other messages, comments, signatures and keys', async () => {
    const key = await ours('i');
    const stranger = await ours('j');
    const good = sign({ message, trustedComment: 'seq:1' }, key);
    const twin = { ...stranger.publicKey, keyId: key.publicKey.keyId };
    writeFileSync(path('twin.pub'), printPublicKey(twin));
    const [first = '', second = '', third = '', fourth = ''] = good.split('\n');
    const cases: readonly (readonly [what: string, signature: string, publicKey: string])[] = [
      ['another trusted comment', [first, second, 'trusted comment: seq:2', fourth, ''].join('\n'), 'i.pub'],
      [
        'the global signature of another',
        [first, second, third, sign({ message: Buffer.of(1), trustedComment: 'seq:1' }, key).split('\n')[3], ''].join(
          '\n',
        ),
        'i.pub',
      ],
      ['a signature of another message', sign({ message: Buffer.of(1), trustedComment: 'seq:1' }, key), 'i.pub'],
      ['another key', good, 'j.pub'],
      ['another key of the same id', good, 'twin.pub'],
      ['an unknown algorithm', good.replace('\nRU', '\nRV'), 'i.pub'],
      ['no trusted comment', [first, second, ''].join('\n'), 'i.pub'],
      ['a cut signature', [first, second.slice(0, -4), third, fourth, ''].join('\n'), 'i.pub'],
      ['an untrusted comment without its prefix', good.replace('untrusted comment: ', ''), 'i.pub'],
    ];
    const results = cases.map(([what, signature, publicKey]) => {
      writeFileSync(path('i.msg.minisig'), signature);
      const { code } = minisign(['-V', '-H', '-q', '-p', publicKey, '-m', 'i.msg']);
      return { what, refusedByC: code !== 0, ours: refusal(signature, read(publicKey)) };
    });
    expect(results).toEqual(
      cases.map(([what]) => ({ what, refusedByC: true, ours: expect.stringMatching(/^SIGNATURE_/) })),
    );
  });
  // 74 bytes leave two bits of the last digit unused; C ignores them, so that one signature has four texts there.
  test('lets stray bits in base64 pass, which we refuse', async () => {
    const key = await ours('l');
    const [first = '', second = '', ...rest] = sign({ message, trustedComment: 'seq:1' }, key).split('\n');
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const stray = second.replace(/.=$/, (end) => `${digits.charAt(digits.indexOf(end.charAt(0)) | 1)}=`);
    const text = [first, stray, ...rest].join('\n');
    expect(stray).not.toBe(second);
    writeFileSync(path('l.msg.minisig'), text);
    expect(minisign(['-V', '-H', '-q', '-p', 'l.pub', '-m', 'l.msg']).code).toBe(0);
    expect(refusal(text, read('l.pub'))).toBe('SIGNATURE_MALFORMED');
  });
});

function refusal(signature: string, publicKey: string): string | undefined {
  try {
    verifySignature(message, parseSignature(signature), parsePublicKey(publicKey));
    return undefined;
  } catch (thrown) {
    return thrown instanceof CodedError ? thrown.code : String(thrown);
  }
}
