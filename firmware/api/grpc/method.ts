/** What a method of a service is to those who write it: a function of a request, without the library. */
import type { AriaApi, RequestOptions } from '#wit/api';
import { requestInvalid } from '#wit/grpc';

/** A request of a client that may come in. */
export interface GrpcRequest<Message = never> {
  readonly message: Message;
  /** Of the client who asks. */
  readonly api: AriaApi;
  readonly options: RequestOptions & { readonly signal: AbortSignal };
}

/** One message, one answer. */
export interface UnaryMethod {
  readonly kind: 'unary';
  readonly run: (request: GrpcRequest) => Promise<object>;
}

/** One message, many answers. */
export interface ServerStreamMethod {
  readonly kind: 'server-stream';
  /** Has no end of its own: a host that stops ends it. */
  readonly endless: boolean;
  readonly run: (request: GrpcRequest) => AsyncIterable<object>;
}

/** Many messages, one answer. */
export interface ClientStreamMethod {
  readonly kind: 'client-stream';
  readonly run: (request: GrpcRequest, messages: AsyncIterable<object>) => Promise<object>;
}

/** Each message has an answer, in order. */
export interface EachMethod {
  readonly kind: 'each';
  readonly run: (message: object) => object;
}

export type Method = UnaryMethod | ServerStreamMethod | ClientStreamMethod | EachMethod;

/** The methods of a service, by their names in the .proto file. */
export type Methods = Readonly<Record<string, Method>>;

/** A method with one answer. The message has the type that its .proto file gives it. */
export function unary<Message>(run: (request: GrpcRequest<Message>) => Promise<object>): UnaryMethod {
  return { kind: 'unary', run: run as UnaryMethod['run'] };
}

/** A method with many answers. */
export function serverStream<Message>(
  run: (request: GrpcRequest<Message>) => AsyncIterable<object>,
  { endless }: { readonly endless: boolean },
): ServerStreamMethod {
  return { kind: 'server-stream', endless, run: run as ServerStreamMethod['run'] };
}

/** A text of a message that is one of a few. @throws {CodedError} `REQUEST_INVALID`. */
export function oneOf<Text extends string>(field: string, value: string, known: readonly Text[]): Text {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined)
    throw requestInvalid(field, `is "${value.slice(0, 64)}", and not one of ${known.join(', ')}`);
  return found;
}
