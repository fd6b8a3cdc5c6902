/**
 * `PUT /v1/bundles`: the bytes of an archive from `upload-offset` on. The host keeps what arrives; a request that begins behind that is answered with the offset
 * from which to send, so that an upload that was cut goes on without a question before.
 */
import type { IncomingMessage } from 'node:http';
import { CodedError } from '#wit/errors';
import { messageTooLarge, requestInvalid, tooLate, uploadGap } from './errors.ts';
import { sendJson } from './http-answer.ts';
import type { Exchange } from './http-handler.ts';
import { goOn, requireContentType } from './http-request.ts';
import { readForm, uploadForm } from './request-forms.ts';
import { type WebContext, within } from './web-context.ts';

/** Takes an upload, and answers what the installation came to. */
export async function receiveUpload(context: WebContext, exchange: Exchange): Promise<void> {
  const { request, response, principal, options, signal } = exchange;
  requireContentType(request, 'application/octet-stream');
  const { allowDowngrade, ...about } = readUpload(request);
  const offset = wholeHeader(request, 'upload-offset') ?? 0;
  const announced = wholeHeader(request, 'content-length') ?? 0;
  if (offset + announced > about.size) throw messageTooLarge('the upload', about.size);
  let begun = false;
  const read = (from: number): AsyncIterable<Uint8Array> => {
    // There is one body, and it is read once.
    if (begun || from < offset) throw uploadGap(from);
    begun = true;
    goOn(request, response);
    return pieces(context, request, { skip: from - offset, bytesMax: about.size - offset });
  };
  const upload = { ...about, read };
  const result = await within(context, { ...options, signal, ...(allowDowngrade && { allowDowngrade }) }, (asked) =>
    context.setting.service.api(principal).upload(upload, asked),
  );
  sendJson(response, 200, result);
}

function readUpload(request: IncomingMessage): ReturnType<typeof uploadForm.parse> {
  const { headers } = request;
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [name, hash] = [text('aria-bundle-name'), text('aria-bundle-hash')];
  const [signature, downgrade] = [text('aria-bundle-signature'), text('aria-allow-downgrade')];
  return readForm(uploadForm, {
    name: name ?? 'bundle.aria',
    hash,
    size: wholeHeader(request, 'aria-bundle-size'),
    // Its lines do not fit into a header.
    ...(signature !== undefined && { signature: Buffer.from(signature, 'base64').toString('utf8') }),
    ...(downgrade !== undefined && { allowDowngrade: downgrade === 'true' }),
  });
}

function wholeHeader({ headers }: IncomingMessage, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text))
    throw requestInvalid(`the header "${name}"`, 'is no whole number');
  return Number(text);
}

async function* pieces(
  { limits, ticker }: WebContext,
  request: IncomingMessage,
  { skip, bytesMax }: { readonly skip: number; readonly bytesMax: number },
): AsyncGenerator<Uint8Array> {
  let [left, taken] = [skip, 0];
  let heardMs = ticker.nowMs;
  let idle = false;
  using _watch = ticker.watch(() => {
    if (ticker.nowMs - heardMs <= limits.uploadIdleMs) return;
    idle = true;
    request.destroy();
  });
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      taken += piece.length;
      if (taken > bytesMax) throw messageTooLarge('the upload', bytesMax);
      const rest = piece.subarray(left);
      left -= piece.length - rest.length;
      if (rest.length > 0) yield rest;
      // What the disk took is no fault of the client.
      heardMs = ticker.nowMs;
    }
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw idle ? tooLate('a piece of the upload', limits.uploadIdleMs) : requestInvalid('the upload', 'ends too early');
  }
}
