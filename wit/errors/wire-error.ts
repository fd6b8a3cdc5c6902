/** The error that crosses every boundary: command line, gRPC, WebSocket, Cap'n Proto, audit. */
import { type ErrorCategory, type ErrorCode, type ExitCode, errorCodes, exitCodes } from './codes.ts';

/** The wire form. `code` is one of `ErrorCode`, or, in the category `Tool`, the author's own (`ToolError`). */
export interface WireError {
  readonly code: string;
  readonly category: ErrorCategory;
  /** What and why: "Cannot <action>: <state>", without a full stop. */
  readonly message: string;
  /** An imperative that the reader can carry out now. */
  readonly remedy: string;
  readonly retryable: boolean;
  /** JSON values only. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a place that raises an error says beyond the facts of the code. */
export interface ErrorFacts {
  readonly message: string;
  readonly remedy?: string;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Builds the wire form of a code of the contract. */
export function wireError(code: ErrorCode, { message, remedy, retryable, details }: ErrorFacts): WireError {
  const known = errorCodes[code];
  return {
    code,
    category: known.category,
    message,
    remedy: remedy ?? known.remedy,
    retryable: retryable ?? known.retryable,
    details: details ?? {},
  };
}

/** An exception with a wire form. Each folder's `errors.ts` has the factories that make it. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly wire: WireError;

  constructor(code: ErrorCode, facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options);
    this.name = 'CodedError';
    this.code = code;
    this.wire = wireError(code, facts);
  }
}

/** The exception of an error that came over a wire. A code of a newer host, unknown here, stands in `details.code` of an `INTERNAL` one. */
export function fromWire(wire: WireError): CodedError {
  const { code, message, remedy, retryable, details } = wire;
  if (isErrorCode(code)) return new CodedError(code, { message, remedy, retryable, details });
  return new CodedError('INTERNAL', { message, remedy, retryable, details: { ...details, code } });
}

/** Whether a code is one of the contract's. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** The wire form of anything that was thrown; what is not a `CodedError` is a bug. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof CodedError) return thrown.wire;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return wireError('INTERNAL', { message });
}

/** What a command exits with after this error; an author's own code is a failed tool. */
export function exitCodeOf(error: WireError): ExitCode {
  return isErrorCode(error.code) ? errorCodes[error.code].exit : exitCodes.failed;
}
