/** Which names say that what they name is a secret. */

/** Anywhere in a name, letters and digits only. */
const inside =
  /passw(?:or)?d|passphrase|passcode|pwd|secret|authorization|cookie|credential|apikey|accesskey|privatekey|signingkey|encryptionkey|masterkey|sessionkey|accountkey|sshkey|bearer|jwt|mnemonic/;
/** At the end. Tokens of a capability, of a model and of a budget are many (`newTokens`), those that open doors are one. */
const end =
  /token(?:value|text|string|header|secret)?$|(?:access|refresh|auth|bearer|api|session|id|csrf|xsrf|admin|user|client|device|reset|personal|deploy)tokens$/;
/** The whole name. */
const whole = new Set(['pass', 'pw', 'pin', 'auth', 'otp', 'totp', 'cvv', 'cvc', 'ssn', 'psk']);
/** A last word that is a part of many others: `db_pass` and `dbPass`, but not `bypass`. */
const lastWord = /(?:[^A-Za-z](?:pass|pw|auth|pin|otp)|[a-z0-9](?:Pass|Pw|Auth|Pin|Otp))\d*$/;
/** Of a longer name, so much of its beginning and of its end counts. */
const nameCharactersMax = 128;

/** Whether a key of an object, a header or a parameter is called as secrets are. */
export function isSecretName(name: string): boolean {
  if (name.length === 0) return false;
  const head =
    name.length <= 2 * nameCharactersMax
      ? name
      : `${name.slice(0, nameCharactersMax)} ${name.slice(-nameCharactersMax)}`;
  const letters = head.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const bare = letters.replace(/\d{1,4}$/, '');
  return inside.test(letters) || end.test(bare) || whole.has(bare) || lastWord.test(head);
}

/** Ends of names of what looks random and is no secret. */
const publicEnd =
  /(?:id|ids|hash|hashes|digest|integrity|signature|fingerprint|checksum|etag|traceparent|cursor|version|publickey|path|file|url|name|source|epoch|sha\d{1,3}|blake3)$/;

/** Whether a name is of something public, however random it looks. */
export function isPublicName(name: string): boolean {
  return publicEnd.test(
    name
      .slice(-nameCharactersMax)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, ''),
  );
}

/** Random texts are at least this long. */
const randomCharactersMin = 24;
const randomCharactersMax = 1024;
/** Of 100 neighbours in random Base64 some 60 are of different kinds (lower, upper, digit); in words and camelCase some 15. */
const changesMin = 0.3;

/** Whether a text is drawn rather than written. Hexadecimal is not counted: hashes and identifiers are. */
export function looksRandom(text: string): boolean {
  if (text.length < randomCharactersMin || text.length > randomCharactersMax) return false;
  if (!/^[A-Za-z0-9+/_=.~-]*$/.test(text) || /^[0-9a-fA-F-]*$/.test(text)) return false;
  if (!/\d/.test(text) || !/[A-Za-z]/.test(text)) return false;
  let [pairs, changes, before] = [0, 0, ''];
  for (const character of text) {
    const kind = kindOf(character);
    if (kind !== '' && before !== '') {
      pairs += 1;
      if (kind !== before) changes += 1;
    }
    before = kind;
  }
  return changes >= pairs * changesMin && pairs >= randomCharactersMin / 2;
}

function kindOf(character: string): '' | 'digit' | 'upper' | 'lower' {
  if (character >= '0' && character <= '9') return 'digit';
  if (character >= 'a' && character <= 'z') return 'lower';
  if (character >= 'A' && character <= 'Z') return 'upper';
  return '';
}
