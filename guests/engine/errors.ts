/** What can go wrong while a tool is rebuilt. */
import { CodedError } from '#wit/errors';

/** What a tool's top level threw, as the guest engine describes it. */
export interface LoadFailure {
  readonly code: string;
  readonly message: string;
  /** In positions of the bundled source. */
  readonly stack: string | null;
}

/** The top level of a tool threw, or wanted more memory than it may have. */
export function topLevelFailed(name: string, failure: LoadFailure): CodedError {
  return new CodedError('BUILD_FAILED', {
    message: `Cannot build "${name}": its top level failed: ${failure.message}`,
    remedy:
      failure.code === 'MEMORY_EXCEEDED'
        ? 'Make the top level hold less, or raise memoryMiB'
        : 'Correct the top level of the module that the stack names',
    details: { cause: failure.code, message: failure.message, stack: failure.stack },
  });
}

/** The top level did not end in time. */
export function topLevelOverran(name: string, deadlineMs: number): CodedError {
  return new CodedError('BUILD_FAILED', {
    message: `Cannot build "${name}": its top level did not end within ${deadlineMs} ms`,
    remedy: 'Do long work inside the tool, not at the top level of its modules',
    details: { cause: 'DEADLINE_EXCEEDED', deadlineMs },
  });
}

/** The engine trapped while the top level ran. */
export function topLevelTrapped(name: string, cause: string): CodedError {
  return new CodedError('BUILD_FAILED', {
    message: `Cannot build "${name}": the guest engine trapped while its top level ran: ${cause}`,
    details: { cause },
  });
}

/** The build was cancelled. */
export function rebuildCancelled(name: string): CodedError {
  return new CodedError('CANCELLED', { message: `Cannot build "${name}": cancelled` });
}

/** The snapshot does not fit into the tool's memory. */
export function snapshotTooLarge(name: string, neededBytes: number, memoryBytesMax: number): CodedError {
  return new CodedError('BUILD_FAILED', {
    message: `Cannot build "${name}": it needs ${neededBytes} bytes of memory before the first call and may have ${memoryBytesMax}`,
    remedy: 'Raise memoryMiB of the tool',
    details: { cause: 'MEMORY_EXCEEDED', neededBytes, memoryBytesMax },
  });
}
