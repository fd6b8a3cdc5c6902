/** The two errors that authors meet: the one that they throw, and the one that the host makes them catch. */

/** What a `ToolError` says beside code and message. */
export interface ToolErrorOptions extends ErrorOptions {
  /** Whether the same call may succeed later without a change. Default: false. */
  readonly retryable?: boolean;
  /** Anything that is JSON; the caller gets it as it is. */
  readonly details?: unknown;
}

/**
 * A failure on purpose: the caller gets the code, the message and the details, and no stack.
 * @example
 * throw new ToolError('NOT_FOUND', `No order "${id}"`, { details: { id } });
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  /** Upper-case words, as `NOT_FOUND`: what callers match on. */
  readonly code: string;
  readonly retryable: boolean;
  readonly details: unknown;

  constructor(code: string, message: string, options: ToolErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details;
  }
}

/** What is known of a refused operation. */
export interface OperationFailure {
  /** A code of the contract, or the code of the tool that was called. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** The operation, as `kv.get`. */
  readonly operation: string;
  readonly details?: unknown;
}

/**
 * The host refused or failed an operation, or the tool has no token for it. Uncaught, it ends the call with its own code.
 * @example
 * try {
 *   await kv('orders').set('a', bytes);
 * } catch (error) {
 *   if (error instanceof OperationError && error.code === 'STORE_FULL') await makeRoom();
 *   else throw error;
 * }
 */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  /** As `CAPABILITY_DENIED`, `VALUE_TOO_LARGE`, `UNAVAILABLE`. */
  readonly code: string;
  readonly retryable: boolean;
  /** The operation, as `kv.get`. */
  readonly operation: string;
  /** What the code needs: a maximum, a wait, the details of a failed tool. */
  readonly details: unknown;

  constructor({ code, message, retryable, operation, details }: OperationFailure) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.operation = operation;
    this.details = details;
  }
}
