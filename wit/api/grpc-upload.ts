/** An upload over gRPC, which goes on where it was cut. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientWritableStream } from '@grpc/grpc-js';
import { CodedError } from '#wit/errors';
import type { InstallResult, UploadContent, UploadOptions } from './bundles.ts';
import { type InstallResultMessage, installResultFromMessage, uploadChunkBytesMax } from './grpc-bundles.ts';
import type { GrpcChannel } from './grpc-channel.ts';
import { requestCancelled } from './grpc-failure.ts';

/** Tries in a row that bring nothing further. */
const attemptsMax = 8;
/** Between tries, in milliseconds; doubled each time, up to `pauseMsMax`. */
const pauseMs = 100;
const pauseMsMax = 2000;

/** Bytes of a message: fewer than it may have, so that progress is told often. */
const chunkBytes = uploadChunkBytesMax / 4;

/** What a try came to that was not the last. */
interface Retry {
  readonly offset: number;
  readonly pauseMs: number;
}

/** Sends the content, and again from where the host says. @throws {CodedError} what the host refuses, or that of the connection after the last try. */
export async function uploadOverGrpc(
  channel: GrpcChannel,
  content: UploadContent,
  options: UploadOptions,
): Promise<InstallResult> {
  const course = new Course();
  for (;;) {
    try {
      return await sendFrom(channel, content, { ...options, offset: course.offset });
    } catch (error) {
      const retry = course.after(error);
      if (retry === undefined) throw error;
      if (retry.offset > 0) options.progress?.(retry.offset);
      await sleep(retry.pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
        () => {
          throw requestCancelled();
        },
      );
    }
  }
}

/** Where the next try begins, and whether there is one. */
class Course {
  offset = 0;
  #furthest = 0;
  #attempts = 0;
  #cut = false;

  after(error: unknown): Retry | undefined {
    if (!(error instanceof CodedError)) return undefined;
    const told = error.wire.details['offset'];
    this.#attempts += 1;
    if (error.code === 'UPLOAD_INVALID' && typeof told === 'number' && Number.isSafeInteger(told) && told >= 0) {
      if (told > this.#furthest) {
        this.#furthest = told;
        this.#attempts = 1;
      }
      if (this.#attempts >= attemptsMax) return undefined;
      this.offset = told;
      return { offset: told, pauseMs: this.#attempts > 1 ? pauseMs : 0 };
    }
    if (!this.#isPassing(error) || this.#attempts >= attemptsMax) return undefined;
    // How much arrived only the host knows: it says so when the next try begins elsewhere.
    this.offset = 0;
    return { offset: 0, pauseMs: Math.min(pauseMs * 2 ** (this.#attempts - 1), pauseMsMax) };
  }

  /** A cut connection, and what follows from one: a host that starts again, or that has not seen the end of the first stream yet. */
  #isPassing(error: CodedError): boolean {
    if (error.code === 'CONNECTION_FAILED') return (this.#cut = true);
    return this.#cut && ['HOST_UNREACHABLE', 'UNAVAILABLE', 'UPLOAD_INVALID', 'OVERLOADED'].includes(error.code);
  }
}

interface Sending extends UploadOptions {
  readonly offset: number;
}

async function sendFrom(channel: GrpcChannel, content: UploadContent, options: Sending): Promise<InstallResult> {
  const { name, size, hash, signature } = content;
  const { offset, allowDowngrade = false } = options;
  const answer = Promise.withResolvers<InstallResult>();
  const settled = new AbortController();
  const call = await channel.clientStream('BundleService/UploadBundle', options, (error, message) => {
    if (error === undefined) answer.resolve(installResultFromMessage(message as InstallResultMessage));
    else answer.reject(error);
    settled.abort();
  });
  // It is awaited below; until then a refusal only ends the sending.
  answer.promise.catch(() => {});
  try {
    await writeTo(
      call,
      { metadata: { name, totalSizeBytes: size, hash, signature, offset, allowDowngrade } },
      settled.signal,
    );
    let sent = offset;
    for await (const chunk of chunksOf(content, offset, settled.signal)) {
      await writeTo(call, { chunk }, settled.signal);
      sent += chunk.length;
      if (!settled.signal.aborted) options.progress?.(sent);
    }
    call.end();
    return await answer.promise;
  } catch (error) {
    throw await channel.failure(error, options);
  } finally {
    if (!settled.signal.aborted) call.cancel();
  }
}

/** Sends a message when there is room for it, or never when the host has answered. */
async function writeTo(call: ClientWritableStream<object>, message: object, settled: AbortSignal): Promise<void> {
  if (settled.aborted || call.write(message)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      call.off('drain', go);
      settled.removeEventListener('abort', go);
      resolve();
    };
    call.once('drain', go);
    settled.addEventListener('abort', go, { once: true });
  });
}

/** The content in chunks; it ends early when the host has answered, also while the file gives nothing. */
async function* chunksOf(content: UploadContent, offset: number, settled: AbortSignal): AsyncIterable<Uint8Array> {
  const pieces = content.read(offset)[Symbol.asyncIterator]();
  const answered = new Promise<undefined>((resolve) => {
    settled.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!settled.aborted) {
    const next = await Promise.race([nextPiece(pieces, content.name), answered]);
    if (next === undefined || next.done === true) break;
    for (let at = 0; at < next.value.length && !settled.aborted; at += chunkBytes)
      yield next.value.subarray(at, at + chunkBytes);
  }
  // Not awaited: a file that gives nothing does not end, either.
  void Promise.resolve(pieces.return?.()).catch(() => {});
}

async function nextPiece(pieces: AsyncIterator<Uint8Array>, name: string): Promise<IteratorResult<Uint8Array>> {
  try {
    return await pieces.next();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError('IO_FAILED', { message: `Cannot read "${name}": ${state}` }, { cause });
  }
}
