/** What can end a build beside the user's source. */
import { CodedError, systemState } from '#wit/errors';

/** The caller has aborted the build. */
export function buildCancelled(): CodedError {
  return new CodedError('CANCELLED', {
    message: 'Cannot finish the build: it was cancelled',
    remedy: 'Build again; nothing half-written was left',
  });
}

/** The bundle cannot be written where it was wanted. */
export function bundleUnwritable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'USAGE',
    {
      message: `Cannot write "${path}": ${systemState(cause)}`,
      remedy: 'Name another place with --out',
      details: { path },
    },
    { cause },
  );
}

/** A bundle that is inspected names another component than its own source makes. */
export function componentHashWrong(tool: string, hashes: { expected: string; found: string }): CodedError {
  return new CodedError('BUNDLE_HASH_MISMATCH', {
    message: `Cannot verify the component of "${tool}": its source makes another one than the manifest names`,
    remedy: 'Do not trust this bundle: fetch it again, or build it from its project',
    details: { tool, ...hashes },
  });
}

/** A bundle that is inspected names a component, and its own source makes none. */
export function componentUnmade(tool: string, cause: CodedError): CodedError {
  return new CodedError(
    'BUNDLE_HASH_MISMATCH',
    {
      message: `Cannot verify the component of "${tool}": its source makes none; ${cause.message}`,
      remedy: 'Do not trust this bundle: arc never writes a source that does not load',
      details: { tool },
    },
    { cause },
  );
}

/** The source of a tool does not make the component that its manifest names. */
export function componentMismatch(tool: string, hashes: { expected: string; found: string }): CodedError {
  return new CodedError('COMPONENT_MISMATCH', {
    message: `Cannot take the tool "${tool}": its source does not make the component that its manifest names`,
    details: { tool, ...hashes },
  });
}

/** The tool runs in a container alone: there is nothing that the sandbox could run. */
export function componentMissing(tool: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot run the tool "${tool}" here: it runs in a container`,
    remedy: 'Start a host with "aria up", bring the bundle there with "arc dev", and call the tool with "aria call"',
    retryable: false,
    details: { tool },
  });
}
