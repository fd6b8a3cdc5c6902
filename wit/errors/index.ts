/** The wire error, its codes and the exit codes. */
export { type ErrorCategory, type ErrorCode, type ExitCode, errorCategories, errorCodes, exitCodes } from './codes.ts';
export {
  CodedError,
  type ErrorFacts,
  type WireError,
  exitCodeOf,
  fromWire,
  isErrorCode,
  toWireError,
  wireError,
} from './wire-error.ts';
export { systemState } from './system-state.ts';
