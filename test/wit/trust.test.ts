import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SecretKey, generateKeyPair, printBundleComment, printPublicKey, sign } from '#wit/minisign';
import {
  type KeyRing,
  type TrustedKeySetting,
  createKeyRing,
  maySign,
  openKeyRing,
  readTrustDirectory,
  recheckBundle,
  trustMaxima,
  verifyBundle,
} from '#wit/trust';
import { Random } from '../fuzz.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trust-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const coded = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) });
const keys = new Map<string, SecretKey>();

/** The key of a name; the same whenever it is asked for. */
function keyOf(name: string): SecretKey {
  const random = new Random(keys.size + 1);
  const key = keys.get(name) ?? generateKeyPair((length) => random.bytes(length));
  keys.set(name, key);
  return key;
}
const put = (file: string, text: string | Uint8Array): void => writeFileSync(join(directory, file), text);
const trusting = (...names: readonly string[]): void => {
  for (const name of names) put(`${name}.pub`, printPublicKey(keyOf(name).publicKey));
};
/** `old` vouches for `name`, which comes to the directory. */
function rotate(name: string, old: string, atSec = 100): void {
  trusting(name);
  const message = Buffer.from(printPublicKey(keyOf(name).publicKey));
  put(`${name}.pub.minisig`, sign({ message, trustedComment: `timestamp:${atSec}\tfile:x\thashed` }, keyOf(old)));
}
const setting = (name: string, more: Partial<TrustedKeySetting> = {}): TrustedKeySetting => {
  return { name, revoked: false, upgrades: 'approve', ...more };
};
const ring = (settings: readonly TrustedKeySetting[] = []): KeyRing =>
  createKeyRing(readTrustDirectory(directory), settings);
const find = (name: string, all: KeyRing = ring()) => all.find(keyOf(name).publicKey.keyId);
const standing = (name: string, settings: readonly TrustedKeySetting[] = []) => find(name, ring(settings))?.standing;

const archive = Buffer.from('an archive');
const bundle = { name: 'notes', version: '1.0.0', manifestHash: 'ab'.repeat(32) };
function signed(name: string, more: Partial<Parameters<typeof printBundleComment>[0]> = {}): string {
  const comment = { bundle: bundle.name, version: bundle.version, manifestHash: bundle.manifestHash, sequence: 5 };
  return sign({ message: archive, trustedComment: printBundleComment({ ...comment, ...more }) }, keyOf(name));
}
const verify = (signature: string, all: KeyRing = ring()) =>
  verifyBundle(archive, () => bundle, { signature, ring: all });

describe('a trust directory', () => {
  test('that is not there trusts nobody', () => {
    const absent = createKeyRing(readTrustDirectory(join(directory, 'absent')));
    expect(absent.keys).toEqual([]);
    expect(() => verify(signed('a'), absent)).toThrow(coded('SIGNATURE_UNTRUSTED', 'no key is trusted'));
  });
  test('gives keys by id, and a signature of one of them counts', () => {
    trusting('a', 'b');
    expect(ring().keys.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(verify(signed('b'))).toMatchObject({ key: { name: 'b' }, sequence: 5 });
    expect(() => verify(signed('c'))).toThrow(coded('SIGNATURE_UNTRUSTED', keyOf('c').publicKey.keyId));
  });
  test('is frozen once it is read', () => {
    trusting('a');
    const all = ring();
    expect([all, all.keys, all.keys[0], all.keys[0]?.bundles].every(Object.isFrozen)).toBe(true);
  });
  test('passes over names that begin with a dot, as unfinished copies have', () => {
    put('.a.pub.123.tmp', 'half');
    expect(ring().keys).toEqual([]);
  });
  test.each(['a.key', 'README', 'a.pub.bak', 'a.pub~', '.pub'.padStart(80, 'a'), 'a b.pub', '-a.pub', 'a.Pub'])(
    'refuses a file called "%s", and names it',
    (file) => {
      trusting('a');
      put(file, 'x');
      expect(() => ring()).toThrow(coded('KEY_INVALID', file));
    },
  );
  test('refuses what is no regular file, without waiting for a pipe', () => {
    trusting('a');
    symlinkSync('a.pub', join(directory, 'b.pub'));
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'symbolic link'));
    rmSync(join(directory, 'b.pub'));
    mkdirSync(join(directory, 'b.pub'));
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'b.pub'));
    rmSync(join(directory, 'b.pub'), { recursive: true });
    spawnSync('mkfifo', [join(directory, 'b.pub')]);
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'b.pub'));
  });
  test('refuses a key that every user of the machine may change', () => {
    trusting('a');
    chmodSync(join(directory, 'a.pub'), 0o666);
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'every user'));
    chmodSync(join(directory, 'a.pub'), 0o664);
    expect(standing('a')).toEqual({ kind: 'trusted' });
  });
  test('refuses files that are too long, no text, or no keys', () => {
    for (const content of ['x'.repeat(100_000), Uint8Array.of(0xff, 0xfe), '', 'untrusted comment: x\nRWQ=\n']) {
      put('a.pub', content);
      expect(() => ring()).toThrow(coded('KEY_INVALID', 'a.pub'));
    }
    put('a.pub', printPublicKey(keyOf('a').publicKey));
    put('a.pub.minisig', 'no signature');
    expect(() => ring()).toThrow(coded('SIGNATURE_MALFORMED', 'a.pub.minisig'));
  });
  test('takes as many files as its maximum, and refuses one more', () => {
    for (let index = 0; index < trustMaxima.files; index += 1) put(`.hidden-${index}`, '');
    expect(ring().keys).toEqual([]);
    for (let index = 0; index <= trustMaxima.files; index += 1) put(`k${index}.revoked`, '');
    expect(() => ring()).toThrow(coded('KEY_INVALID', '1024'));
  });
  test('refuses one key under two names, since revoking one would leave the other', () => {
    trusting('a');
    put('b.pub', printPublicKey(keyOf('a').publicKey));
    expect(() => ring()).toThrow(coded('KEY_INVALID', '"a" and "b"'));
    put('b.pub', printPublicKey({ ...keyOf('b').publicKey, keyId: keyOf('a').publicKey.keyId }));
    expect(() => ring()).toThrow(coded('KEY_INVALID', '"a" and "b"'));
  });
});

describe('revocation', () => {
  test('takes a key out, and its signatures with the reason', () => {
    trusting('a');
    put('a.revoked', 'the laptop was stolen\n');
    expect(() => verify(signed('a'))).toThrow(coded('SIGNATURE_REVOKED', 'the laptop was stolen'));
  });
  test('needs no reason, and shows no control characters of one', () => {
    trusting('a', 'b');
    put('a.revoked', '');
    put('b.revoked', 'gone\u001B[2J\n');
    expect(standing('a')).toEqual({ kind: 'revoked', reason: 'no reason is given' });
    expect(standing('b')).toEqual({ kind: 'revoked', reason: 'gone [2J' });
  });
  test('of a key that is not there is a slip, and refused', () => {
    trusting('release');
    put('relaese.revoked', '');
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'relaese'));
  });
  test('is refused where behind the reason stands what nobody reads', () => {
    trusting('a');
    for (const text of ['stolen\nsince: yesterday', 'stolen\nsince: 1\nmore', 'stolen\nsince: 01', 'x\n\nsince: 1']) {
      put('a.revoked', text);
      expect(() => ring()).toThrow(coded('KEY_INVALID', 'a.revoked'));
    }
  });
  test('by the configuration counts, too', () => {
    trusting('a');
    expect(standing('a', [setting('a', { revoked: true })])).toMatchObject({ kind: 'revoked' });
  });
});

describe('rotation', () => {
  test('a new key counts as long as the old one vouches for it', () => {
    trusting('old');
    rotate('new', 'old');
    expect(find('new')).toMatchObject({ standing: { kind: 'trusted' }, replaces: 'old' });
    expect(verify(signed('new')).key.name).toBe('new');
    rmSync(join(directory, 'old.pub'));
    expect(() => verify(signed('new'))).toThrow(coded('SIGNATURE_UNTRUSTED', 'does not count'));
  });
  test('a rotation that is not true leaves the key out', () => {
    trusting('old');
    rotate('new', 'old');
    put('new.pub', `${printPublicKey(keyOf('new').publicKey, 'another comment')}`);
    expect(standing('new')).toMatchObject({ kind: 'unconfirmed', reason: expect.stringContaining('not true') });
  });
  test('a chain holds, and breaks behind the link that does', () => {
    trusting('one');
    rotate('two', 'one');
    rotate('three', 'two');
    expect(standing('three')).toEqual({ kind: 'trusted' });
    put('one.revoked', 'stolen');
    expect([standing('two'), standing('three')]).toMatchObject([{ kind: 'unconfirmed' }, { kind: 'unconfirmed' }]);
  });
  test('a circle vouches for nobody', () => {
    rotate('a', 'b');
    rotate('b', 'a');
    rotate('self', 'self');
    expect(ring().keys.map(({ standing: { kind } }) => kind)).toEqual(['unconfirmed', 'unconfirmed', 'unconfirmed']);
    expect(() => verify(signed('a'))).toThrow(coded('SIGNATURE_UNTRUSTED'));
  });
  test('outlives a key that was retired later, and not one that was retired before or stolen', () => {
    trusting('old');
    rotate('new', 'old', 100);
    const cases = [
      ['retired\nsince: 101\n', 'trusted'],
      ['retired\nsince: 100\n', 'unconfirmed'],
      ['stolen\n', 'unconfirmed'],
    ] as const;
    for (const [text, kind] of cases) {
      put('old.revoked', text);
      expect(standing('new')?.kind).toBe(kind);
      expect(standing('old')?.kind).toBe('revoked');
    }
  });
  test('a rotation that does not say when it was made does not outlive its key', () => {
    trusting('old', 'new');
    const message = Buffer.from(printPublicKey(keyOf('new').publicKey));
    for (const trustedComment of ['', 'timestamp:', 'timestamp:1\ttimestamp:2', 'timestamp:-1']) {
      put('new.pub.minisig', sign({ message, trustedComment }, keyOf('old')));
      put('old.revoked', 'retired\nsince: 999');
      expect(standing('new')?.kind).toBe('unconfirmed');
      rmSync(join(directory, 'old.revoked'));
      expect(standing('new')?.kind).toBe('trusted');
    }
  });
  test('a revoked key that another vouched for is revoked, and vouches for nobody', () => {
    trusting('one');
    rotate('two', 'one');
    rotate('three', 'two');
    put('two.revoked', 'stolen');
    expect([standing('two')?.kind, standing('three')?.kind]).toEqual(['revoked', 'unconfirmed']);
  });
  test('the new key may sign what the old one may, and nothing more', () => {
    trusting('old');
    rotate('new', 'old');
    const all = ring([
      setting('old', { bundles: ['notes', 'app-*'] }),
      setting('new', { bundles: ['app-x*', 'other'] }),
    ]);
    const may = (name: string) => maySign(find('new', all) ?? { bundles: [[]] }, name);
    expect(['notes', 'app-a', 'app-xy', 'other', 'app-x'].filter(may)).toEqual(['app-xy', 'app-x']);
  });
  test('the new key has the tokens and the policy of the old one, where the configuration says nothing of it', () => {
    trusting('old');
    rotate('new', 'old');
    const of = setting('old', { tokens: ['kv:a:r'], upgrades: 'allow' });
    expect(find('new', ring([of]))).toMatchObject({ tokens: ['kv:a:r'], upgrades: 'allow' });
    expect(find('new', ring([of, setting('new')]))).toMatchObject({ tokens: ['kv:a:r'], upgrades: 'approve' });
  });
  test('a signature without its key is refused', () => {
    trusting('a');
    put('b.pub.minisig', signed('a'));
    expect(() => ring()).toThrow(coded('KEY_INVALID', 'b.pub.minisig'));
  });
});

describe('the configuration', () => {
  const line = (name: string) => printPublicKey(keyOf(name).publicKey).split('\n')[1] ?? '';

  test('brings keys of its own, and goes together with a file of the same name and key', () => {
    trusting('a');
    const all = ring([setting('a', { publicKey: line('a'), bundles: ['x'] }), setting('b', { publicKey: line('b') })]);
    expect(all.keys.map(({ name, bundles }) => [name, bundles])).toEqual([
      ['a', [['x']]],
      ['b', []],
    ]);
  });
  test('a key that it writes out needs nobody to vouch for it', () => {
    rotate('new', 'unknown');
    expect(standing('new')?.kind).toBe('unconfirmed');
    expect(standing('new', [setting('new', { publicKey: line('new') })])).toEqual({ kind: 'trusted' });
  });
  test.each([
    ['names a key that is nowhere', [setting('a')], 'CONFIG_INVALID'],
    ['has a name twice', [setting('a', { publicKey: line('a') }), setting('a')], 'CONFIG_INVALID'],
    ['has a key that is none', [setting('a', { publicKey: 'x' })], 'KEY_INVALID'],
    ['has a token that is none', [setting('a', { publicKey: line('a'), tokens: ['kv'] })], 'TOKEN_INVALID'],
  ])('is refused where it %s', (_, settings, code) => {
    expect(() => ring(settings)).toThrow(coded(code));
  });
  test('is refused where the file has another key', () => {
    trusting('a');
    expect(() => ring([setting('a', { publicKey: line('b') })])).toThrow(coded('CONFIG_INVALID', 'a.pub'));
  });
});

describe('the signature of a bundle', () => {
  beforeEach(() => trusting('a'));

  test('over other bytes is refused before anything of them is looked at', () => {
    const looked: string[] = [];
    const look = () => {
      looked.push('looked');
      return bundle;
    };
    const of = { signature: signed('a'), ring: ring() };
    expect(() => verifyBundle(Buffer.from('another'), look, of)).toThrow(coded('SIGNATURE_INVALID'));
    expect(looked).toEqual([]);
    verifyBundle(archive, look, of);
    expect(looked).toEqual(['looked']);
  });
  test.each([
    ['name', { bundle: 'other' }],
    ['version', { version: '1.0.1' }],
    ['manifest', { manifestHash: 'cd'.repeat(32) }],
  ])('of another %s is SIGNATURE_MISMATCH', (_, more) => {
    expect(() => verify(signed('a', more))).toThrow(coded('SIGNATURE_MISMATCH'));
  });
  test('without the fields of a bundle is SIGNATURE_MALFORMED', () => {
    const bare = sign({ message: archive, trustedComment: 'timestamp:1\tfile:x\thashed' }, keyOf('a'));
    expect(() => verify(bare)).toThrow(coded('SIGNATURE_MALFORMED', 'of which bundle'));
  });
  test('by a key that may not sign this name is SIGNATURE_UNTRUSTED', () => {
    const only = (...bundles: readonly string[]) => ring([setting('a', { bundles })]);
    expect(() => verify(signed('a'), only('note', 'notes-*'))).toThrow(coded('SIGNATURE_UNTRUSTED', '"notes"'));
    expect(() => verify(signed('a'), only())).toThrow(coded('SIGNATURE_UNTRUSTED'));
    for (const pattern of ['notes', 'note*', '*']) expect(verify(signed('a'), only(pattern)).key.name).toBe('a');
  });
  test('is checked again without the archive', () => {
    const again = (signature: string, sequence = 5, all = ring()) =>
      recheckBundle({ ...bundle, sequence }, { signature, ring: all });
    expect(again(signed('a'))).toMatchObject({ sequence: 5, key: { name: 'a' } });
    expect(() => again(signed('a'), 6)).toThrow(coded('SIGNATURE_MISMATCH', 'sequence'));
    expect(() => again(signed('a', { manifestHash: 'cd' }))).toThrow(coded('SIGNATURE_MISMATCH'));
    expect(() => again(signed('a').replace('seq:5', 'seq:6'))).toThrow(coded('SIGNATURE_INVALID'));
    put('a.revoked', 'stolen');
    expect(() => again(signed('a'))).toThrow(coded('SIGNATURE_REVOKED'));
  });
});

describe('an open ring', () => {
  test('sees keys that come, and revocations, at the next look; and reads nothing where nothing changed', () => {
    trusting('a');
    const open = openKeyRing(directory);
    const first = open();
    expect(open()).toBe(first);
    trusting('b');
    expect(find('b', open())?.standing).toEqual({ kind: 'trusted' });
    put('b.revoked', '');
    expect(find('b', open())?.standing.kind).toBe('revoked');
    rmSync(join(directory, 'a.pub'));
    expect(find('a', open())).toBeUndefined();
  });
  test('trusts nobody while its directory has a fault, and goes on when that is mended', () => {
    trusting('a');
    const open = openKeyRing(directory);
    put('a.pub.old', '');
    expect(() => verify(signed('a'), open())).toThrow(coded('KEY_INVALID', 'a.pub.old'));
    rmSync(join(directory, 'a.pub.old'));
    expect(verify(signed('a'), open()).key.name).toBe('a');
  });
  test('is refused at once where the directory has a fault from the beginning', () => {
    put('a.pub', '');
    expect(() => openKeyRing(directory)).toThrow(coded('KEY_INVALID'));
  });
});
