/** What the gRPC gateway refuses. */
import { CodedError } from '#wit/errors';

/** A service of a later release. */
export function notServedYet(service: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot serve ${service}: this release registers it only`,
    remedy: 'Use a later release of the host, which serves it; tools are called with aria.v1.ToolService',
    retryable: false,
    details: { service },
  });
}

/** The client stopped reading. */
export function slowReader(waitedMs: number): CodedError {
  return new CodedError('SLOW_READER', {
    message: `Cannot send more: the client has read nothing for ${waitedMs} ms`,
    details: { waitedMs },
  });
}

/** The client went away while it was asking. */
export function clientLeft(cause: unknown): CodedError {
  const facts = {
    message: 'Cannot read what is asked: the client went away',
    remedy: 'Ask again',
  };
  return new CodedError('CANCELLED', facts, { cause });
}

/** The client went away in the middle of an upload. */
export function uploadCut(): CodedError {
  return new CodedError('CANCELLED', {
    message: 'Cannot take the rest of the upload: the client went away',
    remedy: 'Upload the file again; it goes on where it was cut',
  });
}

/** No bytes arrive. */
export function uploadStalled(waitedMs: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot wait for the rest of the upload: nothing arrived for ${waitedMs} ms`,
    remedy: 'Upload the file again; it goes on where it was cut',
    details: { waitedMs },
  });
}

/** Headers that no client of ours sends. */
export function metadataTooLarge(bytes: number, bytesMax: number): CodedError {
  return new CodedError('MESSAGE_TOO_LARGE', {
    message: `Cannot take the request: its metadata have ${bytes} bytes, and may have ${bytesMax}`,
    remedy: 'Send fewer or shorter metadata',
    details: { bytes, bytesMax },
  });
}

/** A piece of an upload is longer than one may be. */
export function chunkTooLarge(bytes: number, bytesMax: number): CodedError {
  return new CodedError('MESSAGE_TOO_LARGE', {
    message: `Cannot take a chunk of ${bytes} bytes: it has at most ${bytesMax}`,
    remedy: 'Send the bundle in smaller chunks',
    details: { bytes, bytesMax },
  });
}

/** The address is taken, or may not be used. */
export function listenFailed(address: string, cause: unknown): CodedError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const state = code === 'EADDRINUSE' ? 'something else listens there' : code;
  const facts = {
    message: `Cannot listen on "${address}": ${state}`,
    remedy: code === 'EADDRINUSE' ? 'Stop what listens there, or choose another address' : 'Choose another address',
    details: { address, cause: code },
  };
  return new CodedError('LISTEN_REFUSED', facts, { cause });
}
