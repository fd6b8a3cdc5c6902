/** A method without any work, in messages as long as those of a call of the noop: what gRPC itself costs in Node. */

/** Of HTTP/2. */
export const echoPath = '/bench.Echo/Call';

/** `CallTool` of a tool named `noop` with input `{}`. */
export const echoRequest: Buffer = Buffer.alloc(12, 7);

/** Its answer: output, usage, id and bundle. */
export const echoAnswer: Buffer = Buffer.alloc(67, 7);

/** Messages are bytes; nothing encodes or decodes them. */
export function asBytes(message: Buffer): Buffer {
  return message;
}
