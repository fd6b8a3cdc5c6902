/** A refusal as a status of gRPC: the nearest code, and the wire error whole in the standard trailer. */
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { type WireError, toWireError } from '#wit/errors';
import { type StatusMessages, encodeStatus, statusDetailsKey } from '#wit/proto';

/** A refusal on its way out. */
export interface Refusal {
  readonly wire: WireError;
  readonly status: StatusObject;
}

/** Makes the refusal of what was thrown. */
export function refusalOf(thrown: unknown, messages: StatusMessages): Refusal {
  const wire = toWireError(thrown);
  const { code, message, details } = encodeStatus(wire, messages);
  const metadata = new Metadata();
  metadata.set(statusDetailsKey, details);
  return { wire, status: { code, details: message, metadata } };
}
