/**
 * The layer that secrets do not pass. Whatever telemetry writes, keeps or sends went through it: texts, names, values of any kind.
 *
 * A secret is known by its value (`SecretValues`), by the name before it (`secret-names.ts`, `secret-assignments.ts`) or by its own form
 * (`secret-shapes.ts`, `secret-urls.ts`). The work is bounded whatever comes: by depth, by number of values, by characters.
 */
import { oneLine, severalLines } from './printable.ts';
import { cleanAssignments } from './secret-assignments.ts';
import { isPublicName, isSecretName, looksRandom } from './secret-names.ts';
import { cleanShapes } from './secret-shapes.ts';
import { cleanUrls } from './secret-urls.ts';
import { SecretValues, redacted, secretFormCharactersMax } from './secret-values.ts';
import { FieldWalk } from './field-walk.ts';

/** Characters of a message. */
const messageCharactersMax = 8192;
/** Characters of a text in a field; stacks are the longest. */
const textCharactersMax = 8192;
/** Characters of a name. */
const nameCharactersMax = 128;
/** A secret that begins before the end of what is kept is seen whole: this much behind it is looked at, too. */
const marginCharacters = 2 * secretFormCharactersMax;

/** Shorter texts without a separator are only compared with the secrets that are known: no shape is as short. */
const shapeCharactersMin = 13;
const plain = /^[\w.-]*$/;

/** The layer. One for a host. */
export class Redactor {
  readonly #values = new SecretValues();

  /** Makes a text a secret of this host. @throws {CodedError} `CONFIG_INVALID` where it has less than four characters, or there are too many. */
  addSecret(secret: string): void {
    this.#values.add(secret);
  }

  /** A message: one line. */
  message(text: string): string {
    return cut(oneLine(this.#clean(text, messageCharactersMax)), messageCharactersMax);
  }

  /** A name, or another short text: one line. */
  name(text: string): string {
    return cut(oneLine(this.#clean(text, nameCharactersMax)), nameCharactersMax);
  }

  /** A text that may have several lines. `name`: of what it is the value. */
  text(text: string, name = ''): string {
    if (!isPublicName(name) && looksRandom(text)) return redacted;
    return cut(severalLines(this.#clean(text, textCharactersMax)), textCharactersMax);
  }

  /** The fields of a line or the data of an event, as JSON values; the object that comes is neither changed nor kept. */
  fields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return new FieldWalk(this).fields(fields);
  }

  /** Whether a text has a secret that its own form or its value tells. */
  hasSecret(text: string): boolean {
    const head = text.slice(0, textCharactersMax);
    return cleanShapes(this.#values.clean(head)) !== head;
  }

  /** Whether a secret goes over the ends of lines: a key in PEM. */
  spansLines(lines: readonly string[]): boolean {
    let characters = 0;
    const seen = lines.filter((line) => (characters += line.length) <= textCharactersMax);
    const clean = (text: string): string => cleanShapes(this.#values.clean(text));
    return clean(seen.join('\n')) !== seen.map(clean).join('\n');
  }

  /** Whether what has this name is a secret. */
  isSecretName(name: string): boolean {
    return isSecretName(name);
  }

  #clean(text: string, charactersMax: number): string {
    if (text.length < shapeCharactersMin && plain.test(text)) return this.#values.clean(text);
    const seen = charactersMax + marginCharacters;
    const cleaned = cleanAssignments(cleanShapes(cleanUrls(this.#values.clean(text.slice(0, seen)))));
    if (text.length <= seen) return cleaned;
    // What was cut off in the middle of a secret goes, too.
    return `${cleaned.slice(0, Math.max(0, cleaned.length - marginCharacters))}${cutMark}`;
  }
}

const cutMark = '… [cut]';

function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax - cutMark.length).replace(/[\uD800-\uDBFF]$/, '')}${cutMark}`;
}
