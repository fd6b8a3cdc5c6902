/**
 * TextEncoder and TextDecoder. UTF-8 is the engine's own; UTF-16LE and windows-1252 (which the Web also calls latin1 and
 * ascii) are small enough to have beside it.
 */
import { native } from '../../sdk/native.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'windows-1252';
type Source = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/* https://encoding.spec.whatwg.org/#names-and-labels, for the encodings that are here. */
const labels: Readonly<Record<Encoding, string>> = {
  'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
  'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
  'windows-1252':
    'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 ' +
    'iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
};
/* What windows-1252 has at 0x80 to 0x9F. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
/* As many as `String.fromCharCode` takes without a deep stack. */
const unitsPerStep = 4096;

/** The bytes of a buffer or view, not copied. @throws {TypeError} for anything else. */
export function viewOf(source: unknown): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return new Uint8Array(source);
  throw new TypeError('The argument must be an ArrayBuffer or a view of one');
}

/** https://encoding.spec.whatwg.org/#interface-textencoder */
export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(text = ''): Uint8Array {
    return native().utf8Encode(`${text}`);
  }

  encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
    if (!(destination instanceof Uint8Array)) throw new TypeError('The destination must be a Uint8Array');
    const text = `${source}`;
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = native().utf8Encode(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

/** https://encoding.spec.whatwg.org/#interface-textdecoder */
export class TextDecoder {
  readonly #encoding: Encoding;
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;
  /** Bytes of a character that has not ended, from the decode before. */
  #pending = new Uint8Array(0);
  #atStart = true;

  constructor(label = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    this.#encoding = encodingOf(`${label}`);
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBom = Boolean(options?.ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }
  get fatal(): boolean {
    return this.#fatal;
  }
  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }

  decode(input?: Source, options: { readonly stream?: boolean } = {}): string {
    const stream = Boolean(options?.stream);
    const bytes = joined(this.#pending, input === undefined ? new Uint8Array(0) : viewOf(input));
    const whole = stream ? bytes.length - unfinished(this.#encoding, bytes) : bytes.length;
    const keepMark = this.#ignoreBom || !this.#atStart;
    this.#pending = stream ? bytes.slice(whole) : new Uint8Array(0);
    this.#atStart = !stream || (this.#atStart && whole === 0);
    const ready = bytes.subarray(0, whole);
    if (this.#encoding === 'utf-8') return native().utf8Decode(ready, this.#fatal, keepMark);
    if (this.#encoding === 'windows-1252') return decodeWindows1252(ready);
    return decodeUtf16(ready, this.#fatal, keepMark);
  }
}

function encodingOf(label: string): Encoding {
  const name = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
  for (const encoding of Object.keys(labels) as Encoding[]) {
    if (name !== '' && labels[encoding].split(' ').includes(name)) return encoding;
  }
  throw new RangeError(`The "${label}" encoding is not supported: use utf-8, utf-16le or latin1`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/* How many bytes at the end begin a character whose rest may still come. */
function unfinished(encoding: Encoding, bytes: Uint8Array): number {
  if (encoding === 'windows-1252') return 0;
  if (encoding === 'utf-8') return unfinishedUtf8(bytes);
  const odd = bytes.length % 2;
  const high = bytes[bytes.length - odd - 1] ?? 0;
  return high >= 0xd8 && high <= 0xdb ? 2 + odd : odd;
}

function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const lead = bytes[bytes.length - back] ?? 0;
    if (lead >= 0x80 && lead < 0xc0) continue;
    const width =
      lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
    const second = bytes[bytes.length - back + 1];
    return width > back && (back === 1 || secondFits(lead, second ?? 0)) ? back : 0;
  }
  return 0;
}

function secondFits(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second <= 0x8f;
  return true;
}

function decodeWindows1252(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += unitsPerStep) {
    text += String.fromCharCode(...bytes.subarray(start, start + unitsPerStep));
  }
  return text.replace(/[\x80-\x9f]/g, (character) => windows1252.charAt(character.charCodeAt(0) - 0x80));
}

function decodeUtf16(bytes: Uint8Array, fatal: boolean, keepMark: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: number[] = [];
  let text = '';
  for (let place = 0; place + 1 < bytes.length; place += 2) {
    units.push(view.getUint16(place, true));
    if (units.length === unitsPerStep) text += String.fromCharCode(...units.splice(0));
  }
  text += String.fromCharCode(...units);
  if (fatal && (bytes.length % 2 === 1 || !text.isWellFormed())) {
    throw new TypeError('The encoded data was not valid for encoding utf-16le');
  }
  if (bytes.length % 2 === 1) text += '\ufffd';
  if (!keepMark && text.startsWith('\ufeff')) text = text.slice(1);
  return text.toWellFormed();
}
