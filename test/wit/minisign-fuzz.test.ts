import { describe, expect, test } from 'vitest';
import {
  generateKeyPair,
  parseBundleComment,
  parsePublicKey,
  parseSignature,
  printBundleComment,
  printPublicKey,
  printSignature,
  sign,
  verifySignature,
} from '#wit/minisign';
import { fuzz, fuzzTimeoutMs, mutate, Random } from '../fuzz.ts';

const keyRandom = new Random(1);
const key = generateKeyPair((length) => keyRandom.bytes(length));
const message = new TextEncoder().encode('a bundle');
const comment = printBundleComment({
  timestampSec: 1,
  file: 'x.aria',
  bundle: 'x',
  version: '1.0.0',
  manifestHash: 'ab'.repeat(32),
  sequence: 3,
});
const signatureText = sign({ message, trustedComment: comment }, key);
const keyText = printPublicKey(key.publicKey);

/** What a parser made of a text; anything but a coded refusal fails the case. */
function attempt<Value>(parse: () => Value, codes: readonly string[]): Value | undefined {
  try {
    return parse();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    if (!codes.includes(code)) throw thrown;
    return undefined;
  }
}

describe('hostile texts', () => {
  test(
    'a changed signature is refused with a code, or says the very same; one that is taken prints as it was read',
    async () => {
      let taken = 0;
      await fuzz((random) => {
        const text = Buffer.from(mutate(random, Buffer.from(signatureText))).toString('utf8');
        const signature = attempt(() => parseSignature(text), ['SIGNATURE_MALFORMED', 'SIGNATURE_LEGACY']);
        if (signature === undefined) return;
        taken += 1;
        if (printSignature(signature) !== (text.endsWith('\n') ? text : `${text}\n`))
          throw new Error('it was read as something else than it is');
        const codes = ['SIGNATURE_INVALID', 'SIGNATURE_UNTRUSTED'];
        const verified = attempt(() => {
          verifySignature(message, signature, key.publicKey);
          return true;
        }, codes);
        if (verified && signature.trustedComment !== comment) throw new Error('a changed trusted comment counts');
      });
      expect(taken).toBeGreaterThan(0);
    },
    fuzzTimeoutMs,
  );
  test(
    'a changed public key is refused with a code, or is a key that prints as it was read',
    async () => {
      let taken = 0;
      await fuzz((random) => {
        const text = Buffer.from(mutate(random, Buffer.from(keyText))).toString('utf8');
        const read = attempt(() => parsePublicKey(text), ['KEY_INVALID']);
        if (read === undefined) return;
        taken += 1;
        const line = text.startsWith('untrusted') ? text.split('\n')[1] : text;
        if (printPublicKey(read).split('\n')[1] !== line) throw new Error('it was read as something else than it is');
      });
      expect(taken).toBeGreaterThan(0);
    },
    fuzzTimeoutMs,
  );
  test(
    'a changed comment of a bundle is refused with a code, or has a name, a version, a manifest and a sequence number',
    async () => {
      let taken = 0;
      await fuzz((random) => {
        const text = Buffer.from(mutate(random, Buffer.from(comment))).toString('utf8');
        const read = attempt(() => parseBundleComment(text), ['SIGNATURE_MALFORMED']);
        if (read === undefined) return;
        taken += 1;
        if (!Number.isSafeInteger(read.sequence) || read.sequence < 1) throw new Error('no sequence number');
        if (read.bundle === '' || read.version === '' || read.manifestHash === '') throw new Error('an empty field');
      });
      expect(taken).toBeGreaterThan(0);
    },
    fuzzTimeoutMs,
  );
});
