/** Numbers, texts and arrays of a case against what a target says itself. */
import { pointerPart } from '#wit/values';
import { arrayView, numberView, textView } from './case-views.ts';
import type { Comparing } from './comparing.ts';
import { type Found, below, findingsMax, tooComplex, wrongType } from './finding.ts';
import { valueText } from './json-values.ts';
import type { SchemaFacts } from './schema-facts.ts';
import type { SourceCase } from './source-cases.ts';
import { sampleArray } from './witness.ts';
import { refusedBy } from './witness-of-case.ts';

/** A target whose own keywords are compared. */
export interface OwnTarget {
  readonly facts: SchemaFacts;
  readonly target: unknown;
}

/** Why a value may not fit, and the keyword alone: of several reasons each has a witness of its own. */
interface Reason {
  readonly finding: Found;
  readonly keyword: unknown;
}

/** Numbers: bounds, multiples, and whether they are whole. */
export function compareNumber(source: SourceCase, { facts }: OwnTarget, comparing: Comparing): readonly Found[] {
  const { integer, min, aboveMin, max, belowMax, multiples } = numberView(source);
  const { types, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = facts;
  const reasons: Reason[] = [];
  const bound = (message: string, keyword: unknown): void =>
    void reasons.push({ finding: { kind: 'bound', pointer: '', message }, keyword });
  if (types !== undefined && !types.has('number') && !integer) {
    const finding = wrongType('a number that is not whole', 'an integer', undefined);
    reasons.push({ finding, keyword: { type: 'integer' } });
  }
  if (min < minimum) bound(`may be less than ${minimum}`, { minimum });
  if (max > maximum) bound(`may be more than ${maximum}`, { maximum });
  if (min < exclusiveMinimum || (min === exclusiveMinimum && min > -Infinity && !aboveMin))
    bound(`may be ${exclusiveMinimum} or less, but has to be more`, { exclusiveMinimum });
  if (max > exclusiveMaximum || (max === exclusiveMaximum && max < Infinity && !belowMax))
    bound(`may be ${exclusiveMaximum} or more, but has to be less`, { exclusiveMaximum });
  if (multipleOf !== undefined && !isMultiple(multipleOf, { integer, multiples }))
    bound(`may be something else than a multiple of ${multipleOf}`, { multipleOf });
  return reasons.map(({ finding, keyword }) => ({ ...finding, ...refusedBy(source, keyword, comparing) }));
}

/** Whether all numbers are multiples, as a host computes it: only where no division can round. */
function isMultiple(of: number, { integer, multiples }: { integer: boolean; multiples: readonly number[] }): boolean {
  if (multiples.includes(of)) return true;
  if (integer && Number.isInteger(1 / of) && Number.isInteger(Math.log2(of))) return true;
  return multiples.some(
    (multiple) => Number.isSafeInteger(multiple) && Number.isSafeInteger(of) && multiple % of === 0,
  );
}

/** Texts: lengths and pattern. */
export function compareText(source: SourceCase, { facts }: OwnTarget, comparing: Comparing): readonly Found[] {
  const { min, max, patterns } = textView(source);
  const { minLength, maxLength, pattern } = facts;
  const reasons: Reason[] = [];
  const because = (kind: 'length' | 'pattern', message: string, keyword: unknown): void =>
    void reasons.push({ finding: { kind, pointer: '', message }, keyword });
  if (min < minLength) because('length', `may have fewer than ${minLength} characters`, { minLength });
  if (max > maxLength) because('length', `may have more than ${maxLength} characters`, { maxLength });
  if (pattern !== undefined && !patterns.has(pattern))
    because('pattern', `may not match the pattern ${valueText(pattern)}`, { pattern });
  return reasons.map(({ finding, keyword }) => ({ ...finding, ...refusedBy(source, keyword, comparing) }));
}

/** Arrays: how many items, whether they differ, and each item. */
export function compareArray(source: SourceCase, { facts, target }: OwnTarget, comparing: Comparing): readonly Found[] {
  const view = arrayView(source);
  const { min, max, unique, prefixLength, schemasOf } = view;
  const { minItems, maxItems, prefix, items } = facts;
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  const embed = (index: number, value: unknown) =>
    sampleArray(source, { sampling, length: Math.max(min, index + 1), given: { index, value } });
  const ofLength = (length: number): Pick<Found, 'witness'> => {
    const witness = sampleArray(source, { sampling, length });
    return witness === undefined ? {} : { witness };
  };
  const found: Found[] = [];
  const count = (message: string, length: number): void =>
    void found.push({ kind: 'item-count', pointer: '', message, ...ofLength(length) });
  if (min < minItems) count(`may have fewer than ${minItems} items`, min);
  if (max > maxItems) count(`may have more than ${maxItems} items`, Math.max(min, maxItems + 1));
  if (facts.unique && !unique && max > 1)
    found.push({
      kind: 'repeated-items',
      pointer: '',
      message: 'may hold the same item twice',
      ...repeated(source, { min, target }, comparing),
    });
  const fixed = Math.max(prefixLength, prefix.length);
  for (let index = 0; index < fixed && index < max; index += 1) {
    if (!comparing.work.spend()) return [...found, tooComplex];
    if (found.length >= findingsMax) return found;
    const schema = index < prefix.length ? prefix[index] : items;
    if (schema === undefined) continue;
    found.push(
      ...below(pointerPart(index), itemFindings(schemasOf(index), schema, comparing), (value) => embed(index, value)),
    );
  }
  if (items !== undefined && max > fixed)
    found.push(...below('/*', itemFindings(schemasOf(fixed), items, comparing), (value) => embed(fixed, value)));
  return found;
}

function itemFindings(schemas: readonly unknown[], target: unknown, comparing: Comparing): readonly Found[] {
  const found = comparing.compare(schemas, target);
  if (target !== false) return found;
  return found.map((one) => ({ ...one, kind: 'item-count', message: 'may be there, but no more items are allowed' }));
}

function repeated(
  source: SourceCase,
  { min, target }: { readonly min: number; readonly target: unknown },
  comparing: Comparing,
): Pick<Found, 'witness'> {
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  const witness = sampleArray(source, { sampling, length: Math.max(2, min) });
  return witness === undefined ? refusedBy(source, target, comparing) : { witness };
}
