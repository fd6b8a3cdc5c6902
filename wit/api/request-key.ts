/** Names that a client gives its requests: they stand in logs, headers and the database, so that they are short and plain. */
import { CodedError } from '#wit/errors';

/** A request id or an idempotency key. */
export const requestKeyPattern = /^[A-Za-z0-9._:-]{1,128}$/;
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Checks a request id or an idempotency key. @throws {CodedError} `REQUEST_INVALID`. */
export function checkRequestKey(field: string, value: string): string {
  if (requestKeyPattern.test(value)) return value;
  throw new CodedError('REQUEST_INVALID', {
    message: `Cannot take the request: ${field} is not 1 to 128 characters of A-Z a-z 0-9 . _ : -`,
    remedy: `Send another ${field}, or none`,
    details: { field },
  });
}

/** Whether a text is a W3C trace context of version 00; one that is not is left out, as the specification asks. */
export function isTraceparent(value: string): boolean {
  return traceparentPattern.test(value);
}
