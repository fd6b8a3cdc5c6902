import { randomBytes, sign as signWithNode } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type BundleComment,
  type PublicKey,
  decodeSecretKey,
  encodeSecretKey,
  generateKeyPair,
  isEncrypted,
  parseBundleComment,
  parsePublicKey,
  parseSignature,
  printBundleComment,
  printPublicKey,
  printSignature,
  scryptSensitive,
  sequenceMax,
  sign,
  verifySignature,
  verifyTrustedComment,
} from '#wit/minisign';
import { scryptParameters } from '../../wit/minisign/scrypt.ts';
import { Random } from '../fuzz.ts';

const coded = (code: string) => expect.objectContaining({ code });
const seeded = (seed: number) => {
  const random = new Random(seed);
  return (length: number) => random.bytes(length);
};
const key = generateKeyPair(seeded(1));
const other = generateKeyPair(seeded(2));
const message = new TextEncoder().encode('a bundle');
const text = sign({ message, trustedComment: 'timestamp:1\tfile:größe.aria\thashed' }, key);
const cheap = { operations: 32_768n, memory: 16_777_216n };

/** Whatever a text is taken for: nothing, or a signature that counts. */
function accepted(signature: string, bytes = message, publicKey: PublicKey = key.publicKey): boolean {
  try {
    verifySignature(bytes, parseSignature(signature), publicKey);
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: expect.stringMatching(/^SIGNATURE_/) });
    return false;
  }
}

describe('signatures', () => {
  test('a signature is four lines, and reads back as it was written', () => {
    expect(text).toMatch(
      /^untrusted comment: signature from minisign secret key\nRU[\w+/]{97}=\ntrusted comment: timestamp:1\tfile:größe\.aria\thashed\n[\w+/]{86}==\n$/,
    );
    expect(printSignature(parseSignature(text))).toBe(text);
    expect(accepted(text)).toBe(true);
  });
  test('the same key, file and comment give the same bytes', () => {
    expect(sign({ message, trustedComment: 'timestamp:1\tfile:größe.aria\thashed' }, key)).toBe(text);
  });
  test('every single-bit flip behind the untrusted comment is refused', () => {
    const bytes = Buffer.from(text);
    const start = bytes.indexOf('\n');
    let refused = 0;
    for (let at = start; at < bytes.length - 1; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        if (accepted(flipped.toString('utf8'))) throw new Error(`byte ${at}, bit ${bit} counts for nothing`);
        refused += 1;
      }
    }
    expect(refused).toBe((bytes.length - 1 - start) * 8);
  });
  test('every single-bit flip of the message is refused', () => {
    for (let at = 0; at < message.length * 8; at += 1) {
      const flipped = Uint8Array.from(message);
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(accepted(text, flipped)).toBe(false);
    }
  });
  test('a signature that is cut anywhere is refused; only the last line end may be missing', () => {
    for (let length = 0; length < text.length - 1; length += 1) expect(accepted(text.slice(0, length))).toBe(false);
    expect(accepted(text.slice(0, -1))).toBe(true);
  });
  test.each([
    ['CRLF', (good: string) => good.replaceAll('\n', '\r\n')],
    ['a CR at one line', (good: string) => good.replace('\n', '\r\n')],
    ['a fifth line', (good: string) => `${good}more\n`],
    ['an empty fifth line', (good: string) => `${good}\n`],
    ['an empty line before', (good: string) => `\n${good}`],
    ['a byte order mark', (good: string) => `\uFEFF${good}`],
    ['a space behind base64', (good: string) => good.replace('=\n', '= \n')],
    ['base64 without padding', (good: string) => good.replace('=\n', '\n')],
    ['base64 of URLs', (good: string) => good.replace(/^RU.*$/m, (line) => line.replaceAll(/[+/]|.$/g, '-'))],
    ['another prefix', (good: string) => good.replace('untrusted comment: ', 'comment: ')],
    ['a prefix in capitals', (good: string) => good.replace('trusted comment: t', 'Trusted comment: t')],
    ['no space behind the prefix', (good: string) => good.replace('trusted comment: t', 'trusted comment:t')],
    ['an escape in the untrusted comment', (good: string) => good.replace('from', 'fr\u001Bom')],
    ['DEL in the trusted comment', (good: string) => good.replace('file', 'fi\u007Fle')],
    ['a C1 control in the trusted comment', (good: string) => good.replace('file', 'fi\u0085le')],
    ['a zero in the trusted comment', (good: string) => good.replace('file', 'fi\0le')],
    ['half a character', (good: string) => good.replace('file', 'fi\uD800le')],
    ['an unknown algorithm', (good: string) => good.replace('\nRU', '\nRV')],
    ['nothing', () => ''],
    ['a megabyte', () => 'x'.repeat(2 ** 20)],
  ])('%s is SIGNATURE_MALFORMED', (_, spoil) => {
    const spoilt = spoil(text);
    expect(spoilt).not.toBe(text);
    expect(() => parseSignature(spoilt, 'x.minisig')).toThrow(coded('SIGNATURE_MALFORMED'));
  });
  test('lines that end with CR, as some tools make them, are named', () => {
    expect(() => parseSignature(text.replaceAll('\n', '\r\n'))).toThrow('its lines end with CR');
  });
  test('a legacy signature, over the file itself, is SIGNATURE_LEGACY', () => {
    const legacy = text.replace('\nRUQ', '\nRWQ').replace('\nRUR', '\nRWR').replace(/\nRU/, '\nRW');
    expect(() => parseSignature(legacy, 'x.minisig')).toThrow(coded('SIGNATURE_LEGACY'));
    expect(() => parseSignature(legacy, 'x.minisig')).toThrow('Cannot read the signature "x.minisig"');
  });
  test('another key is SIGNATURE_UNTRUSTED, another key of the same id SIGNATURE_INVALID', () => {
    const signature = parseSignature(text);
    expect(() => verifySignature(message, signature, other.publicKey)).toThrow(coded('SIGNATURE_UNTRUSTED'));
    const forged = { keyId: key.publicKey.keyId, bytes: other.publicKey.bytes };
    expect(() => verifySignature(message, signature, forged)).toThrow(coded('SIGNATURE_INVALID'));
    expect(() => verifyTrustedComment(signature, forged)).toThrow(coded('SIGNATURE_INVALID'));
    expect(() => verifyTrustedComment(signature, other.publicKey)).toThrow(coded('SIGNATURE_UNTRUSTED'));
  });
  test('the trusted comment is verified without the file, and a comment of another signature is refused', () => {
    const [first, second] = ['seq:1', 'seq:2'].map((comment) =>
      parseSignature(sign({ message: Buffer.from(comment), trustedComment: comment }, key)),
    );
    if (first === undefined || second === undefined) throw new Error('no signatures');
    verifyTrustedComment(first, key.publicKey);
    const mixed = { ...first, trustedComment: second.trustedComment, globalSignature: second.globalSignature };
    expect(() => verifyTrustedComment(mixed, key.publicKey)).toThrow(coded('SIGNATURE_INVALID'));
    expect(() => verifySignature(Buffer.from('seq:1'), mixed, key.publicKey)).toThrow(coded('SIGNATURE_INVALID'));
  });
  test.each([
    ['untrustedComment', 1003],
    ['trustedComment', 8173],
  ] as const)('%s may have %i bytes, and not one more', (field, max) => {
    const longest = sign({ message, trustedComment: '', [field]: 'é'.repeat((max - 1) / 2) + 'x' }, key);
    expect(accepted(longest)).toBe(true);
    expect(() => sign({ message, trustedComment: '', [field]: 'x'.repeat(max + 1) }, key)).toThrow(
      coded('SIGNATURE_MALFORMED'),
    );
    const prefix = field === 'trustedComment' ? '\ntrusted comment: ' : 'untrusted comment: ';
    expect(() => parseSignature(longest.replace(prefix, `${prefix}y`))).toThrow(coded('SIGNATURE_MALFORMED'));
  });
  test('a comment that could not be read again is not signed', () => {
    for (const trustedComment of ['a\nb', 'a\rb', '\u001B[2J', '\uDC00'])
      expect(() => sign({ message, trustedComment }, key)).toThrow(coded('SIGNATURE_MALFORMED'));
  });
});

describe('public keys', () => {
  const file = printPublicKey(key.publicKey);

  test('a key is read from its file, and from its line alone', () => {
    expect(parsePublicKey(file)).toEqual(key.publicKey);
    expect(parsePublicKey(file.split('\n')[1] ?? '')).toEqual(key.publicKey);
    expect(file).toBe(`untrusted comment: minisign public key ${key.publicKey.keyId}\n${file.split('\n')[1]}\n`);
  });
  test('every single-bit flip of the key is refused, or makes a key under which the signature is refused', () => {
    const line = Buffer.from(file.split('\n')[1] ?? '');
    let keys = 0;
    for (let at = 0; at < line.length * 8; at += 1) {
      const flipped = Buffer.from(line);
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
      let read: PublicKey;
      try {
        read = parsePublicKey(flipped.toString('utf8'));
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'KEY_INVALID' });
        continue;
      }
      keys += 1;
      if (accepted(text, message, read)) throw new Error(`bit ${at} counts for nothing`);
    }
    expect(keys).toBeGreaterThan(50);
  });
  test.each([
    ['CRLF', file.replaceAll('\n', '\r\n')],
    ['a third line', `${file}x\n`],
    [
      'one byte less',
      `${Buffer.from(file.split('\n')[1] ?? '', 'base64')
        .subarray(0, 41)
        .toString('base64')}\n`,
    ],
    ['a line end behind the line alone', `${file.split('\n')[1]}\n`],
    ['a signature', text],
    ['a secret key', 'untrusted comment: minisign encrypted secret key\nRWQAAEIy\n'],
    ['nothing', ''],
  ])('%s is KEY_INVALID', (_, spoilt) => {
    expect(() => parsePublicKey(spoilt, 'x.pub')).toThrow(coded('KEY_INVALID'));
    expect(() => parsePublicKey(spoilt, 'x.pub')).toThrow('"x.pub"');
  });
  test.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('the weak point %s is no key', (point) => {
    const line = Buffer.concat([Buffer.from('Ed'), Buffer.alloc(8), Buffer.from(point, 'hex')]).toString('base64');
    expect(() => parsePublicKey(line)).toThrow(coded('KEY_INVALID'));
  });
});

describe('secret keys', () => {
  test('a key without a password reads back', async () => {
    const file = await encodeSecretKey(key);
    expect(isEncrypted(file)).toBe(false);
    expect((await decodeSecretKey(file)).publicKey).toEqual(key.publicKey);
  });
  test('a key with a password reads back with that password only', async () => {
    const file = await encodeSecretKey(key, { password: 'correct hörse', random: randomBytes, limits: cheap });
    expect(isEncrypted(file)).toBe(true);
    const read = await decodeSecretKey(file, { password: 'correct hörse' });
    expect(sign({ message, trustedComment: '' }, read)).toBe(sign({ message, trustedComment: '' }, key));
    await expect(decodeSecretKey(file, { password: 'correct horse' })).rejects.toThrow(coded('KEY_PASSWORD_WRONG'));
    await expect(decodeSecretKey(file)).rejects.toThrow(coded('KEY_PASSWORD_WRONG'));
  });
  test('the same password gives another file each time', async () => {
    const protection = { password: 'x', random: randomBytes, limits: cheap };
    expect(await encodeSecretKey(key, protection)).not.toBe(await encodeSecretKey(key, protection));
  });
  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(1023)],
    ['of two lines', 'a\nb'],
  ])('a password that is %s protects no key', async (_, password) => {
    await expect(encodeSecretKey(key, { password, random: randomBytes, limits: cheap })).rejects.toThrow(
      coded('KEY_INVALID'),
    );
  });
  test('every flipped byte of a key without a password is refused', async () => {
    const [comment, line] = (await encodeSecretKey(key)).split('\n');
    const bytes = Buffer.from(line ?? '', 'base64');
    // The salt and the limits of scrypt mean nothing where there is no password.
    const used = [...bytes.keys()].filter((at) => at < 6 || at >= 54);
    for (const at of used) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      await expect(decodeSecretKey(`${comment}\n${flipped.toString('base64')}\n`), `byte ${at}`).rejects.toThrow(
        coded('KEY_INVALID'),
      );
    }
  });
  test('a key that asks for more work or memory than minisign gives is refused before any work', async () => {
    const file = await encodeSecretKey(key, { password: 'x', random: randomBytes, limits: cheap });
    for (const offset of [38, 46]) {
      const bytes = Buffer.from(file.split('\n')[1] ?? '', 'base64');
      bytes.writeBigUInt64LE(offset === 38 ? scryptSensitive.operations + 1n : scryptSensitive.memory + 1n, offset);
      const greedy = `untrusted comment: x\n${bytes.toString('base64')}\n`;
      await expect(decodeSecretKey(greedy, { password: 'x' })).rejects.toThrow(coded('KEY_INVALID'));
    }
  });
  test('a secret key shows its secret to neither logs nor JSON', async () => {
    const secret = Buffer.from(key.secretBytes().subarray(0, 32));
    const shown = `${inspect(key, { depth: 10, showHidden: true })} ${JSON.stringify(key)} ${String(key)}`;
    expect(shown).not.toContain(secret.toString('hex'));
    expect(shown).not.toContain([...secret.subarray(0, 4)].join(','));
    expect(shown).not.toContain([...secret.subarray(0, 4)].join(', '));
  });
  test('a key pair is made of the randomness that it is given, and signs as Ed25519 does', () => {
    expect(generateKeyPair(seeded(1)).publicKey).toEqual(key.publicKey);
    const [seed, twin] = [seeded(1)(32), generateKeyPair(seeded(1))];
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const expected = signWithNode(null, message, { key: der, format: 'der', type: 'pkcs8' });
    expect(Buffer.from(twin.sign(message)).equals(expected)).toBe(true);
  });
  test.each([
    // What libsodium picks for its three presets, and for limits at which each side of its rule decides.
    [33_554_432n, 1_073_741_824n, { N: 1_048_576, r: 8, p: 1 }],
    [524_288n, 16_777_216n, { N: 16_384, r: 8, p: 1 }],
    [32_768n, 16_777_216n, { N: 1024, r: 8, p: 1 }],
    [0n, 16_777_216n, { N: 1024, r: 8, p: 1 }],
    [33_554_432n, 16_777_216n, { N: 16_384, r: 8, p: 64 }],
    [1_048_576n, 33_554_432n, { N: 32_768, r: 8, p: 1 }],
    [1_000_000n, 50_000_000n, { N: 16_384, r: 8, p: 1 }],
  ])('scrypt with %i operations and %i bytes takes the parameters of libsodium', (operations, memory, expected) => {
    expect(scryptParameters({ operations, memory })).toEqual(expected);
  });
});

describe('the comment of a bundle', () => {
  const comment: BundleComment = {
    timestampSec: 1_700_000_000,
    file: 'invoice-kit-0.2.0.aria',
    bundle: 'invoice-kit',
    version: '0.2.0',
    manifestHash: 'ab'.repeat(32),
    sequence: 7,
  };

  test('prints as minisign does, with four fields more, and reads back', () => {
    expect(printBundleComment(comment)).toBe(
      `timestamp:1700000000\tfile:invoice-kit-0.2.0.aria\thashed\tbundle:invoice-kit\tversion:0.2.0\tmanifest:${'ab'.repeat(32)}\tseq:7`,
    );
    expect(parseBundleComment(printBundleComment(comment))).toEqual(comment);
  });
  test('a file name brings no field of its own', () => {
    const hostile = printBundleComment({ ...comment, file: 'x\tseq:9\nbundle:other\u001B' });
    expect(parseBundleComment(hostile)).toMatchObject({
      sequence: 7,
      bundle: 'invoice-kit',
      file: 'xseq:9bundle:other',
    });
    expect(accepted(sign({ message, trustedComment: hostile }, key))).toBe(true);
  });
  test('fields that nobody here knows are passed over, and minisign need not have written its own', () => {
    const bare = 'bundle:a\tversion:1.0.0\tmanifest:ff\tseq:1\tcolour:blue\tempty';
    expect(parseBundleComment(bare)).toEqual({ bundle: 'a', version: '1.0.0', manifestHash: 'ff', sequence: 1 });
  });
  test('the largest sequence number is exact', () => {
    const text = printBundleComment({ ...comment, sequence: sequenceMax });
    expect(parseBundleComment(text).sequence).toBe(sequenceMax);
  });
  test.each([
    ['no bundle', (good: string) => good.replace('\tbundle:invoice-kit', '')],
    ['an empty bundle', (good: string) => good.replace('bundle:invoice-kit', 'bundle:')],
    ['no version', (good: string) => good.replace('\tversion:0.2.0', '')],
    ['no manifest', (good: string) => good.replace('\tmanifest:', '\tmanifests:')],
    ['no seq', (good: string) => good.replace('\tseq:7', '')],
    ['seq twice', (good: string) => `${good}\tseq:8`],
    ['the bundle twice', (good: string) => `${good}\tbundle:invoice-kit`],
    ['seq 0', (good: string) => good.replace('seq:7', 'seq:0')],
    ['seq 07', (good: string) => good.replace('seq:7', 'seq:07')],
    ['seq -7', (good: string) => good.replace('seq:7', 'seq:-7')],
    ['seq 7e3', (good: string) => good.replace('seq:7', 'seq:7e3')],
    ['seq in Arabic digits', (good: string) => good.replace('seq:7', 'seq:٧')],
    ['seq beyond the exact numbers', (good: string) => good.replace('seq:7', 'seq:9007199254740992')],
  ])('%s is SIGNATURE_MALFORMED', (_, spoil) => {
    expect(() => parseBundleComment(spoil(printBundleComment(comment)))).toThrow(coded('SIGNATURE_MALFORMED'));
  });
});
