/**
 * JSON values as TypeScript. One JSON value is the JSON of several expressions: the text of a time is that of a `Date`, too, and that of
 * an enum's member. A value fits a type where one of its spellings does.
 */
import { printKey } from './print-type.ts';
import { type EnumName, type TypeNode, enumMembers, someNode } from './type-node.ts';
import { type Value, isObject } from './random-value.ts';

/** Spellings of one value, at most. */
const spellingsMax = 16;

/** What a value can be spelled with, besides plain JSON: whatever the type names. */
export interface Spelling {
  readonly dates: boolean;
  readonly bigints: boolean;
  readonly enums: readonly EnumName[];
}

/** The spellings of a value. */
export interface Spellings {
  readonly texts: readonly string[];
  /** Whether there are more than these. */
  readonly cut: boolean;
}

/** The ways to spell values for a type. */
export function spellingFor(type: TypeNode): Spelling {
  const names = (['Color', 'Level', 'Mixed'] as const).filter((name) =>
    someNode(
      type,
      (node) => (node.kind === 'enum' && node.name === name) || (node.kind === 'record' && node.keys === name),
    ),
  );
  const has = (keyword: string): boolean => someNode(type, (node) => node.kind === 'keyword' && node.name === keyword);
  return { dates: has('Date'), bigints: has('bigint'), enums: names };
}

/** A value as expressions, or as the types of just this value. */
export function spell(value: Value, form: 'expression' | 'type', spelling: Spelling): Spellings {
  const texts = new Speller(form, spelling).spell(value);
  return { texts: texts.slice(0, spellingsMax), cut: texts.length > spellingsMax };
}

class Speller {
  readonly #isType: boolean;
  readonly #spelling: Spelling;

  constructor(form: 'expression' | 'type', spelling: Spelling) {
    this.#isType = form === 'type';
    this.#spelling = spelling;
  }

  /** One more than the maximum where there are too many. */
  spell(value: Value): readonly string[] {
    if (Array.isArray(value))
      return this.#combined(value.map((item) => this.spell(item))).map((items) => `[${items.join(', ')}]`);
    if (isObject(value)) {
      const separator = this.#isType ? '; ' : ', ';
      const entries = Object.entries(value).map(([name, own]) => this.#entry(name, own));
      return this.#combined(entries).map((parts) => `{ ${parts.filter((part) => part !== '').join(separator)} }`);
    }
    if (value instanceof Uint8Array) return [this.#isType ? 'Uint8Array' : `new Uint8Array([${value.join(', ')}])`];
    if (typeof value === 'string') return [JSON.stringify(value), ...this.#meanings(value), ...this.#members(value)];
    if (typeof value === 'number') return [String(value), ...this.#members(value)];
    return [String(value)];
  }

  #entry(name: string, value: Value): readonly string[] {
    if (value === undefined) return this.#isType ? [''] : [`${printKey(name)}: undefined`, ''];
    return this.spell(value).map((text) => `${printKey(name)}: ${text}`);
  }

  #meanings(text: string): readonly string[] {
    const isDate =
      this.#spelling.dates && /^[-+]?\d{4,6}-\d\d-\d\dT/.test(text) && new Date(text).toISOString() === text;
    const isBigint = this.#spelling.bigints && /^(0|-?[1-9]\d*)$/.test(text);
    return [...(isDate ? [this.#isType ? 'Date' : `new Date('${text}')`] : []), ...(isBigint ? [`${text}n`] : [])];
  }

  #members(value: string | number): readonly string[] {
    return this.#spelling.enums.flatMap((name) =>
      enumMembers(name).flatMap(([member, own]) => (own === value ? [`${name}.${member}`] : [])),
    );
  }

  /** All combinations of one of each. */
  #combined(parts: readonly (readonly string[])[]): readonly (readonly string[])[] {
    return parts.reduce<readonly (readonly string[])[]>(
      (rows, texts) => rows.flatMap((row) => texts.map((text) => [...row, text])).slice(0, spellingsMax + 1),
      [[]],
    );
  }
}
