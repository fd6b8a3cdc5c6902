/** `aria.v1.ToolService`. */
import {
  type CallEventMessage,
  type CallRequest,
  type CallRequestMessage,
  type ComponentQuery,
  callRequestFromMessage,
  callResultToMessage,
  componentDetailsToMessage,
  componentKinds,
  progressToMessage,
} from '#wit/api';
import { requestInvalid } from '#wit/grpc';
import { type GrpcRequest, type Methods, oneOf, serverStream, unary } from './method.ts';

/** Progress that waits for a slow reader; what is beyond it is left out. */
const progressWaitingMax = 1024;
const seedBytes = 32;

/** The methods. */
export const toolService: Methods = {
  ListComponents: unary(({ api, message, options }: GrpcRequest<ComponentQuery & { readonly kind?: string }>) => {
    const { kind, ...rest } = message;
    return api.listComponents({ ...rest, ...withKind(kind) }, options);
  }),
  GetComponent: unary(
    async ({ api, message, options }: GrpcRequest<{ readonly name: string; readonly kind?: string }>) =>
      componentDetailsToMessage(await api.getComponent({ name: message.name, ...withKind(message.kind) }, options)),
  ),
  CallTool: unary(async ({ api, message, options }: GrpcRequest<CallRequestMessage>) =>
    callResultToMessage(await api.callTool(callRequest(message), options)),
  ),
  ExplainCall: unary(({ api, message, options }: GrpcRequest<{ readonly callId: string }>) =>
    api.why(message.callId, options),
  ),
  DivergeTool: unary(({ api, message, options }: GrpcRequest<CallRequestMessage>) =>
    api.diverge(callRequest(message), options),
  ),
  CallToolStreaming: serverStream((request: GrpcRequest<CallRequestMessage>) => callWithProgress(request), {
    endless: false,
  }),
};

function withKind(kind: string | undefined): Pick<ComponentQuery, 'kind'> {
  return kind === undefined ? {} : { kind: oneOf('kind', kind, componentKinds) };
}

/** @throws {CodedError} `REQUEST_INVALID`, `INPUT_INVALID`. */
function callRequest(message: CallRequestMessage): CallRequest {
  const { timeoutMs, seed } = message;
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < Infinity))
    throw requestInvalid('timeout_ms', `is ${timeoutMs}, and not a number of milliseconds`);
  if (seed !== undefined && seed.length !== seedBytes)
    throw requestInvalid('seed', `has ${seed.length} bytes, and not ${seedBytes}`);
  return callRequestFromMessage(message);
}

/** A tool does not wait for the reader of its progress, so that it is kept for a while. */
async function* callWithProgress({
  api,
  message,
  options,
}: GrpcRequest<CallRequestMessage>): AsyncGenerator<CallEventMessage> {
  let waiting: CallEventMessage[] = [];
  let wake = Promise.withResolvers<void>();
  const progress = (piece: Parameters<typeof progressToMessage>[0]): void => {
    if (waiting.length < progressWaitingMax) waiting.push(progressToMessage(piece));
    wake.resolve();
  };
  const call = api.callTool(callRequest(message), { ...options, progress });
  let ended = false;
  const settled = call.then(
    () => (ended = true),
    () => (ended = true),
  );
  while (!ended || waiting.length > 0) {
    await Promise.race([wake.promise, settled]);
    const taken = waiting;
    waiting = [];
    wake = Promise.withResolvers();
    yield* taken;
  }
  yield { result: callResultToMessage(await call) };
}
