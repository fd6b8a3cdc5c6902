/** A value of a case that a target refuses, and whether a case has values at all. */
import { arrayView, numberView, objectView, textView } from './case-views.ts';
import type { Comparing } from './comparing.ts';
import type { Found } from './finding.ts';
import { type SourceCase, casesOf } from './source-cases.ts';
import { checkValue } from './value-fits.ts';
import { accepts, numberCandidates, sampleOfCase, textCandidates, variantsMax } from './witness.ts';

/** A witness, as a part of a finding; empty where none is found. */
export function refusedBy(source: SourceCase, target: unknown, comparing: Comparing): Pick<Found, 'witness'> {
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  const refuses = (value: unknown): boolean =>
    checkValue(value, target, { document: comparing.target, work: comparing.witnessWork }) === 'misfits';
  for (const value of guesses(source, target, comparing)) {
    if (comparing.witnessWork.exhausted) return {};
    if (refuses(value) && accepts(source, value, sampling)) return { witness: { value } };
  }
  return {};
}

function* guesses(source: SourceCase, target: unknown, comparing: Comparing): Generator<unknown> {
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  if (source.kind === 'number') yield* numberCandidates(source, target);
  else if (source.kind === 'string') yield* textCandidates(source, target, comparing.witnessWork);
  else
    for (let variant = 0; variant < variantsMax; variant += 1) {
      const found = sampleOfCase(source, sampling, variant);
      if (found !== undefined) yield found.value;
    }
}

/** Whether a case surely has no values, so that nothing of it can misfit. Not every empty case is seen to be one. */
export function isEmpty(source: SourceCase, comparing: Comparing): boolean {
  switch (source.kind) {
    case 'number': {
      const { min, max, aboveMin, belowMax } = numberView(source);
      return min > max || (min === max && (aboveMin || belowMax));
    }
    case 'string': {
      const { min, max } = textView(source);
      return min > max;
    }
    case 'array': {
      const { min, max, prefixLength, schemasOf } = arrayView(source);
      const needed = Array.from({ length: Math.min(min, prefixLength + 1) }, (_, index) => schemasOf(index));
      return min > max || needed.some((schemas) => isImpossible(schemas, comparing));
    }
    case 'object': {
      const { required, schemasOf } = objectView(source, comparing.work);
      return [...required].some((key) => isImpossible(schemasOf(key), comparing));
    }
    default:
      return false;
  }
}

function isImpossible(schemas: readonly unknown[], { source, work }: Comparing): boolean {
  return casesOf(schemas, { document: source, work })?.length === 0;
}
