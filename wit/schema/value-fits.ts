/**
 * Whether a value fits a schema, without compiling anything: for the few values that a schema itself lists, and for examples of what a
 * schema accepts. Agrees with what a host does; `uncertain` where a schema has keywords that are not understood, or is beyond all bounds.
 */
import { isPlain, isSame, listOf } from './json-values.ts';
import { type SchemaDocument, Work, isBounded, openDocument } from './schema-document.ts';
import { type SchemaFacts, type TypeName, isRecord, readSchema } from './schema-facts.ts';

/** Whether values fit a schema: all of them, not all of them, or not to be told. */
export type Verdict = 'fits' | 'misfits' | 'uncertain';

/** Steps of one check: a million times what an honest one takes would be a hundred seconds. */
const stepsMax = 200_000;
/** Schemas and references below each other. */
const depthMax = 600;
/** What costs as much as one step. */
const charactersPerStep = 1_000;
const partsPerStep = 20;

/** Keys of an object that some schema has looked at; those in `maybe` only if a schema fits of which that cannot be told. */
interface Marks {
  readonly sure: Set<string>;
  readonly maybe: Set<string>;
}

/** What all parts of one check share. */
export interface Checking {
  readonly document: SchemaDocument;
  readonly work: Work;
}

interface Place extends Checking {
  readonly depth: number;
  /** Wanted where `unevaluatedProperties` asks who has looked at what. */
  readonly marks?: Marks | undefined;
}

/** Whether a value fits a schema. Bytes are `Uint8Array`. */
export function valueFits(value: unknown, schema: unknown): Verdict {
  const document = openDocument(schema);
  if (document === undefined || !isBounded(value)) return 'uncertain';
  return checkValue(value, schema, { document, work: new Work(stepsMax) });
}

/** The same for a part of a document. */
export function checkValue(value: unknown, schema: unknown, { document, work }: Checking): Verdict {
  return check(value, schema, { document, work, depth: 0 });
}

function check(value: unknown, schema: unknown, place: Place): Verdict {
  if (!place.work.spend() || place.depth > depthMax) return 'uncertain';
  const facts = readSchema(schema);
  if (facts.never) return 'misfits';
  const inner = { ...place, depth: place.depth + 1 };
  const marks = facts.unevaluated === undefined ? place.marks : newMarks();
  const verdict = all([
    () => (facts.unknown.length > 0 ? 'uncertain' : 'fits'),
    () => yes(isOfType(value, facts) && isWithinBounds(value, facts)),
    () => checkListed(value, facts, place.work),
    () => checkText(value, facts, place.work),
    () => checkItems(value, facts, { ...inner, marks: undefined }),
    () => checkProperties(value, facts, { ...inner, marks }),
    () => checkCombined(value, facts, { ...inner, marks }),
    () => checkUnevaluated(value, facts, { ...inner, marks }),
  ]);
  if (marks !== place.marks && marks !== undefined) merge(marks, place.marks, verdict);
  return verdict;
}

/** The worst of several; what comes after a misfit is not looked at. */
function all(checks: Iterable<() => Verdict>): Verdict {
  let verdict: Verdict = 'fits';
  for (const next of checks) {
    const found = next();
    if (found === 'misfits') return found;
    if (found === 'uncertain') verdict = found;
  }
  return verdict;
}

function yes(holds: boolean): Verdict {
  return holds ? 'fits' : 'misfits';
}

function newMarks(): Marks {
  return { sure: new Set(), maybe: new Set() };
}

/** Hands on what a schema has looked at, if it fits. */
function merge(from: Marks, to: Marks | undefined, verdict: Verdict): void {
  if (to === undefined || verdict === 'misfits') return;
  for (const key of from.sure) (verdict === 'fits' ? to.sure : to.maybe).add(key);
  for (const key of from.maybe) to.maybe.add(key);
}

/** The names of `type` that a value goes by. */
export function typesOf(value: unknown): readonly TypeName[] {
  if (value === null) return ['null'];
  if (typeof value === 'boolean' || typeof value === 'string') return [typeof value as 'boolean' | 'string'];
  if (typeof value === 'number')
    return Number.isInteger(value) ? ['integer', 'number'] : Number.isFinite(value) ? ['number'] : [];
  if (typeof value !== 'object') return [];
  return [Array.isArray(value) ? 'array' : 'object'];
}

function isOfType(value: unknown, { types, blob }: SchemaFacts): boolean {
  if (blob && !(value instanceof Uint8Array)) return false;
  return types === undefined || typesOf(value).some((name) => types.has(name));
}

function checkListed(value: unknown, { values }: SchemaFacts, work: Work): Verdict {
  return all(values.map((list) => () => checkOfList(value, list, work)));
}

function checkOfList(value: unknown, values: readonly unknown[], work: Work): Verdict {
  const { plain, structured } = listOf(values);
  if (isPlain(value)) return yes(plain.has(value));
  for (const listed of structured) {
    if (!work.spend(listed.steps)) return 'uncertain';
    if (isSame(listed.value, value)) return 'fits';
  }
  return 'misfits';
}

function isWithinBounds(value: unknown, facts: SchemaFacts): boolean {
  if (Array.isArray(value)) return value.length >= facts.minItems && value.length <= facts.maxItems;
  if (typeof value !== 'number') return true;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = facts;
  if (value < minimum || value > maximum || value <= exclusiveMinimum || value >= exclusiveMaximum) return false;
  return multipleOf === undefined || Number.isInteger(value / multipleOf);
}

function checkText(value: unknown, { pattern, minLength, maxLength }: SchemaFacts, work: Work): Verdict {
  if (typeof value !== 'string') return 'fits';
  if (minLength > 0 || maxLength < Infinity) {
    if (!work.spend(Math.ceil(value.length / charactersPerStep))) return 'uncertain';
    const length = characterCount(value);
    if (length < minLength || length > maxLength) return 'misfits';
  }
  const matches = pattern === undefined ? true : work.matches(pattern, value);
  return matches === undefined ? 'uncertain' : yes(matches);
}

/** Code points, as JSON Schema counts them. */
export function characterCount(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) count += 1;
  return count;
}

function checkItems(value: unknown, { prefix, items, unique }: SchemaFacts, place: Place): Verdict {
  if (!Array.isArray(value)) return 'fits';
  const verdict = all(
    value.map((item, index) => () => {
      const schema = index < prefix.length ? prefix[index] : items;
      return schema === undefined ? 'fits' : check(item, schema, place);
    }),
  );
  if (verdict === 'misfits' || !unique) return verdict;
  const repeated = hasRepeated(value, place.work);
  if (repeated === undefined) return 'uncertain';
  return repeated ? 'misfits' : verdict;
}

function hasRepeated(list: readonly unknown[], work: Work): boolean | undefined {
  const plain = list.filter((item) => typeof item !== 'object' || item === null);
  if (new Set(plain).size < plain.length) return true;
  const rest = list.filter((item) => typeof item === 'object' && item !== null);
  for (const [index, item] of rest.entries()) {
    if (!work.spend(rest.length)) return undefined;
    if (rest.slice(0, index).some((earlier) => isSame(earlier, item))) return true;
  }
  return false;
}

function checkProperties(value: unknown, facts: SchemaFacts, place: Place): Verdict {
  if (!isRecord(value)) return 'fits';
  if (!place.work.spend(Math.ceil(facts.required.length / partsPerStep))) return 'uncertain';
  if (!facts.required.every((key) => Object.hasOwn(value, key))) return 'misfits';
  const { properties, patterns, additional } = facts;
  if (properties.size === 0 && patterns.length === 0 && additional === undefined) return 'fits';
  const inner = { ...place, marks: undefined };
  const keys = Object.keys(value);
  if (!place.work.spend(Math.ceil(keys.length / partsPerStep))) return 'uncertain';
  return all(keys.map((key) => () => checkProperty(value[key], key, facts, { ...inner, marks: place.marks })));
}

function checkProperty(value: unknown, key: string, facts: SchemaFacts, { marks, ...place }: Place): Verdict {
  const { properties, patterns, additional } = facts;
  const schemas: unknown[] = [];
  let certain = true;
  if (properties.has(key)) schemas.push(properties.get(key));
  for (const [pattern, schema] of patterns) {
    const matches = place.work.matches(pattern, key);
    if (matches === undefined) certain = false;
    else if (matches) schemas.push(schema);
  }
  const named = schemas.length > 0;
  if (!named && additional !== undefined) {
    if (certain) schemas.push(additional);
    else if (check(value, additional, place) !== 'fits') return 'uncertain';
  }
  if (schemas.length > 0 || additional !== undefined) marks?.sure.add(key);
  else if (!certain) marks?.maybe.add(key);
  return all([() => (certain ? 'fits' : 'uncertain'), ...schemas.map((schema) => () => check(value, schema, place))]);
}

function checkCombined(value: unknown, facts: SchemaFacts, place: Place): Verdict {
  const { reference, allOf, anyOf, oneOf } = facts;
  return all([
    () => (reference === undefined ? 'fits' : checkReference(value, reference, place)),
    ...allOf.map((schema) => () => check(value, schema, place)),
    () => (anyOf === undefined ? 'fits' : checkAny(value, anyOf, place)),
    () => (oneOf === undefined ? 'fits' : checkOne(value, oneOf, place)),
  ]);
}

function checkReference(value: unknown, reference: string, place: Place): Verdict {
  const target = place.document.resolve(reference);
  return target === undefined ? 'uncertain' : check(value, target.schema, place);
}

/** Checks one alternative, whose marks count only if it fits. */
function checkAlternative(value: unknown, schema: unknown, place: Place): Verdict {
  const marks = place.marks === undefined ? undefined : newMarks();
  const verdict = check(value, schema, { ...place, marks });
  if (marks !== undefined) merge(marks, place.marks, verdict);
  return verdict;
}

function checkAny(value: unknown, schemas: readonly unknown[], place: Place): Verdict {
  let verdict: Verdict = 'misfits';
  for (const schema of schemas) {
    const found = checkAlternative(value, schema, place);
    if (found === 'fits') verdict = found;
    else if (found === 'uncertain' && verdict === 'misfits') verdict = found;
    // Only marks could still change.
    if (verdict === 'fits' && place.marks === undefined) return verdict;
  }
  return verdict;
}

function checkOne(value: unknown, schemas: readonly unknown[], place: Place): Verdict {
  const found = schemas.map((schema) => checkAlternative(value, schema, place));
  const fitting = found.filter((verdict) => verdict === 'fits').length;
  if (fitting > 1) return 'misfits';
  if (found.includes('uncertain')) return 'uncertain';
  return yes(fitting === 1);
}

function checkUnevaluated(value: unknown, { unevaluated }: SchemaFacts, { marks, ...place }: Place): Verdict {
  if (unevaluated === undefined || marks === undefined || !isRecord(value)) return 'fits';
  const keys = Object.keys(value).filter((key) => !marks.sure.has(key));
  const verdict = all(
    keys.map((key) => () => {
      const found = check(value[key], unevaluated, place);
      return found === 'misfits' && marks.maybe.has(key) ? 'uncertain' : found;
    }),
  );
  for (const key of keys) marks.sure.add(key);
  return verdict;
}
