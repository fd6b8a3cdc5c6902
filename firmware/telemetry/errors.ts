/** What telemetry raises: one factory for each failure. */
import { CodedError } from '#wit/errors';

/** A secret would be found in every other word. The message does not say it. */
export function secretTooShort(characters: number, charactersMin: number): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot redact a secret of ${characters} characters: the shortest has ${charactersMin}`,
    remedy: `Use a secret of at least ${charactersMin} characters`,
  });
}

/** The host knows as many secrets as it may. */
export function secretsExceeded(piecesMax: number): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot redact one more secret: ${piecesMax} pieces of secrets are known`,
    remedy: 'Configure fewer secrets, or shorter ones',
  });
}

/** The file of the log cannot be opened. */
export function logFileFailed(file: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot open the log "${file}": ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'Create its directory and make it writable, or set another log.file in aria.toml',
    },
    { cause },
  );
}

/** Nobody but this machine may read metrics without a token and without TLS. */
export function metricsListenRefused(host: string): CodedError {
  return new CodedError('LISTEN_REFUSED', {
    message: `Cannot serve metrics on "${host}": it is not loopback, and there is no TLS`,
    remedy: 'Set metrics to a loopback address, or configure tls in aria.toml',
  });
}

/** The address of the metrics is taken, or is none of this machine. */
export function metricsListenFailed(address: string, cause: unknown): CodedError {
  return new CodedError(
    'LISTEN_REFUSED',
    {
      message: `Cannot serve metrics on "${address}": ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'Free the address, or set another one for metrics in aria.toml',
    },
    { cause },
  );
}

/** The endpoint of OTLP is no URL. */
export function endpointInvalid(): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: 'Cannot export over OTLP: the endpoint is not an http or https URL',
    remedy: 'Set otlp_endpoint in aria.toml to one as "http://127.0.0.1:4318"',
  });
}
