/** What can be wrong with a command line of arc and with what it names. */
import { usageWrong } from '#terminal';
import { CodedError } from '#wit/errors';
import { nearestName } from '#wit/tokens';

/** There is no such code of a diagnostic. */
export function codeUnknown(code: string, nearest: string | undefined): CodedError {
  return usageWrong(
    'arc check',
    `there is no diagnostic code "${code}"`,
    nearest === undefined ? 'Take a code from what "arc check" says' : `Did you mean "${nearest}"?`,
  );
}

/** Nothing is at the path. */
export function bundleNotFound(path: string): CodedError {
  return new CodedError('BUNDLE_NOT_FOUND', {
    message: `Cannot open "${path}": there is no such file or directory`,
    remedy: 'Check the path, or make a bundle with "arc build"',
    details: { path },
  });
}

/** A bundle is wanted, and a directory is there. */
export function bundleIsDirectory(path: string): CodedError {
  return new CodedError('BUNDLE_NOT_FOUND', {
    message: `Cannot inspect "${path}": it is a directory, and a bundle file is wanted`,
    remedy: `Build it with "arc build ${path}" and inspect what that writes`,
    details: { path },
  });
}

/** The bundle's file is larger than any bundle. */
export function bundleFileTooLarge(path: string, sizes: { size: number; sizeMax: number }): CodedError {
  return new CodedError('BUNDLE_TOO_LARGE', {
    message: `Cannot read "${path}": it has ${sizes.size} bytes, at most ${sizes.sizeMax} are allowed`,
    details: { path, ...sizes },
  });
}

/** A bundle file has no signature beside it that could be checked. */
export function signatureMissing(path: string): CodedError {
  return new CodedError('SIGNATURE_MISSING', {
    message: `Cannot run "${path}": it has no signature that this host trusts`,
    remedy: 'Pass --allow-unsigned if you built it yourself, or run its project directory',
    details: { path },
  });
}

/** The bundle has no such tool. */
export function toolNotFound(tool: string, known: readonly string[]): CodedError {
  const nearest = nearestName(tool, known);
  const list = known.map((name) => `"${name}"`).join(', ');
  const choice = known.length === 0 ? 'Add a tool: there is none' : `Call one of ${list}`;
  return new CodedError('NOT_FOUND', {
    message: `Cannot call "${tool}": there is no tool of that name`,
    remedy: nearest === undefined ? choice : `Did you mean "${nearest}"? There are ${list}`,
    details: { tools: [...known] },
  });
}

/** The native engine was asked for, and has not been built here. */
export function engineNotBuilt(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot use the engine "wasmtime": it is not built',
    remedy: 'Run "npm run build:native" where Rust is, or use "--engine v8"',
    retryable: false,
  });
}

/** Something of the bundle has the name, and is no tool. */
export function componentNotCallable(kind: string, name: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot call "${name}": it is ${kind === 'agent' ? 'an' : 'a'} ${kind}, and "arc run" calls tools`,
    remedy: 'Call one of the tools that it uses; "arc inspect" shows them',
    retryable: false,
    details: { kind, name },
  });
}

/** The bundle's file is there, but cannot be read. */
export function bundleUnreadable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError('BUNDLE_NOT_FOUND', { message: `Cannot read "${path}": ${why}`, details: { path } }, { cause });
}
