/** Where TypeScript and the derived schemas disagree. */
import { type DerivedJudgement, judgeSchemas } from './judge-schemas.ts';
import { type SubjectJudgement, judgeTypes } from './judge-types.ts';
import { isKnown } from './known-differences.ts';
import type { Value } from './random-value.ts';
import type { Subject } from './subject.ts';
import type { TypeNode } from './type-node.ts';

/** How they disagree: a schema refuses what the type takes, takes what the type refuses, or there is none. */
export type DifferenceKind =
  | 'input too strict'
  | 'input too loose'
  | 'output too strict'
  | 'output too loose'
  | 'no schema';

/** One disagreement. */
export interface Difference {
  readonly subject: number;
  readonly kind: DifferenceKind;
  readonly type: TypeNode;
  /** Absent where there is no schema at all. */
  readonly value?: Value;
  readonly reason: string;
}

/** What came of a list of subjects. */
export interface Outcome {
  readonly differences: readonly Difference[];
  /** Values that were compared, and how many of them fit their type when written as a literal. */
  readonly compared: number;
  readonly fitting: number;
  /** Subjects that were left out, since TypeScript refuses the type itself. */
  readonly invalid: readonly string[];
}

/** Compares both judgements. */
export function compare(subjects: readonly Subject[]): Outcome {
  const byType = judgeTypes(subjects);
  const bySchema = judgeSchemas(subjects);
  const differences: Difference[] = [];
  const invalid: string[] = [];
  let [compared, fitting] = [0, 0];
  for (const [index, subject] of subjects.entries()) {
    const [truth, derived] = [byType[index], bySchema[index]];
    if (truth === undefined || derived === undefined)
      throw new Error(`Cannot compare: subject ${index} was not judged`);
    if (truth.error !== undefined) {
      invalid.push(truth.error);
      continue;
    }
    differences.push(...differencesOf(subject, index, truth, derived));
    compared += truth.values.length;
    fitting += truth.values.filter(({ fresh }) => fresh === 'yes').length;
  }
  return { differences: differences.filter((difference) => !isKnown(difference)), compared, fitting, invalid };
}

function differencesOf(
  { type, values }: Subject,
  subject: number,
  truth: SubjectJudgement,
  derived: DerivedJudgement,
): readonly Difference[] {
  if (derived.error !== undefined) return [{ subject, kind: 'no schema', type, reason: derived.error }];
  return values.flatMap((value, index): readonly Difference[] => {
    const [fits, accepted] = [truth.values[index], derived.values[index]];
    if (fits === undefined || accepted === undefined) return [];
    const found: DifferenceKind[] = [];
    if (fits.fresh === 'yes' && !accepted.input) found.push('input too strict');
    if (fits.fresh === 'no' && accepted.input) found.push('input too loose');
    if ((fits.open === 'yes' || fits.fresh === 'yes') && !accepted.output) found.push('output too strict');
    if (fits.open === 'no' && fits.fresh === 'no' && accepted.output) found.push('output too loose');
    return found.map((kind) => ({
      subject,
      kind,
      type,
      value,
      reason: JSON.stringify(kind.startsWith('input') ? derived.input : derived.output),
    }));
  });
}
