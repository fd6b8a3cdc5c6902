/** Messages that are none: the library would end them as an internal error, and it is the client's. */
import { requestInvalid } from './errors.ts';

/** Stands for a message whose bytes are none of its type. */
const unreadable = Object.freeze({});

/** What the library's definition of a method says of its messages. */
interface MethodReader {
  requestDeserialize(bytes: Buffer): unknown;
}

/** A service whose methods take such a message, so that they can refuse it. */
export function withUnreadable<Method extends MethodReader>(
  definition: Readonly<Record<string, Method>>,
): Record<string, Method> {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes);
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
