/** What a change of a schema means to those who call: an input that takes less breaks them, and so does an output that may be more. */
import { type ComparisonBudget, type Finding, compareSchemas } from '#wit/schema';
import type { Breaking, Change, Subject } from './change.ts';

/** Places of a schema that a message names. */
const placesMax = 5;

/** A schema before and after. */
export interface SchemaPair {
  readonly before: unknown;
  readonly after: unknown;
  /** Of the whole diff: a bundle may be hostile, and holds many schemas. */
  readonly budget: ComparisonBudget;
}

type SchemaChange = Pick<Change, 'breaking' | 'message' | 'findings'>;

const breakingOf = { fits: 'no', misfits: 'yes', uncertain: 'maybe' } as const satisfies Record<string, Breaking>;

/** How an input changed; nothing where the schemas are the same text. */
export function diffInput(
  { before, after, budget }: SchemaPair,
  subject: Subject,
  field = 'inputSchema',
): readonly Change[] {
  if (isSameJson(before, after)) return [];
  const { verdict, findings } = compareSchemas(before, after, budget);
  const change: SchemaChange = {
    fits: () => widened('input', 'takes more than before', { before: after, after: before, budget }),
    misfits: () => ({ breaking: breakingOf.misfits, message: 'input no longer takes all that it took', findings }),
    uncertain: () => ({
      breaking: breakingOf.uncertain,
      message: 'input may no longer take all that it took',
      findings,
    }),
  }[verdict]();
  return [{ kind: 'input-changed', subject, field, ...change }];
}

/** How an output changed; nothing where the schemas are the same text. */
export function diffOutput({ before, after, budget }: SchemaPair, subject: Subject): readonly Change[] {
  if (isSameJson(before, after)) return [];
  const { verdict, findings } = compareSchemas(after, before, budget);
  const change: SchemaChange = {
    fits: () => widened('output', 'promises more than before', { before, after, budget }),
    misfits: () => ({ breaking: breakingOf.misfits, message: 'output may be what it could not be before', findings }),
    uncertain: () => ({
      breaking: breakingOf.uncertain,
      message: 'output may be what it could not be before, as far as can be told',
      findings,
    }),
  }[verdict]();
  return [{ kind: 'output-changed', subject, field: 'outputSchema', ...change }];
}

/** A change that breaks nobody: is it one at all? `before` is the narrower of the two where it is. */
function widened(noun: string, more: string, { before, after, budget }: SchemaPair): SchemaChange {
  const back = compareSchemas(before, after, budget);
  if (back.verdict === 'fits')
    return { breaking: 'no', message: `${noun} is described in other words, and is the same` };
  return { breaking: 'no', message: `${noun} ${more}${placesText(back.findings)}` };
}

function placesText(findings: readonly Finding[]): string {
  const places = [...new Set(findings.map(({ pointer }) => pointer))].filter((pointer) => pointer !== '');
  if (places.length === 0) return '';
  const shown = places.slice(0, placesMax).map((pointer) => JSON.stringify(pointer));
  return `, at ${shown.join(', ')}${places.length > placesMax ? ` and ${places.length - placesMax} more` : ''}`;
}

/** Whether two values of JSON are the same text, keys in the same order. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const text = jsonText(left);
  return text !== undefined && text === jsonText(right);
}

/** JSON of a value; `undefined` for one that is nested deeper than the stack. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
