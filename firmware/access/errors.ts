/** What access refuses. No message holds a secret, or a part of one. */
import { CodedError } from '#wit/errors';

/** Neither a token, nor a certificate, nor the owner's socket: one answer for all of them. */
export function unauthenticated(): CodedError {
  return new CodedError('UNAUTHENTICATED', {
    message: 'Cannot take the request: it shows no valid token',
    remedy: 'Send the token of $ARIA_HOME/token as "authorization: Bearer …"',
  });
}

/** More wrong tokens came from one address than are answered. */
export function failuresExceeded(retryAfterMs: number): CodedError {
  return new CodedError('RATE_LIMITED', {
    message: 'Cannot take the request: too many requests without a valid token came from this address',
    remedy: `Send a valid token, or wait ${retryAfterMs} ms`,
    details: { retryAfterMs },
  });
}

/** A client sent more requests than it may. */
export function rateLimited(name: string, retryAfterMs: number): CodedError {
  return new CodedError('RATE_LIMITED', {
    message: `Cannot take the request: "${name}" has sent as many as it may`,
    remedy: `Wait ${retryAfterMs} ms, or raise limits.requests_per_second in aria.toml`,
    details: { retryAfterMs },
  });
}

/** A file with a secret is not fit to be one. */
export function secretFileRefused(path: string, state: string, remedy: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot use the secret in "${path}": ${state}`,
    remedy,
    details: { path },
  });
}

/** The file system refused to read or to keep a secret. */
export function secretFileFailed(path: string, cause: unknown): CodedError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot read or write the secret in "${path}": ${code}`,
      remedy: 'Look whether the directory exists, belongs to the user of the host, and has space',
      details: { path, cause: code },
    },
    { cause },
  );
}

/** Tokens of the configuration that contradict each other. */
export function accessTokenRefused(name: string, state: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot use the access token "${name}": ${state}`,
    remedy: 'Correct its entry in aria.toml',
    details: { name },
  });
}

/** A token is asked for that may not be. */
export function mintRefused(field: string, state: string): CodedError {
  return new CodedError('REQUEST_INVALID', { message: `Cannot mint a token: ${field} ${state}`, details: { field } });
}

/** An address that others reach, without TLS. */
export function listenRefused(what: string, host: string, encrypted: boolean): CodedError {
  return new CodedError('LISTEN_REFUSED', {
    message: `Cannot listen for ${what} on "${host}": it is not loopback, and ${encrypted ? 'TLS is not configured' : 'nothing protects it there'}`,
    remedy: encrypted
      ? 'Listen on 127.0.0.1, or set tls.certificate and tls.key in aria.toml'
      : 'Listen on 127.0.0.1, and let a proxy or a collector on this machine read it',
    details: { host },
  });
}

/** Certificates that TLS does not take. */
export function tlsRefused(field: string, path: string, state: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot use ${field} "${path}": ${state}`,
    remedy: `Correct ${field} in aria.toml, or the file`,
    details: { field, path },
  });
}
