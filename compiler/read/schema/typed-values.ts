/** Values that JSON has no type for and that stand in it as text: Date and bigint. */
import { ts } from '../typescript.js';
import { bigintTextPattern, dateTextPattern, isDateText } from '#wit/values';
import type { JsonSchema } from './json-schema.ts';
import { brandedBase, isLibraryDate } from './type-shapes.ts';

/** What a text stands for. */
export type TypedKind = 'date' | 'bigint';

/** Characters of a bigint: reading one takes more than linear time. */
const bigintCharactersMax = 4_096;

/** The schema of a Date. */
export const dateSchema: JsonSchema = {
  type: 'string',
  format: 'date-time',
  pattern: dateTextPattern,
  'aria:type': 'date',
};
/** The schema of a bigint. */
export const bigintSchema: JsonSchema = {
  type: 'string',
  pattern: bigintTextPattern,
  maxLength: bigintCharactersMax,
  'aria:type': 'bigint',
};

/** The schema of a type whose values stand in JSON as text; `undefined` for any other type. */
export function typedSchema(type: ts.Type): JsonSchema | undefined {
  if (isLibraryDate(type)) return dateSchema;
  if (type.flags & ts.TypeFlags.BigInt) return bigintSchema;
  if (type.flags & ts.TypeFlags.BigIntLiteral) {
    const { negative, base10Value } = (type as ts.BigIntLiteralType).value;
    return { const: `${negative ? '-' : ''}${base10Value}`, 'aria:type': 'bigint' };
  }
  const base = brandedBase(type);
  return base === undefined ? undefined : typedSchema(base);
}

/** What the text of a schema stands for. */
export function typedKindOf(schema: JsonSchema): TypedKind | undefined {
  const kind = schema['aria:type'];
  return kind === 'date' || kind === 'bigint' ? kind : undefined;
}

/** Whether a text can stand for a value. */
export function isTypedText(kind: TypedKind, text: string): boolean {
  if (kind === 'date') return isDateText(text);
  return text.length <= bigintCharactersMax && new RegExp(bigintTextPattern, 'u').test(text);
}

/** What to write for a value of a kind in a comment or an option. */
export const typedExamples: Readonly<Record<TypedKind, string>> = {
  date: 'a date and time such as 2026-01-31T08:00:00Z',
  bigint: 'a whole number such as 12345678901234567890',
};
