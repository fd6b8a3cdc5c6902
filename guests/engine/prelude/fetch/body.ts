/** https://fetch.spec.whatwg.org/#body-mixin, whole in memory: there are no streams, so `body` is null. */
import { native } from '../../../sdk/native.ts';
import { viewOf } from '../encoding.ts';
import { URLSearchParams } from '../url/url-search-params.ts';
import { Blob, bytesOfBlob } from './blob.ts';
import type { Headers } from './headers.ts';

/** What a request or an answer may carry. */
export type BodyInit = string | Uint8Array | ArrayBuffer | ArrayBufferView | URLSearchParams | Blob;

/** Bytes with the content type that they bring. */
interface Content {
  readonly bytes: Uint8Array | undefined;
  readonly type: string | undefined;
}

/** The bytes of a body without using it up; undefined where it has none. */
export let peekBody: (body: Body) => Uint8Array | undefined;

export class Body {
  readonly #bytes: Uint8Array | undefined;
  #used = false;

  static {
    peekBody = (body: Body): Uint8Array | undefined => {
      if (body.#used) throw new TypeError('Body is unusable: Body has already been read');
      return body.#bytes;
    };
  }

  /** Sets the content type where `headers` has none. */
  constructor(init: BodyInit | null | undefined, headers: Headers) {
    const { bytes, type } = contentOf(init);
    this.#bytes = bytes;
    if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  }

  get body(): null {
    return null;
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  async bytes(): Promise<Uint8Array> {
    const bytes = peekBody(this);
    this.#used = bytes !== undefined;
    return bytes ?? new Uint8Array(0);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.bytes();
    return (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()).buffer as ArrayBuffer;
  }

  async text(): Promise<string> {
    return native().utf8Decode(await this.bytes(), false, false);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async blob(): Promise<Blob> {
    const type = (this as { readonly headers?: Headers }).headers?.get('content-type') ?? '';
    return new Blob([await this.bytes()], { type });
  }
}

function contentOf(init: BodyInit | null | undefined): Content {
  if (init === null || init === undefined) return { bytes: undefined, type: undefined };
  if (init instanceof Blob) return { bytes: bytesOfBlob(init), type: init.type || undefined };
  if (init instanceof ArrayBuffer || ArrayBuffer.isView(init)) return { bytes: viewOf(init).slice(), type: undefined };
  const type =
    init instanceof URLSearchParams ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8';
  return { bytes: native().utf8Encode(`${init as string}`), type };
}
