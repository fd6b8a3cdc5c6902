/** What can be wrong with a command line of arc and with what it names. */
import { CodedError } from '#wit/errors';
import { nearestName } from '#wit/tokens';
import { systemState } from '../system-state.ts';
import type { JsonFault } from './json-fault.ts';

/** How much of a broken text a message repeats. */
const excerptCharacters = 60;

/** The command line cannot be understood. */
export function usageWrong(action: string, state: string, remedy: string): CodedError {
  return new CodedError('USAGE', { message: `Cannot run "${action}": ${state}`, remedy });
}

/** The command was interrupted; what it had begun is put away. */
export function interrupted(action: string): CodedError {
  return new CodedError('CANCELLED', {
    message: `Cannot finish "${action}": it was interrupted`,
    remedy: 'Run it again; nothing half-written was left',
  });
}

/** There is no such code of a diagnostic. */
export function codeUnknown(code: string, nearest: string | undefined): CodedError {
  return usageWrong(
    'arc check',
    `there is no diagnostic code "${code}"`,
    nearest === undefined ? 'Take a code from what "arc check" says' : `Did you mean "${nearest}"?`,
  );
}

/** Containers are not offered yet. */
export function containerTargetUnavailable(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot build for the target "container": this release builds WebAssembly only',
    remedy: 'Build with --target wasm',
    retryable: false,
  });
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

/** The input is longer than a tool takes. */
export function inputTooLarge(source: string, bytesMax: number): CodedError {
  return new CodedError('INPUT_INVALID', {
    message: `Cannot read the input from ${source}: it has more than ${bytesMax} bytes`,
    remedy: 'Give the tool less, or split the call',
    details: { bytesMax },
  });
}

/** The input's file cannot be read. */
export function inputUnreadable(path: string, cause: unknown): CodedError {
  const why =
    cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : String(cause);
  return new CodedError(
    'INPUT_INVALID',
    {
      message: `Cannot read the input from "${path}": ${why}`,
      remedy: 'Check the path after the @',
      details: { path },
    },
    { cause },
  );
}

/** The input is not UTF-8. */
export function inputNotText(source: string, cause: unknown): CodedError {
  return new CodedError(
    'INPUT_INVALID',
    {
      message: `Cannot read the input from ${source}: it is not UTF-8`,
      remedy: 'Give JSON; bytes stand in it as {"$base64": "…"}',
    },
    { cause },
  );
}

/** The input is not JSON. */
export function inputNotJson(source: string, text: string, { offset, line, column, problem }: JsonFault): CodedError {
  const start = Math.max(text.lastIndexOf('\n', offset - 1) + 1, offset - excerptCharacters / 2);
  const excerpt = text.slice(start, start + excerptCharacters).split('\n', 1)[0] ?? '';
  return new CodedError('INPUT_INVALID', {
    message: `Cannot read the input from ${source}: ${problem} at line ${line}, column ${column}`,
    remedy: 'Correct the JSON there',
    details: { line, column, excerpt, excerptColumn: offset - start + 1 },
  });
}

/** The bundle's file is there, but cannot be read. */
export function bundleUnreadable(path: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError('BUNDLE_NOT_FOUND', { message: `Cannot read "${path}": ${why}`, details: { path } }, { cause });
}

/** What stdout is redirected to does not take the data. */
export function outputUnwritable(cause: unknown): CodedError {
  return new CodedError(
    'USAGE',
    {
      message: `Cannot write the result to stdout: ${systemState(cause)}`,
      remedy: 'Make room there, or redirect stdout to another place',
    },
    { cause },
  );
}
