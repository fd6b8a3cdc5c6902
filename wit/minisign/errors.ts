/** What can be wrong with keys and signatures. */
import { CodedError, type ErrorCode } from '#wit/errors';

/** A text that cannot be read, and where it is from as the user knows it. */
function unreadable(code: ErrorCode, noun: string, shown: string | undefined, state: string): CodedError {
  const subject = shown === undefined ? noun : `${noun} "${shown}"`;
  return new CodedError(code, {
    message: `Cannot read ${subject}: ${state}`,
    details: shown === undefined ? {} : { path: shown },
  });
}

/** The text is no public key of minisign. */
export function publicKeyInvalid(shown: string | undefined, state: string): CodedError {
  return unreadable('KEY_INVALID', 'the public key', shown, state);
}

/** The text is no secret key of minisign. */
export function secretKeyInvalid(shown: string | undefined, state: string): CodedError {
  return unreadable('KEY_INVALID', 'the secret key', shown, state);
}

/** The secret key has a password, and none was given. */
export function passwordMissing(shown: string | undefined): CodedError {
  return unreadable('KEY_PASSWORD_WRONG', 'the secret key', shown, 'it has a password, and none was given');
}

/** What the password gives does not fit the checksum of the key. */
export function passwordWrong(shown: string | undefined): CodedError {
  return unreadable('KEY_PASSWORD_WRONG', 'the secret key', shown, 'the password is wrong');
}

/** A password that minisign could not be given. */
export function passwordRefused(state: string): CodedError {
  return new CodedError('KEY_INVALID', {
    message: `Cannot protect the secret key: ${state}`,
    remedy: 'Choose another password, or pass --no-password for a key without one',
  });
}

/** The machine has less memory than the password's derivation takes. */
export function derivationFailed(bytes: number, cause: unknown): CodedError {
  const state = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'MEMORY_EXCEEDED',
    {
      message: `Cannot derive a key from the password, which takes ${bytes} bytes of memory: ${state}`,
      remedy: 'Free memory, or use a key without a password',
    },
    { cause },
  );
}

/** The text is not what minisign writes. */
export function signatureMalformed(shown: string | undefined, state: string): CodedError {
  return unreadable('SIGNATURE_MALFORMED', 'the signature', shown, state);
}

/** The signature is over the file itself, as minisign did before version 0.6. */
export function signatureLegacy(shown: string | undefined): CodedError {
  return unreadable(
    'SIGNATURE_LEGACY',
    'the signature',
    shown,
    'it is a legacy one, over the file instead of its hash',
  );
}

/** A comment that could not be written so that it is read again. */
export function commentRefused(state: string): CodedError {
  return new CodedError('SIGNATURE_MALFORMED', {
    message: `Cannot sign with this comment: ${state}`,
    remedy: 'Shorten the comment, or leave out what is not printable',
  });
}

/** The trusted comment does not say of which bundle the signature is. */
export function bundleCommentMalformed(state: string): CodedError {
  return new CodedError('SIGNATURE_MALFORMED', {
    message: `Cannot tell of which bundle the signature is: ${state}`,
    remedy: 'Sign the bundle with "arc sign", which writes its name, version, manifest and sequence number',
  });
}

/** The signature is by another key than the one that is wanted. */
export function otherKey(keyId: string, wanted: string): CodedError {
  return new CodedError('SIGNATURE_UNTRUSTED', {
    message: `Cannot trust the signature: it is by the key ${keyId}, and ${wanted} is wanted`,
    remedy: 'Verify with the public key of who signed the file, if you trust that key',
    details: { keyId, wanted },
  });
}

/** The file, or its trusted comment, is not what was signed. */
export function signatureInvalid(of: 'file' | 'trusted comment', keyId: string): CodedError {
  const state = of === 'file' ? 'the file is not the one that' : 'the trusted comment is not the one that';
  return new CodedError('SIGNATURE_INVALID', {
    message: `Cannot trust the signature: ${state} the key ${keyId} signed`,
    details: { keyId, of },
  });
}
