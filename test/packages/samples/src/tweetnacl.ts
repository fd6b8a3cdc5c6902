import { tool } from '@aria/sdk';
import nacl from 'tweetnacl';

export const tweetnacl = tool({ description: 'Secret boxes, signatures, hashes, fresh keys', computeMs: 30_000 }, ({ text }: { text: string }) => {
  const [key, nonce, message] = [new Uint8Array(32).fill(1), new Uint8Array(24).fill(2), new TextEncoder().encode(text)];
  const boxed = nacl.secretbox(message, nonce, key);
  const pair = nacl.sign.keyPair.fromSeed(key);
  const signature = nacl.sign.detached(message, pair.secretKey);
  return {
    boxed,
    opened: new TextDecoder().decode(nacl.secretbox.open(boxed, nonce, key) ?? new Uint8Array()),
    forged: nacl.secretbox.open(boxed.map((byte) => byte ^ 1), nonce, key) === null,
    signature,
    verified: nacl.sign.detached.verify(message, signature, pair.publicKey),
    hash: nacl.hash(message),
    fresh: nacl.box.keyPair().publicKey.length,
  };
});

export const inputs = [{ text: 'Grüße 😀' }];
