/** What can be wrong with the keys that a host trusts, and with a signature for it. */
import { CodedError, type ErrorCode } from '#wit/errors';

/** A file of the trust directory that is none, or is not what its name says. */
export function trustFileRefused(path: string, state: string, remedy: string): CodedError {
  return new CodedError('KEY_INVALID', {
    message: `Cannot take "${path}" as a trusted key: ${state}`,
    remedy,
    details: { path },
  });
}

/** The directory cannot be read. */
export function trustDirectoryUnreadable(path: string, cause: unknown): CodedError {
  const state = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'KEY_INVALID',
    {
      message: `Cannot read the trusted keys in "${path}": ${state}`,
      remedy: 'Make it a directory that this user may read',
      details: { path },
    },
    { cause },
  );
}

/** Everybody may put a key into the directory. */
export function trustDirectoryOpen(path: string): CodedError {
  return new CodedError('KEY_INVALID', {
    message: `Cannot read the trusted keys in "${path}": every user of the machine may change it`,
    remedy: `Look whose keys are in it, then run "chmod o-w ${path}"`,
    details: { path },
  });
}

/** More is in the directory than a host looks at. */
export function trustFilesExceeded(path: string, filesMax: number): CodedError {
  return new CodedError('KEY_INVALID', {
    message: `Cannot read the trusted keys in "${path}": it has more than ${filesMax} files`,
    remedy: 'Remove keys that are no longer used',
    details: { path, filesMax },
  });
}

/** An entry of the configuration does not go together with the files or with other entries. */
export function trustEntryInvalid(name: string, state: string, remedy: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot take the key "${name}" of trust.${name}: ${state}`,
    remedy,
    details: { key: name },
  });
}

/** Two names for one key id: revoking one would leave the other. */
export function keyTwice(keyId: string, names: readonly string[]): CodedError {
  const list = names.map((name) => `"${name}"`).join(' and ');
  return new CodedError('KEY_INVALID', {
    message: `Cannot trust the key ${keyId} under two names: ${list}`,
    remedy: 'Remove one of them',
    details: { keyId, names },
  });
}

/** A signature for which no key counts. */
export function notTrusted(code: ErrorCode, state: string, details: Readonly<Record<string, unknown>>): CodedError {
  return new CodedError(code, { message: `Cannot trust the signature: ${state}`, details });
}

/** No key of the ring has the id. */
export function keyUnknown(keyId: string, known: number): CodedError {
  const state = known === 0 ? 'no key is trusted here' : `the key ${keyId} is not among those that are trusted here`;
  return notTrusted('SIGNATURE_UNTRUSTED', state, { keyId });
}

/** The signature is true, and is of something else. */
export function signatureOfOther(
  field: 'bundle' | 'version' | 'manifest' | 'sequence number',
  { signed, found }: { readonly signed: string; readonly found: string },
): CodedError {
  return new CodedError('SIGNATURE_MISMATCH', {
    message: `Cannot trust the signature: it is of the ${field} "${signed}", and the bundle has "${found}"`,
    details: { field, signed, found },
  });
}
