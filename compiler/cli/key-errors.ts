/** What can be wrong with the files of keys and signatures that a command line names. */
import { usageWrong } from '#terminal';
import { CodedError, systemState } from '#wit/errors';

/** A key is never overwritten: what it signed could not be replaced. */
export function keyExists(path: string): CodedError {
  return new CodedError('KEY_EXISTS', {
    message: `Cannot make the key "${path}": the file is there already`,
    details: { path },
  });
}

/** A key's file cannot be read. */
export function keyUnreadable(path: string, state: string): CodedError {
  return new CodedError('KEY_INVALID', {
    message: `Cannot read the key "${path}": ${state}`,
    remedy: 'Check the path, or make a key with "arc keygen"',
    details: { path },
  });
}

/** A file cannot be written. */
export function fileUnwritable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot write "${path}": ${systemState(cause)}`,
      remedy: 'Choose a directory that is there and that this user may write',
      details: { path },
    },
    { cause },
  );
}

/** There is nobody to ask for a password. */
export function passwordNotGiven(command: string, wanted: string): CodedError {
  return usageWrong(
    command,
    `${wanted} is wanted, and there is no terminal to ask at`,
    command === 'arc keygen'
      ? 'Pipe it in with --password-stdin, or pass --no-password'
      : 'Pipe it in with --password-stdin',
  );
}

/** Two options that contradict each other. */
export function optionsContradict(command: string, state: string): CodedError {
  return usageWrong(command, state, 'Leave one of the two out');
}

/** Beside the file is no signature. */
export function signatureFileMissing(path: string): CodedError {
  return new CodedError('SIGNATURE_MISSING', {
    message: `Cannot verify "${path}": there is no "${path}.minisig" beside it`,
    remedy: 'Get the signature from where the file is from, or sign it with "arc sign"',
    details: { path },
  });
}

/** The signature's file is there, and is no text of the size of one. */
export function signatureFileRefused(path: string, state: string): CodedError {
  return new CodedError('SIGNATURE_MALFORMED', {
    message: `Cannot read the signature "${path}": ${state}`,
    details: { path },
  });
}
