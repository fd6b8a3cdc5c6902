/** What the parts of a comparison know of the whole, and when two schemas say the same. */
import type { Found } from './finding.ts';
import type { SchemaDocument, Work } from './schema-document.ts';
import { isAnnotation, isRecord } from './schema-facts.ts';

/** A comparison under way. */
export interface Comparing {
  readonly source: SchemaDocument;
  readonly target: SchemaDocument;
  /** For the proof. */
  readonly work: Work;
  /** For witnesses: a proof does not suffer from the search for them. */
  readonly witnessWork: Work;
  /** Whether references mean the same in both schemas. */
  readonly sameDefinitions: boolean;
  /** Finds where a value that fits all of `schemas` may not fit `target`; nothing where it always does. */
  compare(schemas: readonly unknown[], target: unknown): readonly Found[];
}

let identities = 0;
const identityOf = new WeakMap<object, number>();

/** Names a comparison by the schemas themselves, not by their text. */
export function comparisonKey(schemas: readonly unknown[], target: unknown): string {
  const sources = new Set(schemas.filter((schema) => schema !== true).map(identity));
  return `${[...sources].toSorted().join(' ')} < ${identity(target)}`;
}

function identity(schema: unknown): string {
  if (!isRecord(schema)) return String(schema);
  const known = identityOf.get(schema) ?? (identities += 1);
  identityOf.set(schema, known);
  return `#${known}`;
}

/** What references in a schema lead to. */
const references = { none: 0, definitions: 1, elsewhere: 2 } as const;

interface Print {
  readonly text: string;
  readonly refers: number;
}

const printOf = new WeakMap<object, Print>();
/** Longer schemas are compared part by part. */
const printCharactersMax = 50_000;

/** Whether two schemas say the same, annotations aside. `sameDefinitions`: whether references in them mean the same. */
export function isSameSchema(left: unknown, right: unknown, sameDefinitions: boolean): boolean {
  const [one, other] = [print(left), print(right)];
  return one.text === other.text && one.text !== '' && (sameDefinitions || one.refers === references.none);
}

/** Whether references mean the same in two documents. */
export function haveSameDefinitions(left: unknown, right: unknown): boolean {
  if (isSameSchema(left, right, true)) return true;
  const [one, other] = [left, right].map((root) => {
    const whole = print(root);
    const definitions = isRecord(root) && isRecord(root['$defs']) ? root['$defs'] : {};
    return { text: printValue('$defs', definitions).text, local: whole.refers <= references.definitions };
  });
  return one !== undefined && one.local && other?.local === true && one.text !== '' && one.text === other.text;
}

/** The text of a schema with sorted keys and without annotations; empty where it is too long. */
function print(schema: unknown): Print {
  if (!isRecord(schema)) return { text: JSON.stringify(schema) ?? '', refers: references.none };
  const known = printOf.get(schema);
  if (known !== undefined) return known;
  const keywords = Object.keys(schema).filter((keyword) => !isAnnotation(keyword) || keyword === '$defs');
  const found = joined(
    keywords.toSorted().map((keyword) => [keyword, printValue(keyword, schema[keyword])]),
    true,
  );
  printOf.set(schema, found);
  return found;
}

const mapsOfSchemas: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs']);
const listsOfSchemas: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const schemas: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'unevaluatedProperties']);

function printValue(keyword: string, value: unknown): Print {
  if (typeof value !== 'object' || value === null) {
    const local = typeof value === 'string' && value.startsWith('#/$defs/');
    const refers = keyword !== '$ref' ? references.none : local ? references.definitions : references.elsewhere;
    return { text: JSON.stringify(value) ?? '', refers };
  }
  if (schemas.has(keyword)) return print(value);
  if (listsOfSchemas.has(keyword) && Array.isArray(value))
    return joined(
      value.map((one) => ['', print(one)]),
      false,
    );
  if (mapsOfSchemas.has(keyword) && isRecord(value))
    return joined(
      Object.keys(value)
        .toSorted()
        .map((key) => [key, print(value[key])]),
      true,
    );
  if (keyword === 'required' && Array.isArray(value))
    return { text: JSON.stringify(value.toSorted()), refers: references.none };
  // A keyword that is not understood may hold references.
  const refers = ['type', 'const', 'enum'].includes(keyword) ? references.none : references.elsewhere;
  return { text: JSON.stringify(value), refers };
}

function joined(parts: readonly (readonly [key: string, print: Print])[], named: boolean): Print {
  const refers = Math.max(references.none, ...parts.slice(0, 10_000).map(([, { refers: inner }]) => inner));
  const length = parts.reduce((sum, [key, { text }]) => sum + key.length + text.length + 4, 2);
  const whole = parts.length <= 10_000 && length <= printCharactersMax && parts.every(([, { text }]) => text !== '');
  if (!whole) return { text: '', refers: references.elsewhere };
  const texts = parts.map(([key, { text }]) => (named ? `${JSON.stringify(key)}:${text}` : text));
  return { text: named ? `{${texts.join(',')}}` : `[${texts.join(',')}]`, refers };
}
