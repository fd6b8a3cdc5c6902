/**
 * Examples of values that a source accepts, chosen so that a target may refuse them. They are guesses, which `accepts` and the comparison
 * check before anybody believes in them; where none is found, a finding is merely possible.
 */
import { isSame } from './json-values.ts';
import type { SchemaDocument, Work } from './schema-document.ts';
import { readSchema } from './schema-facts.ts';
import { arrayView, numberView, objectView, textView } from './case-views.ts';
import { type SourceCase, casesOf } from './source-cases.ts';
import { checkValue } from './value-fits.ts';

/** Values inside of each other that are made up. */
const depthMax = 12;
/** Items, and required properties, of a value that is made up. */
const partsMax = 200;
/** Characters of a text that is made up. */
const charactersMax = 4_096;
/** Different values that are tried for one place. */
export const variantsMax = 4;

/** Makes up values of a source. */
export interface Sampling {
  readonly document: SchemaDocument;
  readonly work: Work;
}

/** A value, which may be anything. */
export interface Sample {
  readonly value: unknown;
}

/** Whether a value is surely one of a case. */
export function accepts({ schemas }: SourceCase, value: unknown, sampling: Sampling): boolean {
  return schemas.every((schema) => checkValue(value, schema, sampling) === 'fits');
}

/** A value that fits all schemas; `variant`: which of several, from 0. */
export function sampleOf(schemas: readonly unknown[], sampling: Sampling, variant = 0, depth = 0): Sample | undefined {
  if (depth > depthMax || sampling.work.exhausted) return undefined;
  const cases = casesOf(schemas, sampling) ?? [];
  for (let index = 0; index < cases.length; index += 1) {
    const chosen = cases[(index + variant) % cases.length];
    const found = chosen && sampleOfCase(chosen, sampling, Math.floor(variant / cases.length), depth);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value of a case. */
export function sampleOfCase(of: SourceCase, sampling: Sampling, variant = 0, depth = 0): Sample | undefined {
  const candidates = candidatesOf(of, sampling, variant, depth).filter((value) => accepts(of, value, sampling));
  return candidates.length === 0 ? undefined : { value: candidates[variant % candidates.length] };
}

function candidatesOf(of: SourceCase, sampling: Sampling, variant: number, depth: number): readonly unknown[] {
  if (of.values !== undefined) return of.values.slice(0, partsMax);
  switch (of.kind) {
    case 'null':
    case 'boolean':
      return [];
    case 'number':
      return numberCandidates(of, undefined);
    case 'string':
      return textCandidates(of, undefined, sampling.work);
    case 'array': {
      const { min, max } = arrayView(of);
      const found = sampleArray(of, { sampling, depth, length: Math.min(max, min + variant) });
      return found === undefined ? [] : [found.value];
    }
    case 'object': {
      const found = sampleObject(of, new Map(), { sampling, depth });
      return found === undefined ? [] : [found.value];
    }
    case 'bytes':
      return [Uint8Array.from({ length: variant }, (_, index) => index)];
  }
}

/** Where a value is made up. */
export interface SamplePlace {
  readonly sampling: Sampling;
  readonly depth?: number;
}

/** An object of a case with the given properties, and whatever else it needs; `absent`: a property to leave out. */
export function sampleObject(
  of: SourceCase,
  given: ReadonlyMap<string, unknown>,
  { sampling, depth = 0 }: SamplePlace,
  absent?: string,
): Sample | undefined {
  const view = objectView(of, sampling.work);
  const properties = new Map(given);
  if (view.required.size > partsMax) return undefined;
  for (const key of view.required) {
    if (properties.has(key) || key === absent) continue;
    const found = sampleOf(view.schemasOf(key), sampling, 0, depth + 1);
    if (found === undefined) return undefined;
    properties.set(key, found.value);
  }
  return { value: Object.fromEntries(properties) };
}

/** An array of a case; `given`: the value of one item. */
export function sampleArray(
  of: SourceCase,
  { sampling, depth = 0, length, given }: SamplePlace & { length: number; given?: { index: number; value: unknown } },
): Sample | undefined {
  if (length > partsMax) return undefined;
  const view = arrayView(of);
  const items: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    if (index === given?.index) {
      items.push(given.value);
      continue;
    }
    const taken = view.unique ? [...items, ...(given === undefined ? [] : [given.value])] : [];
    const found = freshSample(view.schemasOf(index), taken, { sampling, depth });
    if (found === undefined) return undefined;
    items.push(found.value);
  }
  return { value: items };
}

function freshSample(
  schemas: readonly unknown[],
  taken: readonly unknown[],
  { sampling, depth = 0 }: SamplePlace,
): Sample | undefined {
  for (let variant = 0; variant <= taken.length + variantsMax && variant < 40; variant += 1) {
    const found = sampleOf(schemas, sampling, variant, depth + 1);
    if (found === undefined) return undefined;
    if (!taken.some((value) => isSame(value, found.value))) return found;
  }
  return undefined;
}

/** Numbers around the bounds of a case and of a target. */
export function numberCandidates(of: SourceCase, target: unknown): readonly number[] {
  const { min, max, multiples, integer } = numberView(of);
  const facts = target === undefined ? undefined : readSchema(target);
  const targetMultiples = facts?.multipleOf === undefined ? [] : [facts.multipleOf];
  const bounds = [
    min,
    max,
    ...(facts ? [facts.minimum, facts.maximum, facts.exclusiveMinimum, facts.exclusiveMaximum] : []),
  ];
  const middles = [...bounds.filter(Number.isFinite), (min + max) / 2, 0].filter(Number.isFinite);
  const steps = [0, 1, -1, 2, -2, 3, 7, -7, 1000, -1000, ...(integer ? [] : [0.5, -0.5, 0.25, 0.1, -0.1, 0.01, -0.01])];
  const near = middles.flatMap((middle) => steps.map((step) => middle + step));
  const grids = [...multiples, ...targetMultiples].flatMap((grid) =>
    middles.flatMap((middle) => [-2, -1, 0, 1, 2, 3].map((step) => (Math.floor(middle / grid) + step) * grid)),
  );
  const within = near.concat(multiples.length > 0 ? [] : [min + (max - min) / 3]);
  return [...new Set([...grids, ...within])].filter(Number.isFinite).map((value) => (Object.is(value, -0) ? 0 : value));
}

/** Texts of the lengths that matter to a case and to a target. */
export function textCandidates(of: SourceCase, target: unknown, work: Work): readonly string[] {
  const view = textView(of);
  const facts = target === undefined ? undefined : readSchema(target);
  const samples = [...view.patterns].flatMap((pattern) => work.pattern(pattern)?.samples ?? []);
  const wanted = facts ? [facts.minLength - 1, facts.minLength, facts.maxLength, facts.maxLength + 1] : [];
  const lengths = [view.min, Math.max(view.min, 1), view.min + 1, view.max, ...wanted];
  const usable = [...new Set(lengths)].filter((length) => length >= 0 && length <= charactersMax);
  const letters = usable.flatMap((length) => ['a', 'b', '0', '-', ' ', 'Z'].map((letter) => letter.repeat(length)));
  const extended = samples.flatMap((sample) =>
    usable.map((length) => sample + sample.slice(-1).repeat(Math.max(0, length - sample.length))),
  );
  return [...new Set([...samples, ...extended, ...letters, 'other', 'A1', 'a b', '\n'])];
}
