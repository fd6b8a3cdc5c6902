/** Reads the bodies that have the shapes of the earlier ICC, field by field. */
import { pointerPart } from '#wit/values';
import { bodyInvalid } from './errors.ts';

/** The fields of a body. */
export class BodyFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #pointer: string;

  /** @throws {CodedError} `INPUT_INVALID` where it is no object, or has a field that is not known. */
  constructor(json: unknown, known: readonly string[], pointer = '') {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw bodyInvalid(pointer, 'it is no object', `Send an object with ${known.join(', ')}`);
    const unknownKey = Object.keys(json).find((key) => !known.includes(key));
    if (unknownKey !== undefined) {
      const at = pointer + pointerPart(unknownKey.slice(0, 64));
      throw bodyInvalid(at, 'there is no such field', `Use the fields ${known.join(', ')}`);
    }
    this.#fields = json as Readonly<Record<string, unknown>>;
    this.#pointer = pointer;
  }

  /** `null` counts as absent. */
  value(name: string): unknown {
    return (Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined) ?? undefined;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.#refused(name, 'a text');
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || (typeof value === 'string' && value.isWellFormed())) return value;
    throw this.#refused(name, 'a text');
  }

  optionalNumber(name: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || value < min || value > max)
      throw this.#refused(name, `a number from ${min} to ${max}`);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw this.#refused(name, 'a list');
    return value;
  }

  /** A field that the earlier ICC took and did nothing with: what it asks for is refused, not passed over. */
  refuse(name: string, neutral: unknown, remedy: string): void {
    const value = this.value(name);
    if (value === undefined || value === neutral) return;
    throw bodyInvalid(this.#pointer + pointerPart(name), 'this host does not serve it', remedy);
  }

  /** A name that stands in the path, too. */
  sameAs(name: string, inPath: string): void {
    const value = this.optionalText(name);
    if (value === undefined || value === inPath) return;
    const at = this.#pointer + pointerPart(name);
    throw bodyInvalid(at, 'it is not the name of the path', 'Leave it out, or write the name of the path');
  }

  #refused(name: string, expected: string): Error {
    return bodyInvalid(this.#pointer + pointerPart(name), `it is not ${expected}`, `Send ${expected}`);
  }
}
