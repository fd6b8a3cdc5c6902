/** Messages that are none: the library would end them as an internal error, and it is the client's. */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { requestInvalid } from './errors.ts';

/** Stands for a message whose bytes are none of its type. */
const unreadable = Object.freeze({});

/** A service whose methods take such a message, so that they can refuse it. */
export function withUnreadable(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): object => {
      try {
        return method.requestDeserialize(bytes) as object;
      } catch {
        return unreadable;
      }
    };
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(methods);
}

/** A message, if it is one. @throws {CodedError} `REQUEST_INVALID`. */
export function readable<Message>(message: Message): Message {
  if (message === unreadable) throw requestInvalid('the message', 'is not one of this method');
  return message;
}
