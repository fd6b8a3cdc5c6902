import { tool } from '@aria/sdk';
import { sha224, sha256 } from 'js-sha256';

export const jsSha256 = tool({ description: 'SHA-256 and SHA-224 of texts and bytes, HMAC, in parts' }, ({ text }: { text: string }) => ({
  text: sha256(text),
  bytes: sha224(new TextEncoder().encode(text)),
  array: sha256.array(text),
  hmac: sha256.hmac('schlüssel', text),
  parts: sha256.create().update(text).update('😀').hex(),
}));

export const inputs = [{ text: 'Grüße 😀' }, { text: '' }];
