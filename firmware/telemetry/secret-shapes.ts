/**
 * Secrets that their own form gives away. Every expression takes time in proportion to the text: a repetition is bounded, or nothing has to
 * follow it.
 */
import { redacted } from './secret-values.ts';

/** Not in the middle of a word: for those that begin as words may. */
const start = '(?<![A-Za-z0-9])';

const shapes: readonly string[] = [
  // Private keys in PEM and PGP, up to their end or, where it was cut off, up to the end of the text.
  '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[\\s\\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)',
  // OpenSSH's own format, where the lines in the middle stand alone.
  'b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]*',
  // Minisign: "Ed", the kind of key derivation, "B2", of a key with and without a password.
  'RW(?:RTY0Iy|QAAEIy)[A-Za-z0-9+/=]{16,}',
  'AGE-SECRET-KEY-1[0-9A-Z]{20,}',
  // JSON Web Tokens and parts of them: Base64 of what begins with `{"`.
  `${start}eyJ[A-Za-z0-9_-]{13,}(?:\\.[A-Za-z0-9_-]*){0,4}`,
  // Providers of models, code, clouds, payments and messages.
  `${start}sk-[A-Za-z0-9_-]{16,}`,
  `${start}[srp]k_(?:live|test)_[A-Za-z0-9]{10,}`,
  'whsec_[A-Za-z0-9+/=]{16,}',
  'gh[pousr]_[A-Za-z0-9]{16,}',
  'github_pat_[A-Za-z0-9_]{16,}',
  'gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{16,}',
  'A(?:KIA|SIA|IDA|ROA|GPA)[0-9A-Z]{12,}',
  'xox[a-z](?:\\.xox[a-z])?-[A-Za-z0-9-]{8,}',
  `${start}xapp-[A-Za-z0-9-]{8,}`,
  'hooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9/_-]{8,}',
  'AIza[0-9A-Za-z_-]{20,}',
  'ya29\\.[0-9A-Za-z_-]{16,}',
  'GOCSPX-[0-9A-Za-z_-]{16,}',
  `${start}1//0[0-9A-Za-z_-]{20,}`,
  '(?:npm|hf|gsk|r8|fw|dop_v1|doo_v1|dor_v1|shpat|shpss|pscale_tkn|lin_api)_[A-Za-z0-9]{16,}',
  `${start}(?:nvapi|tvly|pplx|xai)-[A-Za-z0-9]{16,}`,
  'pypi-[A-Za-z0-9_-]{16,}',
  `${start}SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,}`,
  `${start}\\d{8,10}:AA[A-Za-z0-9_-]{30,}`,
  `${start}hv[sb]\\.[A-Za-z0-9_-]{24,}`,
  '[?&](?:sig|X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)=[^&\\s"\']+',
];
const shape = new RegExp(shapes.join('|'), 'g');

const scheme =
  /(?<![A-Za-z0-9])(Bearer|Basic|Digest|Negotiate|NTLM|ApiKey|Token)((?:[ \t]|%20|\+){1,4})([A-Za-z0-9._~/-][A-Za-z0-9._~+/=:-]*)/gi;

/** The text without what has the form of a secret. */
export function cleanShapes(text: string): string {
  return text
    .replaceAll(shape, redacted)
    .replaceAll(scheme, (all, name: string, space: string, value: string) =>
      isCredential(name, value) ? `${name}${space}${redacted}` : all,
    );
}

/** A word of prose is no credential: "basic authentication", "a bearer token". Behind `Bearer` as headers write it anything is one. */
function isCredential(name: string, value: string): boolean {
  if (name === 'Bearer') return true;
  return !/^[A-Za-z]?[a-z]{0,20}[.:]?$/.test(value);
}
