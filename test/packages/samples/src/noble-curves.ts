import { tool } from '@aria/sdk';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

export const nobleCurves = tool({ description: 'Ed25519 and secp256k1 signatures, P-256 and X25519 keys, in BigInt', computeMs: 30_000 }, ({ text, secret }: { text: string; secret: number }) => {
  const key = new Uint8Array(32).fill(secret);
  const message = new TextEncoder().encode(text);
  const signature = ed25519.sign(message, key);
  const coin = secp256k1.sign(message, key);
  const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    signature: hex(signature),
    verified: [ed25519.verify(signature, message, ed25519.getPublicKey(key)), ed25519.verify(signature, new Uint8Array([1]), ed25519.getPublicKey(key)), secp256k1.verify(coin, message, secp256k1.getPublicKey(key))],
    coin: hex(coin),
    publicKey: hex(p256.getPublicKey(key)),
    agreed: hex(x25519.getSharedSecret(key, x25519.getPublicKey(new Uint8Array(32).fill(9)))),
  };
});

export const inputs = [{ text: 'Grüße', secret: 7 }];
