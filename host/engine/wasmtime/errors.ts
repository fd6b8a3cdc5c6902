/** What making and keeping native code raises, in the form of `host/errors.ts`. */
import { CodedError } from '#wit/errors';

/** Why a compile ended without code. */
export type CompileFailureCause = 'refused' | 'deadline' | 'memory' | 'crash';

/** The component cannot be compiled: wasmtime refuses it, or compiling it needs more than it may have. */
export function compileFailed(cause: CompileFailureCause, state: string): CodedError {
  return new CodedError('COMPONENT_INVALID', {
    message: `Cannot compile the component: ${state}`,
    details: { cause },
  });
}

/** The compiler itself cannot be used; nothing is said about the component. */
export function compilerUnavailable(state: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'UNAVAILABLE',
    {
      message: `Cannot compile the component: ${state}`,
      remedy: 'Run "npm run build:native", or use the engine v8',
      retryable: false,
    },
    options,
  );
}

/** More waits to be compiled than may. */
export function compilerFull(state: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot compile the component: ${state}`,
    remedy: 'Wait until others are compiled',
  });
}

/** The key of compiled code cannot be trusted, or neither read nor made. */
export function artifactKeyRefused(file: string, state: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'UNAVAILABLE',
    {
      message: `Cannot use the key of compiled code "${file}": ${state}`,
      remedy: `Remove "${file}": another key is made, and code is compiled again`,
      retryable: false,
    },
    options,
  );
}

/** No way of allocation works on this machine. */
export function noAllocation(reasons: readonly string[]): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot run components natively: ${reasons.join('; ')}`,
    remedy: 'Give the process more address space, or use the engine v8',
    retryable: false,
  });
}
