/** What the metadata and the deadline of a request say. */
import type { Metadata } from '@grpc/grpc-js';
import { checkRequestKey, isTraceparent } from '#wit/api';
import type { GrpcRequest } from './method.ts';

/** Reads the options. `deadline`: as the library gives it, infinity where there is none. @throws {CodedError} `REQUEST_INVALID`. */
export function requestOptions(
  metadata: Metadata,
  deadline: Date | number,
  signal: AbortSignal,
): GrpcRequest['options'] {
  const requestId = text(metadata, 'x-request-id');
  const idempotencyKey = text(metadata, 'idempotency-key');
  const traceparent = text(metadata, 'traceparent');
  const deadlineMs = Number(deadline);
  return {
    signal,
    // The library counts with this clock, and ends the request itself when it is over.
    ...(Number.isFinite(deadlineMs) && { timeoutMs: Math.max(1, deadlineMs - Date.now()) }),
    ...(requestId !== undefined && { requestId: checkRequestKey('x-request-id', requestId) }),
    ...(idempotencyKey !== undefined && { idempotencyKey: checkRequestKey('idempotency-key', idempotencyKey) }),
    ...(traceparent !== undefined && isTraceparent(traceparent) && { traceparent }),
  };
}

function text(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return value === undefined ? undefined : String(value);
}
