/** Which status of HTTP an error has inside a container. */
import { type ErrorCode, type WireError, isErrorCode } from '#wit/errors';

/** The codes of operations and of ICC itself; a tool's or an agent's own is that of a server behind this one. */
const statuses: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  BUDGET_EXCEEDED: 402,
  CALL_TOKEN_INVALID: 403,
  CAPABILITY_DENIED: 403,
  NOT_FOUND: 404,
  DEADLOCK: 409,
  LEASE_EXPIRED: 409,
  MESSAGE_TOO_LARGE: 413,
  VALUE_TOO_LARGE: 413,
  INPUT_INVALID: 422,
  RATE_LIMITED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  OVERLOADED: 503,
  CONNECTIONS_EXCEEDED: 503,
  OPERATIONS_EXCEEDED: 503,
  DEADLINE_EXCEEDED: 504,
  STORE_FULL: 507,
};

/** The status of an error; 502 for what the table does not name. */
export function httpStatusOf({ code }: Pick<WireError, 'code'>): number {
  return (isErrorCode(code) ? statuses[code] : undefined) ?? 502;
}
