import { tool } from '@aria/sdk';
import CryptoJS from 'crypto-js';

export const cryptoJs = tool({ description: 'AES and Triple DES, HMAC, PBKDF2, encodings' }, ({ text, password }: { text: string; password: string }) => {
  const key = CryptoJS.PBKDF2(password, 'salt', { keySize: 8, iterations: 10 });
  const iv = CryptoJS.enc.Hex.parse('000102030405060708090a0b0c0d0e0f');
  const encrypted = CryptoJS.AES.encrypt(text, key, { iv, mode: CryptoJS.mode.CBC });
  const passphrase = CryptoJS.AES.encrypt(text, password).toString();
  return {
    encrypted: encrypted.toString(),
    decrypted: CryptoJS.AES.decrypt(encrypted.toString(), key, { iv }).toString(CryptoJS.enc.Utf8),
    counter: CryptoJS.AES.encrypt(text, key, { iv, mode: CryptoJS.mode.CTR, padding: CryptoJS.pad.NoPadding }).ciphertext.toString(),
    triple: CryptoJS.TripleDES.encrypt(text, key, { iv }).toString(),
    hashes: [CryptoJS.SHA256(text), CryptoJS.SHA3(text), CryptoJS.MD5(text), CryptoJS.HmacSHA512(text, password)].map(String),
    passphrase: CryptoJS.AES.decrypt(passphrase, password).toString(CryptoJS.enc.Utf8),
  };
});

export const inputs = [{ text: 'Grüße 😀', password: 'pässword' }];
