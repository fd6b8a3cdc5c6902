/** The interface of a host over gRPC. */
import type { AriaApi } from './api.ts';
import type {
  ActivationResult,
  BundleVersion,
  InstallResult,
  Upgrade,
  UploadContent,
  UploadOptions,
} from './bundles.ts';
import type { CallOptions, CallRequest, CallResult, RequestOptions } from './calls.ts';
import type { ComponentDetails, ComponentPage, ComponentQuery } from './components.ts';
import type { EventQuery, HostEvent, LogEntry, LogQuery } from './events.ts';
import { type UpgradeMessage, upgradeFromMessage } from './grpc-bundles.ts';
import {
  type CallEventMessage,
  type CallResultMessage,
  callRequestToMessage,
  callResultFromMessage,
  progressFromMessage,
} from './grpc-calls.ts';
import { GrpcChannel, type GrpcTarget, type MethodName } from './grpc-channel.ts';
import { type ComponentDetailsMessage, componentDetailsFromMessage } from './grpc-components.ts';
import {
  type HostEventMessage,
  type LogEntryMessage,
  hostEventFromMessage,
  logEntryFromMessage,
} from './grpc-events.ts';
import { uploadOverGrpc } from './grpc-upload.ts';
import type { CallExplanation, Divergence, TokenState } from './scheduling.ts';
import type { HostStatus } from './status.ts';

/** Connects to a host; nothing is sent before the first request. The caller closes it. */
export function connectGrpc(target: GrpcTarget): AriaApi & AsyncDisposable {
  return new GrpcClient(new GrpcChannel(target));
}

class GrpcClient implements AriaApi, AsyncDisposable {
  readonly #channel: GrpcChannel;

  constructor(channel: GrpcChannel) {
    this.#channel = channel;
  }

  status(options?: RequestOptions): Promise<HostStatus> {
    return this.#channel.unary('HostService/GetStatus', {}, options);
  }

  listComponents(query: ComponentQuery = {}, options?: RequestOptions): Promise<ComponentPage> {
    return this.#channel.unary('ToolService/ListComponents', query, options);
  }

  getComponent(wanted: Parameters<AriaApi['getComponent']>[0], options?: RequestOptions): Promise<ComponentDetails> {
    return this.#ask('ToolService/GetComponent', wanted, options, (answer: ComponentDetailsMessage) =>
      componentDetailsFromMessage(answer),
    );
  }

  async callTool(call: CallRequest, options: CallOptions = {}): Promise<CallResult> {
    const message = callRequestToMessage(call);
    if (options.progress !== undefined) return this.#callWithProgress(message, options, options.progress);
    return this.#ask('ToolService/CallTool', message, options, (answer: CallResultMessage) =>
      callResultFromMessage(answer),
    );
  }

  tokens(options?: RequestOptions): Promise<TokenState> {
    return this.#channel.unary('HostService/GetTokens', {}, options);
  }

  why(callId: string, options?: RequestOptions): Promise<CallExplanation> {
    return this.#channel.unary('ToolService/ExplainCall', { callId }, options);
  }

  diverge(call: CallRequest, options?: RequestOptions): Promise<Divergence> {
    return this.#channel.unary('ToolService/DivergeTool', callRequestToMessage(call), options);
  }

  async listBundles(options?: RequestOptions): Promise<readonly BundleVersion[]> {
    const answer = await this.#channel.unary<{ versions: readonly BundleVersion[] }>(
      'BundleService/ListBundles',
      {},
      options,
    );
    return answer.versions;
  }

  upload(content: UploadContent, options: UploadOptions = {}): Promise<InstallResult> {
    return uploadOverGrpc(this.#channel, content, options);
  }

  rollback(wanted: Parameters<AriaApi['rollback']>[0], options?: RequestOptions): Promise<ActivationResult> {
    return this.#channel.unary('BundleService/RollbackBundle', wanted, options);
  }

  async removeVersion(wanted: Parameters<AriaApi['removeVersion']>[0], options?: RequestOptions): Promise<void> {
    await this.#channel.unary('BundleService/RemoveBundleVersion', wanted, options);
  }

  listUpgrades(options?: RequestOptions): Promise<readonly Upgrade[]> {
    return this.#ask('BundleService/ListUpgrades', {}, options, (answer: { upgrades: readonly UpgradeMessage[] }) =>
      answer.upgrades.map(upgradeFromMessage),
    );
  }

  approve(id: string, options?: RequestOptions): Promise<ActivationResult> {
    return this.#channel.unary('BundleService/ApproveUpgrade', { id }, options);
  }

  async reject(id: string, options?: RequestOptions): Promise<void> {
    await this.#channel.unary('BundleService/RejectUpgrade', { id }, options);
  }

  events(query: EventQuery = {}): AsyncIterable<HostEvent> {
    const { after, kinds } = query;
    return this.#follow('HostService/StreamEvents', { after, kinds }, query, (message: HostEventMessage) =>
      hostEventFromMessage(message),
    );
  }

  logs(query: LogQuery = {}): AsyncIterable<LogEntry> {
    const { follow, tail, level, source } = query;
    const message = { follow: follow === true, tail, level, source };
    return this.#follow('HostService/StreamLogs', message, query, (entry: LogEntryMessage) =>
      logEntryFromMessage(entry),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#channel[Symbol.asyncDispose]();
  }

  async #ask<Message, Answer>(
    name: MethodName,
    message: object,
    options: RequestOptions | undefined,
    read: (message: Message) => Answer,
  ): Promise<Answer> {
    const answer = await this.#channel.unary<Message>(name, message, options);
    return this.#read(answer, read);
  }

  async #callWithProgress(
    message: object,
    options: RequestOptions,
    progress: NonNullable<CallOptions['progress']>,
  ): Promise<CallResult> {
    const stream = this.#channel.serverStream<CallEventMessage>('ToolService/CallToolStreaming', message, options);
    let result: CallResultMessage | undefined;
    // To its end, which is right behind the result: leaving before it resets the stream, and a host cuts a client that resets a thousand of them.
    for await (const event of stream) {
      result ??= event.result;
      const piece = progressFromMessage(event);
      if (piece !== undefined) progress(piece);
    }
    if (result !== undefined) return this.#read(result, callResultFromMessage);
    throw await this.#channel.failure(new Error('the call ended without a result'), options);
  }

  async *#follow<Message, Value>(
    name: MethodName,
    message: object,
    options: RequestOptions,
    read: (message: Message) => Value,
  ): AsyncGenerator<Value> {
    // An iterable ends with its signal; it does not fail.
    if (isAborted(options)) return;
    try {
      for await (const received of this.#channel.serverStream<Message>(name, message, options)) {
        yield await this.#read(received, read);
      }
    } catch (error) {
      if (!isAborted(options)) throw error;
    }
  }

  /** An answer that cannot be read is a fault of the connection's ends, not of the caller. */
  async #read<Message, Value>(message: Message, read: (message: Message) => Value): Promise<Value> {
    try {
      return read(message);
    } catch (error) {
      throw await this.#channel.failure(error, {});
    }
  }
}

function isAborted({ signal }: RequestOptions): boolean {
  return signal?.aborted === true;
}
