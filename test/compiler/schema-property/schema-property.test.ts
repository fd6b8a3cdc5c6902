/**
 * Random types, and random values for them: what TypeScript takes and refuses as a literal, the input schema takes and refuses, too;
 * the same for output schemas and values that may carry more than their type. `ARIA_FUZZ_SEED` and `ARIA_FUZZ_CASES` choose others.
 */
import { describe, expect, test } from 'vitest';
import { fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';
import { type Difference, type Outcome, compare } from './differences.ts';
import { judgeTypes } from './judge-types.ts';
import { printType } from './print-type.ts';
import { regressions } from './regressions.ts';
import { shrink, valueText } from './shrink.ts';
import { randomSubject, valuesPerType } from './subject.ts';

/** Cases of other fuzz tests that take as long as one type with its values here. */
const casesPerType = 100;
/** Types of one program. */
const batchLength = 50;
/** Disagreements that are made small and printed: that takes seconds for each. */
const shownMax = 4;

describe('schemas and the types that they are derived from', () => {
  test('take and refuse the same values', { timeout: fuzzTimeoutMs }, () => {
    const [seed, types] = [fuzzSeed(), Math.ceil(fuzzCases() / casesPerType)];
    let [compared, fitting, invalid] = [0, 0, 0];
    for (let start = 0; start < types; start += batchLength) {
      const length = Math.min(batchLength, types - start);
      const outcome = compare(Array.from({ length }, (_, at) => randomSubject(seed, start + at)));
      if (outcome.differences.length > 0) throw new Error(described(outcome, { seed, start }));
      compared += outcome.compared;
      fitting += outcome.fitting;
      invalid += outcome.invalid.length;
    }
    // What is drawn is worth judging: nearly all types are types, and many values are on either side.
    expect(invalid).toBeLessThanOrEqual(types * 0.1);
    expect(compared).toBe((types - invalid) * valuesPerType);
    expect(fitting / compared).toBeGreaterThan(0.35);
    expect(fitting / compared).toBeLessThan(0.75);
  });

  const subjects = regressions.map(({ type, value }) => ({ type, values: [value] }));
  test('take and refuse what once was judged wrongly', () => {
    const truth = judgeTypes(subjects).map(({ values }) => values[0]?.fresh);
    expect(truth).toEqual(regressions.map(({ fits }) => (fits ? 'yes' : 'no')));
    const wrong = compare(subjects).differences.map(({ subject, kind }) => `${regressions[subject]?.name}: ${kind}`);
    expect(wrong).toEqual([]);
  });
});

function described(
  { differences }: Outcome,
  { seed, start }: { readonly seed: number; readonly start: number },
): string {
  const firsts = new Map(differences.map((difference) => [`${difference.kind} ${difference.subject}`, difference]));
  const shown = [...firsts.values()].slice(0, shownMax).map((difference) => {
    const smallest = shrink(difference);
    return `Type ${start + difference.subject}, made small: ${differenceText(smallest)}`;
  });
  const cases = (start + batchLength) * casesPerType;
  return [
    `${differences.length} values are judged differently; repeat with ARIA_FUZZ_SEED=${seed} ARIA_FUZZ_CASES=${cases}`,
    ...shown,
  ].join('\n\n');
}

function differenceText(difference: Difference): string {
  const { declarations, expression } = printType(difference.type);
  const value = Object.hasOwn(difference, 'value') ? [`value ${valueText(difference.value)}`] : [];
  return [difference.kind, ...declarations, `type ${expression}`, ...value, difference.reason].join('\n  ');
}
