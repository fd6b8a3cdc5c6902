/** What the parts of a case say together: about properties, items, numbers and texts. */
import type { Work } from './schema-document.ts';
import { type KeyLayer, type SourceCase, ownLayer } from './source-cases.ts';

/** The properties of the objects of a case. */
export interface ObjectView {
  readonly required: ReadonlySet<string>;
  /** Every name that some part mentions. */
  readonly keys: ReadonlySet<string>;
  /** Schemas that the value of a property fits; one of them is `false` where it cannot be there. */
  schemasOf(key: string): readonly unknown[];
  /** Schemas of properties that nothing names. */
  readonly rest: readonly unknown[];
  /** By pattern, schemas of the properties that match it and that nothing names. */
  readonly patterns: ReadonlyMap<string, readonly unknown[]>;
}

const objectViews = new WeakMap<SourceCase, ObjectView>();

/** The objects of a case. */
export function objectView(source: SourceCase, work: Work): ObjectView {
  const known = objectViews.get(source);
  if (known !== undefined) return known;
  const view = viewObjects(source, work);
  objectViews.set(source, view);
  return view;
}

function viewObjects({ parts, closures }: SourceCase, work: Work): ObjectView {
  const layers = [...parts.map(ownLayer).filter((layer) => layer !== undefined), ...closures];
  const patterns = new Set(layers.flatMap((layer) => layer.patterns.map(([pattern]) => pattern)));
  const required = new Set(parts.flatMap((part) => part.required));
  const names = layers.reduce((sum, { properties }) => sum + properties.size, required.size);
  // Where none are left, everything that comes after says so.
  work.spend(Math.ceil(names / 20));
  return {
    required,
    keys: new Set([...layers.flatMap(({ properties }) => [...properties.keys()]), ...required]),
    schemasOf: (key) => layers.flatMap((layer) => schemasOfKey(layer, key, work)),
    rest: layers.map(({ rest }) => rest),
    patterns: new Map([...patterns].map((pattern) => [pattern, layers.flatMap((layer) => ofPattern(layer, pattern))])),
  };
}

/** What a layer says of a property. A pattern that cannot be matched says nothing, which only makes the case larger. */
function schemasOfKey({ properties, patterns, rest }: KeyLayer, key: string, work: Work): readonly unknown[] {
  const named = properties.has(key) ? [properties.get(key)] : [];
  const matched = patterns.map(([pattern, schema]) => ({ schema, matches: work.matches(pattern, key) }));
  const found = [...named, ...matched.filter(({ matches }) => matches === true).map(({ schema }) => schema)];
  return found.length > 0 || matched.some(({ matches }) => matches === undefined) ? found : [rest];
}

/** What a layer says of the properties that match a pattern, and perhaps others too. */
function ofPattern({ patterns, rest }: KeyLayer, pattern: string): readonly unknown[] {
  if (patterns.length === 0) return [rest];
  return patterns.filter(([other]) => other === pattern).map(([, schema]) => schema);
}

/** The items of the arrays of a case. */
export interface ArrayView {
  readonly min: number;
  readonly max: number;
  readonly unique: boolean;
  /** How many items have a schema of their own. */
  readonly prefixLength: number;
  /** Schemas that the item fits; beyond `prefixLength` they are the same for all. */
  schemasOf(index: number): readonly unknown[];
}

/** The arrays of a case. */
export function arrayView({ parts }: SourceCase): ArrayView {
  const prefixLength = Math.max(0, ...parts.map(({ prefix }) => prefix.length));
  const schemasOf = (index: number): readonly unknown[] =>
    parts
      .map(({ prefix, items }) => (index < prefix.length ? prefix[index] : items))
      .filter((schema) => schema !== undefined);
  let max = Math.min(...parts.map(({ maxItems }) => maxItems), Infinity);
  for (let index = 0; index <= prefixLength && index < max; index += 1)
    if (schemasOf(index).includes(false)) max = index;
  return {
    min: Math.max(0, ...parts.map(({ minItems }) => minItems)),
    max,
    unique: parts.some(({ unique }) => unique),
    prefixLength,
    schemasOf,
  };
}

/** The numbers of a case. */
export interface NumberView {
  readonly integer: boolean;
  readonly min: number;
  /** Whether `min` itself is not one of them. */
  readonly aboveMin: boolean;
  readonly max: number;
  readonly belowMax: boolean;
  readonly multiples: readonly number[];
}

/** The numbers of a case. */
export function numberView({ parts }: SourceCase): NumberView {
  const multiples = parts.map(({ multipleOf }) => multipleOf).filter((multiple) => multiple !== undefined);
  const integer =
    parts.some(({ types }) => types !== undefined && !types.has('number')) || multiples.some(Number.isInteger);
  const atLeast = Math.max(...parts.map(({ minimum }) => minimum), -Infinity);
  const over = Math.max(...parts.map(({ exclusiveMinimum }) => exclusiveMinimum), -Infinity);
  const atMost = Math.min(...parts.map(({ maximum }) => maximum), Infinity);
  const under = Math.min(...parts.map(({ exclusiveMaximum }) => exclusiveMaximum), Infinity);
  const aboveMin = over >= atLeast && over > -Infinity;
  const belowMax = under <= atMost && under < Infinity;
  if (!integer)
    return { integer, multiples, min: Math.max(atLeast, over), aboveMin, max: Math.min(atMost, under), belowMax };
  // The next whole number; beyond 2^53 there may be none, and then the bound stays as it is, which only makes the case larger.
  const least = Math.max(Math.ceil(atLeast), Number.isSafeInteger(Math.floor(over)) ? Math.floor(over) + 1 : over);
  const most = Math.min(Math.floor(atMost), Number.isSafeInteger(Math.ceil(under)) ? Math.ceil(under) - 1 : under);
  return { integer, multiples, min: least, aboveMin: false, max: most, belowMax: false };
}

/** The texts of a case. */
export interface TextView {
  readonly min: number;
  readonly max: number;
  readonly patterns: ReadonlySet<string>;
}

/** The texts of a case. */
export function textView({ parts }: SourceCase): TextView {
  return {
    min: Math.max(0, ...parts.map(({ minLength }) => minLength)),
    max: Math.min(...parts.map(({ maxLength }) => maxLength), Infinity),
    patterns: new Set(parts.map(({ pattern }) => pattern).filter((pattern) => pattern !== undefined)),
  };
}
