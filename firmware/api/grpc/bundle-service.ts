/** `aria.v1.BundleService`. */
import { type BundleMetadataMessage, type UploadContent, installResultToMessage, upgradeToMessage } from '#wit/api';
import { uploadOffset } from '../../service/errors.ts';
import { requestInvalid } from '#wit/grpc';
import { type ClientStreamMethod, type GrpcRequest, type Methods, unary } from './method.ts';

interface UploadMessage {
  readonly metadata?: BundleMetadataMessage;
  readonly chunk?: Uint8Array;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** The methods. */
export const bundleService: Methods = {
  UploadBundle: { kind: 'client-stream', run: upload } satisfies ClientStreamMethod,
  ListBundles: unary(async ({ api, options }: GrpcRequest<object>) => ({ versions: await api.listBundles(options) })),
  RollbackBundle: unary(
    ({ api, message, options }: GrpcRequest<{ readonly name: string; readonly version?: string }>) =>
      api.rollback(message, options),
  ),
  RemoveBundleVersion: unary(async ({ api, message, options }: GrpcRequest<Named>) => {
    await api.removeVersion(message, options);
    return {};
  }),
  ListUpgrades: unary(async ({ api, options }: GrpcRequest<object>) => {
    const upgrades = await api.listUpgrades(options);
    return { upgrades: upgrades.map(upgradeToMessage) };
  }),
  ApproveUpgrade: unary(({ api, message, options }: GrpcRequest<{ readonly id: string }>) =>
    api.approve(message.id, options),
  ),
  RejectUpgrade: unary(async ({ api, message, options }: GrpcRequest<{ readonly id: string }>) => {
    await api.reject(message.id, options);
    return {};
  }),
};

async function upload({ api, options }: GrpcRequest<object>, messages: AsyncIterable<UploadMessage>): Promise<object> {
  const source = messages[Symbol.asyncIterator]();
  const first = await source.next();
  const metadata = first.done === true ? undefined : first.value.metadata;
  if (metadata === undefined) throw requestInvalid('the first message of the upload', 'is not its metadata');
  const { name, totalSizeBytes, hash, signature, offset, allowDowngrade } = metadata;
  // What the reader throws decides the answer: the service may say it in words of its own.
  let cut: unknown;
  const read = async function* readFrom(wanted: number): AsyncGenerator<Uint8Array> {
    try {
      // The client has begun somewhere else: it is told where to begin, and comes again.
      if (wanted !== offset) throw uploadOffset(wanted);
      yield* chunksOf(source);
    } catch (error) {
      cut = error;
      throw error;
    }
  };
  const content: UploadContent = {
    name,
    size: totalSizeBytes,
    hash,
    read,
    ...(signature !== undefined && { signature }),
  };
  try {
    return installResultToMessage(await api.upload(content, { ...options, allowDowngrade }));
  } catch (error) {
    throw cut ?? error;
  }
}

async function* chunksOf(source: AsyncIterator<UploadMessage>): AsyncGenerator<Uint8Array> {
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const { chunk } = next.value;
    if (chunk === undefined) throw requestInvalid('a message of the upload', 'is not a chunk');
    if (chunk.length > 0) yield chunk;
  }
}
