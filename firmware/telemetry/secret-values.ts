/**
 * The secrets that the host knows, and finds in any text.
 *
 * - Each is known in its forms: as it is, escaped for JSON, percent-encoded, in hexadecimal, and in Base64 wherever it begins in a group of three.
 * - A search looks at each character once, however many secrets there are: four characters make a number of 16 bits, and only where that
 *   number begins a form are forms compared.
 */
import { secretsExceeded, secretTooShort } from './errors.ts';

/** What stands where a secret was. */
export const redacted = '[redacted]';
/** Shorter ones would be found in every other word. */
const charactersMin = 4;
/** Shorter ones are searched for as they are only: their encodings are too common. */
const encodedCharactersMin = 8;
/** Longer ones and those of several lines are known by their pieces, so that a part of them is found, too. */
const pieceCharactersMax = 512;
/** Pieces of all secrets together. */
const piecesMax = 4096;
/** Longest form that a piece can have: three bytes a character, three characters a byte. */
export const secretFormCharactersMax = pieceCharactersMax * 9;

const slots = 2 ** 16;

/** The secrets that the host knows. */
export class SecretValues {
  readonly #pieces: Set<string> = new Set();
  readonly #begins: Uint8Array = new Uint8Array(slots);
  /** By the number of their first four characters. */
  readonly #forms: Map<number, string[]> = new Map();
  /** Numbers with forms that were added since they were last looked at. */
  readonly #unsorted: Set<number> = new Set();

  /** Makes a text a secret. Twice is once. @throws {CodedError} `CONFIG_INVALID` where it is shorter than four characters, or there are too many. */
  add(secret: string): void {
    if (secret.length < charactersMin) throw secretTooShort(secret.length, charactersMin);
    for (const piece of piecesOf(secret.toWellFormed())) {
      if (this.#pieces.has(piece)) continue;
      if (this.#pieces.size >= piecesMax) throw secretsExceeded(piecesMax);
      this.#pieces.add(piece);
      for (const form of formsOf(piece)) this.#remember(form);
    }
  }

  /** The text with `[redacted]` in the place of each secret. */
  clean(text: string): string {
    if (this.#pieces.size === 0 || text.length < charactersMin) return text;
    let cleaned = '';
    let copied = 0;
    let number = 0;
    for (let index = 0; index < text.length; index += 1) {
      number = ((number << 4) ^ text.charCodeAt(index)) & (slots - 1);
      const start = index - charactersMin + 1;
      if (this.#begins[number] === 0 || start < copied) continue;
      const form = this.#formsAt(number).find((candidate) => text.startsWith(candidate, start));
      if (form === undefined) continue;
      cleaned += text.slice(copied, start) + redacted;
      copied = start + form.length;
      // The next four characters begin behind the secret.
      index = copied - 1;
    }
    return copied === 0 ? text : cleaned + text.slice(copied);
  }

  #remember(form: string): void {
    let number = 0;
    for (let index = 0; index < charactersMin; index += 1)
      number = ((number << 4) ^ form.charCodeAt(index)) & (slots - 1);
    this.#begins[number] = 1;
    const forms = this.#forms.get(number);
    if (forms === undefined) this.#forms.set(number, [form]);
    else forms.push(form);
    this.#unsorted.add(number);
  }

  #formsAt(number: number): readonly string[] {
    const forms = this.#forms.get(number) ?? [];
    // The longest first, so that no part of it stays behind.
    if (this.#unsorted.delete(number)) forms.sort((left, right) => right.length - left.length);
    return forms;
  }
}

function piecesOf(secret: string): string[] {
  if (secret.length <= pieceCharactersMax && !/[\r\n]/.test(secret)) return [secret];
  const pieces: string[] = [];
  for (const line of secret.split(/[\r\n]+/)) {
    for (let start = 0; start < line.length; start += pieceCharactersMax) {
      // The last piece overlaps the one before it where it would be too short to be one.
      const piece = line.slice(
        Math.max(0, Math.min(start, line.length - encodedCharactersMin)),
        start + pieceCharactersMax,
      );
      if (piece.length >= encodedCharactersMin) pieces.push(piece);
    }
  }
  return pieces.length > 0 ? pieces : [secret];
}

function formsOf(piece: string): string[] {
  const bytes = Buffer.from(piece, 'utf8');
  const escaped = JSON.stringify(piece).slice(1, -1);
  const percent = encodeURIComponent(piece);
  const hex = bytes.toString('hex');
  const everyByte = hex.replaceAll(/../g, (pair) => `%${pair}`);
  const forms = [piece, escaped, JSON.stringify(escaped).slice(1, -1)];
  const encoded = [percent, percent.replaceAll('%20', '+'), hex, everyByte, ...base64Of(bytes)].flatMap((form) => [
    form,
    ...(/%|^[0-9a-f]+$/.test(form) ? [withHexCase(form, 'lower'), withHexCase(form, 'upper')] : []),
  ]);
  if (piece.length >= encodedCharactersMin) forms.push(...encoded);
  // A slash may be escaped, too: in JSON by some, in expressions always.
  const all = forms.flatMap((form) => [form, form.replaceAll('/', '\\/')]);
  return [...new Set(all)].filter((form) => form.length >= charactersMin);
}

/** With the digits of hexadecimal numbers in one case: those behind a `%`, or all. */
function withHexCase(form: string, letterCase: 'lower' | 'upper'): string {
  const change = (digits: string): string => (letterCase === 'lower' ? digits.toLowerCase() : digits.toUpperCase());
  return form.includes('%') ? form.replaceAll(/%[0-9a-fA-F]{2}/g, change) : change(form);
}

/** The characters that the bytes alone decide, for each of the three places of a group where they can begin. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const inner = whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return inner.length < encodedCharactersMin ? [] : [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
