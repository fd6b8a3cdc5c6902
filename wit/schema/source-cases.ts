/**
 * The values of a source schema, taken apart into cases that together hold all of them: one kind of value each, without alternatives. A
 * case may hold more values than the schema accepts (what `oneOf` excludes is not taken away), never fewer: a proof about all cases is one
 * about the schema.
 */
import type { SchemaDocument, Work } from './schema-document.ts';
import { type SchemaFacts, type TypeName, readSchema } from './schema-facts.ts';

/** Kinds of values. What holds for an object holds for bytes, which are objects to a host, but for `aria:blob`. */
export type ValueKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'bytes';

/** What is said of the properties of an object: by name, by pattern, and of those that neither names. */
export interface KeyLayer {
  readonly properties: ReadonlyMap<string, unknown>;
  readonly patterns: readonly (readonly [pattern: string, schema: unknown])[];
  readonly rest: unknown;
}

/** Values of one kind. */
export interface SourceCase {
  readonly kind: ValueKind;
  /** All of them, where they are listed; some may be refused by `schemas`. */
  readonly values: readonly unknown[] | undefined;
  /** What holds at once; alternatives and references in them have been dealt with. */
  readonly parts: readonly SchemaFacts[];
  /** What `unevaluatedProperties` says. */
  readonly closures: readonly KeyLayer[];
  /** Schemas that all of the values fit. */
  readonly schemas: readonly unknown[];
}

/** Cases of one place; a schema with more is not compared. */
const casesMax = 256;
/** Alternatives of which several may fit at once. */
const togetherMax = 6;
/** Schemas that hold at once. */
const partsMax = 500;
/** References and combinations below each other, without any step into the value. */
const levelsMax = 60;

interface Alternative {
  readonly parts: readonly SchemaFacts[];
  readonly closures: readonly KeyLayer[];
  /** Who has looked at which properties; kept for `unevaluatedProperties`. */
  readonly seen: readonly SchemaFacts[];
  /** An inner `unevaluatedProperties` has looked at all that was left. */
  readonly seenAll: boolean;
}

/** Too many cases, or references that go round in circles. */
class TooMany extends Error {}

/** Takes apart the values that fit all of several schemas; `undefined` where that is too much. */
export function casesOf(
  schemas: readonly unknown[],
  { document, work }: { readonly document: SchemaDocument; readonly work: Work },
): readonly SourceCase[] | undefined {
  try {
    const expansion = new Expansion(document, work);
    const alternatives = expansion.product(schemas.map((schema) => expansion.alternatives(schema, false, 0)));
    const cases = alternatives.flatMap((alternative) => byKind(alternative, schemas));
    return cases.length > casesMax ? undefined : cases;
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  }
}

class Expansion {
  readonly #document: SchemaDocument;
  readonly #work: Work;

  constructor(document: SchemaDocument, work: Work) {
    this.#document = document;
    this.#work = work;
  }

  /** `together`: alternatives may fit at the same time, and that makes a difference further out. */
  alternatives(schema: unknown, together: boolean, level: number): readonly Alternative[] {
    if (!this.#work.spend() || level > levelsMax) throw new TooMany();
    const facts = readSchema(schema);
    if (facts.never) return [];
    const marks = together || facts.unevaluated !== undefined;
    const inner = (part: unknown): readonly Alternative[] => this.alternatives(part, marks, level + 1);
    const target = facts.reference === undefined ? undefined : this.#document.resolve(facts.reference);
    const factors = [
      [{ parts: [facts], closures: [], seen: [facts], seenAll: false }],
      ...(target === undefined ? [] : [inner(target.schema)]),
      ...facts.allOf.map(inner),
      ...(facts.anyOf === undefined ? [] : [this.#any(facts.anyOf.map(inner), marks)]),
      ...(facts.oneOf === undefined ? [] : [facts.oneOf.flatMap(inner)]),
    ];
    const { unevaluated } = facts;
    const product = this.product(factors);
    return unevaluated === undefined ? product : product.map((alternative) => close(alternative, unevaluated));
  }

  /** What fits one of each. */
  product(factors: readonly (readonly Alternative[])[]): readonly Alternative[] {
    let product: readonly Alternative[] = [{ parts: [], closures: [], seen: [], seenAll: false }];
    for (const factor of factors) {
      if (product.length * factor.length > casesMax || !this.#work.spend(product.length)) throw new TooMany();
      product = product.flatMap((left) => factor.map((right) => join(left, right)));
      if (product.some(({ parts }) => parts.length > partsMax)) throw new TooMany();
    }
    return product;
  }

  #any(branches: readonly (readonly Alternative[])[], together: boolean): readonly Alternative[] {
    if (!together) return branches.flat();
    if (branches.length > togetherMax) throw new TooMany();
    const subsets = Array.from({ length: 2 ** branches.length - 1 }, (_, index) =>
      branches.filter((_branch, bit) => ((index + 1) >> bit) & 1),
    );
    return subsets.flatMap((subset) => this.product(subset));
  }
}

function join(left: Alternative, right: Alternative): Alternative {
  return {
    parts: [...left.parts, ...right.parts],
    closures: [...left.closures, ...right.closures],
    seen: [...left.seen, ...right.seen],
    seenAll: left.seenAll || right.seenAll,
  };
}

/** Adds what `unevaluatedProperties` says of properties that nobody has looked at. */
function close(alternative: Alternative, unevaluated: unknown): Alternative {
  const { closures, seen, seenAll } = alternative;
  if (seenAll) return alternative;
  const layer = closureLayer(seen, unevaluated);
  return { ...alternative, closures: layer === undefined ? closures : [...closures, layer], seenAll: true };
}

/** The layer of `unevaluatedProperties` beside schemas that have looked; `undefined` where one has looked at everything. */
export function closureLayer(seen: readonly SchemaFacts[], unevaluated: unknown): KeyLayer | undefined {
  if (seen.some(({ additional }) => additional !== undefined)) return undefined;
  return {
    properties: new Map(seen.flatMap(({ properties }) => [...properties.keys()]).map((key) => [key, true])),
    patterns: seen.flatMap(({ patterns }) => patterns.map(([pattern]) => [pattern, true] as const)),
    rest: unevaluated,
  };
}

/** The layer of a schema's own keywords; `undefined` where it says nothing. */
export function ownLayer({ properties, patterns, additional }: SchemaFacts): KeyLayer | undefined {
  if (properties.size === 0 && patterns.length === 0 && additional === undefined) return undefined;
  return { properties, patterns, rest: additional ?? true };
}

const allKinds: readonly ValueKind[] = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/** The kind of a value that goes by a name of `type`. */
function kindNamed(name: TypeName): ValueKind {
  return name === 'integer' ? 'number' : name;
}

/** Whether a schema allows a kind at all. */
export function allowsKind({ types, blob }: SchemaFacts, kind: ValueKind): boolean {
  if (blob && kind !== 'bytes') return false;
  const plain = kind === 'bytes' ? 'object' : kind;
  return types === undefined || [...types].some((name) => kindNamed(name) === plain);
}

function byKind({ parts, closures }: Alternative, schemas: readonly unknown[]): readonly SourceCase[] {
  const [values] = parts.flatMap((part) => part.values).toSorted((left, right) => left.length - right.length);
  if (values !== undefined) return casesOfValues(values, { parts, closures, schemas });
  const kinds: readonly ValueKind[] = parts.some(({ blob }) => blob) ? ['bytes'] : allKinds;
  return kinds
    .filter((kind) => parts.every((part) => allowsKind(part, kind)))
    .map((kind) => ({ kind, values: finiteKinds[kind], parts, closures, schemas }));
}

const finiteKinds: Readonly<Partial<Record<ValueKind, readonly unknown[]>>> = { null: [null], boolean: [true, false] };

function casesOfValues(
  values: readonly unknown[],
  rest: Pick<SourceCase, 'parts' | 'closures' | 'schemas'>,
): readonly SourceCase[] {
  const kinds = kindsOfLists.get(values) ?? Map.groupBy(values, kindOf);
  kindsOfLists.set(values, kinds);
  return [...kinds].map(([kind, list]) => ({ kind, values: list, ...rest }));
}

/** Listed values by their kind: a long list may be that of many properties. */
const kindsOfLists = new WeakMap<readonly unknown[], ReadonlyMap<ValueKind, readonly unknown[]>>();

/** The kind of a value. */
export function kindOf(value: unknown): ValueKind {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'object';
}
