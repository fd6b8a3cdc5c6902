/** Whether all values of one case fit a target: its references, alternatives, and what it says itself. */
import { compareArray, compareNumber, compareText } from './compare-plain.ts';
import { compareLayer, compareRequired } from './compare-properties.ts';
import type { Comparing } from './comparing.ts';
import { type Found, findingsMax, merged, tooComplex, wrongType } from './finding.ts';
import { isSame, listText, valueText, valuesText } from './json-values.ts';
import { type SchemaFacts, readSchema } from './schema-facts.ts';
import { type SourceCase, type ValueKind, allowsKind, closureLayer, ownLayer } from './source-cases.ts';
import { areSeparate } from './separate.ts';
import { splitByValues } from './split-case.ts';
import { checkValue } from './value-fits.ts';
import { isEmpty, refusedBy } from './witness-of-case.ts';

/** References and combinations of a target below each other, without any step into the value. */
const levelsMax = 60;
/** Listed values of a source that are checked one by one. */
const valuesMax = 20_000;
/** Schemas of one `allOf`. */
const partsMax = 500;

/** What of a target is compared. */
interface TargetPlace {
  readonly target: unknown;
  readonly level: number;
  /** How often the case has been split already. */
  readonly splits: number;
}

/** Finds where values of a case may not fit a target; nothing where they always do. */
export function withinTarget(source: SourceCase, target: unknown, comparing: Comparing): readonly Found[] {
  return within(source, { target, level: 0, splits: 0 }, comparing);
}

/** What is known of a case: the same part of a target is met again and again where alternatives refer to it. */
const results = new WeakMap<SourceCase, Map<unknown, readonly Found[]>>();

function within(source: SourceCase, place: TargetPlace, comparing: Comparing): readonly Found[] {
  const { target, level } = place;
  if (!comparing.work.spend() || level > levelsMax) return [tooComplex];
  const known = results.get(source) ?? new Map<unknown, readonly Found[]>();
  results.set(source, known);
  const before = known.get(target);
  if (before !== undefined) return before;
  // Where a reference comes back to the same target without a step into the value, there is nothing to rely on.
  known.set(target, [tooComplex]);
  const found = withinAnew(source, place, comparing);
  known.set(target, found);
  return found;
}

function withinAnew(source: SourceCase, place: TargetPlace, comparing: Comparing): readonly Found[] {
  const { target, level } = place;
  const facts = readSchema(target);
  if (source.values !== undefined) return compareValues(source.values, source, { target, comparing });
  if (facts.never) {
    const found: Found = { kind: 'not-allowed', pointer: '', message: 'may be there, but nothing is allowed' };
    return [{ ...found, ...refusedBy(source, target, comparing) }];
  }
  const own = compareOwn(source, { facts, ...place }, comparing);
  // Where not even the kind is right, the rest is no news.
  if (own.some(({ kind, pointer }) => kind === 'type' && pointer === '')) return own;
  const inner = (part: unknown): readonly Found[] =>
    within(source, { ...place, target: part, level: level + 1 }, comparing);
  const found = [
    ...own,
    ...compareReference(facts, comparing, inner),
    ...facts.allOf.slice(0, partsMax).flatMap(inner),
    ...(facts.allOf.length > partsMax ? [tooComplex] : []),
    ...(facts.anyOf === undefined ? [] : compareAny(source, facts.anyOf, place, comparing)),
    ...(facts.oneOf === undefined ? [] : compareOne(source, facts.oneOf, place, comparing)),
    ...compareUnevaluated(source, { facts, ...place }, comparing),
  ];
  return merged(found).slice(0, findingsMax);
}

function possible(kind: Found['kind'], message: string): Found {
  return { kind, pointer: '', message };
}

function compareReference(
  { reference }: SchemaFacts,
  comparing: Comparing,
  inner: (part: unknown) => readonly Found[],
): readonly Found[] {
  if (reference === undefined) return [];
  const found = comparing.target.resolve(reference);
  return found === undefined
    ? [possible('unknown-keyword', `has to fit ${valueText(reference)}, which is nowhere`)]
    : inner(found.schema);
}

/** Listed values are checked, each for itself. */
function compareValues(
  values: readonly unknown[],
  source: SourceCase,
  { target, comparing }: { readonly target: unknown; readonly comparing: Comparing },
): readonly Found[] {
  const { work } = comparing;
  if (values.length > valuesMax) return [possible('too-complex', 'has too many values to be compared')];
  const refused: unknown[] = [];
  let uncertain = false;
  for (const value of values) {
    const verdict = checkValue(value, target, { document: comparing.target, work });
    if (verdict === 'fits') continue;
    const inSource = source.schemas.map((schema) => checkValue(value, schema, { document: comparing.source, work }));
    if (inSource.includes('misfits')) continue;
    if (verdict === 'misfits') refused.push(value);
    else uncertain = true;
  }
  const [first] = refused;
  return [
    ...(refused.length === 0 ? [] : [refusedValues(source.kind, refused, { target, witness: { value: first } })]),
    ...(uncertain ? [possible('too-complex', 'has values of which it cannot be told whether they are allowed')] : []),
  ];
}

function refusedValues(
  kind: ValueKind,
  refused: readonly unknown[],
  { target, witness }: { readonly target: unknown; readonly witness: { readonly value: unknown } },
): Found {
  const facts = readSchema(target);
  if (!allowsKind(facts, kind)) return wrongType(kindTexts[kind], typeText(facts), witness);
  const [allowed] = facts.values;
  const expected = allowed === undefined ? 'is not allowed' : `has to be ${valuesText(allowed)}`;
  const message = `may be ${valuesText(refused)}, which ${expected}`.replace('which has', 'but has');
  return { kind: 'value', pointer: '', message, witness };
}

const kindTexts: Readonly<Record<ValueKind, string>> = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a string',
  array: 'an array',
  object: 'an object',
  bytes: 'bytes',
};

function typeText({ types, blob }: SchemaFacts): string {
  if (blob) return 'bytes';
  const texts = [...(types ?? [])].map((name) => (name === 'integer' ? 'an integer' : kindTexts[name]));
  return texts.length === 0 ? 'something else' : listText(texts);
}

interface OwnPlace extends TargetPlace {
  readonly facts: SchemaFacts;
}

/** What the target says itself, without what it refers to. */
function compareOwn(source: SourceCase, { facts, target }: OwnPlace, comparing: Comparing): readonly Found[] {
  const { kind } = source;
  if (!allowsKind(facts, kind))
    return [wrongType(kindTexts[kind], typeText(facts), refusedBy(source, target, comparing).witness)];
  const found: Found[] = facts.unknown.map((keyword) =>
    possible('unknown-keyword', `has to pass ${valueText(keyword)}, which is not compared`),
  );
  for (const allowed of facts.values) {
    const message = `may be something else than ${valuesText(allowed)}`;
    found.push({ kind: 'value', pointer: '', message, ...refusedBy(source, target, comparing) });
  }
  if (facts.values.length > 0) return found;
  switch (kind) {
    case 'number':
      return [...found, ...compareNumber(source, { facts, target }, comparing)];
    case 'string':
      return [...found, ...compareText(source, { facts, target }, comparing)];
    case 'array':
      return [...found, ...compareArray(source, { facts, target }, comparing)];
    case 'object':
    case 'bytes': {
      const layer = ownLayer(facts);
      const required = compareRequired(source, { facts, target }, comparing);
      return [
        ...found,
        ...required,
        ...(layer === undefined ? [] : compareLayer(source, { layer, target }, comparing)),
      ];
    }
    case 'null':
    case 'boolean':
      return found;
  }
}

/** Properties that none of the schemas beside `unevaluatedProperties` has looked at. */
function compareUnevaluated(source: SourceCase, place: OwnPlace, comparing: Comparing): readonly Found[] {
  const { facts, target } = place;
  if (facts.unevaluated === undefined || (source.kind !== 'object' && source.kind !== 'bytes')) return [];
  const layer = closureLayer(seenBy(source, place, comparing), facts.unevaluated);
  return layer === undefined ? [] : compareLayer(source, { layer, target }, comparing);
}

/** The schemas that surely look at the values of the case, in one and all of its references and combinations. */
function seenBy(source: SourceCase, place: TargetPlace, comparing: Comparing): readonly SchemaFacts[] {
  const { target, level } = place;
  const facts = readSchema(target);
  if (level > levelsMax || !comparing.work.spend()) return [];
  const inner = (part: unknown): readonly SchemaFacts[] =>
    seenBy(source, { ...place, target: part, level: level + 1 }, comparing);
  const referred = facts.reference === undefined ? undefined : comparing.target.resolve(facts.reference);
  const alternatives = [...(facts.anyOf ?? []), ...(facts.oneOf ?? [])].filter(
    (part) => within(source, { ...place, target: part, level: level + 1 }, comparing).length === 0,
  );
  const parts = [...(referred === undefined ? [] : [referred.schema]), ...facts.allOf, ...alternatives];
  return [facts, ...parts.flatMap(inner).map(lookedAtAll)];
}

/** An inner `unevaluatedProperties` looks at everything that is left, as `additionalProperties` does. */
function lookedAtAll(facts: SchemaFacts): SchemaFacts {
  return facts.unevaluated === undefined ? facts : { ...facts, additional: true };
}

function compareAny(
  source: SourceCase,
  branches: readonly unknown[],
  place: TargetPlace,
  comparing: Comparing,
): readonly Found[] {
  const results = branches.map((branch) =>
    within(source, { ...place, target: branch, level: place.level + 1 }, comparing),
  );
  if (results.some((found) => found.length === 0)) return [];
  const split = splitByValues(source, { branches, splits: place.splits }, comparing);
  if (split !== undefined) {
    const whole = { anyOf: branches };
    const parts = split.filter((part) => !isEmpty(part, comparing));
    const found = parts.flatMap((part) =>
      within(part, { ...place, target: whole, splits: place.splits + 1 }, comparing),
    );
    return merged(found);
  }
  return explained(source, { branches, results }, { target: { anyOf: branches }, comparing });
}

function compareOne(
  source: SourceCase,
  branches: readonly unknown[],
  place: TargetPlace,
  comparing: Comparing,
): readonly Found[] {
  const anyFound = compareAny(source, branches, place, comparing);
  if (anyFound.length > 0) return anyFound;
  const proved = branches.filter(
    (branch) => within(source, { ...place, target: branch, level: place.level + 1 }, comparing).length === 0,
  );
  const [only] = proved;
  if (proved.length === 1 && branches.every((branch) => branch === only || areSeparate(source, branch, comparing)))
    return [];
  const message = 'may fit more than one of the alternatives, but has to fit exactly one';
  const target = { oneOf: branches };
  return [{ kind: 'alternatives', pointer: '', message, ...refusedBy(source, target, comparing) }];
}

/** Says of the alternative that comes nearest why it does not fit. */
function explained(
  source: SourceCase,
  { branches, results }: { readonly branches: readonly unknown[]; readonly results: readonly (readonly Found[])[] },
  { target, comparing }: { readonly target: unknown; readonly comparing: Comparing },
): readonly Found[] {
  const refuses = (value: unknown): boolean =>
    checkValue(value, target, { document: comparing.target, work: comparing.witnessWork }) === 'misfits';
  const candidates = results.flat().flatMap(({ witness }) => (witness === undefined ? [] : [witness]));
  const witness = candidates.find(({ value }) => refuses(value)) ?? refusedBy(source, target, comparing).witness;
  const ofKind = results.filter((found) => !found.some(({ kind, pointer }) => kind === 'type' && pointer === ''));
  if (ofKind.length === 0) {
    const expected = branches.map((branch) => expectation(branch, comparing));
    return [wrongType(kindTexts[source.kind], listText([...new Set(expected)]), witness)];
  }
  const cost = (found: readonly Found[]): number =>
    found.reduce((sum, { kind }) => sum + (kind === 'value' || kind === 'type' ? 100 : 1), 0);
  const [nearest] = ofKind.toSorted((left, right) => cost(left) - cost(right));
  const reasons = (nearest ?? []).map(({ witness: own, ...finding }) =>
    own !== undefined && refuses(own.value) ? { ...finding, witness: own } : finding,
  );
  const sure = reasons.filter((finding) => 'witness' in finding);
  if (sure.length > 0) return sure;
  // A value that one alternative refuses and another takes is no reason; what is left is that none takes all.
  const message = `may fit none of the ${branches.length} alternatives`;
  const none: Found = { kind: 'alternatives', pointer: '', message };
  return witness === undefined ? [...reasons, none] : [{ ...none, witness }];
}

function expectation(branch: unknown, comparing: Comparing): string {
  let facts = readSchema(branch);
  for (let level = 0; facts.reference !== undefined && facts.types === undefined && level < 8; level += 1)
    facts = readSchema(comparing.target.resolve(facts.reference)?.schema ?? {});
  const [values] = facts.values;
  if (values !== undefined && !values.some((value) => isSame(value, null))) return valuesText(values);
  return facts.types === undefined && !facts.blob && values !== undefined ? valuesText(values) : typeText(facts);
}
