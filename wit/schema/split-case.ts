/** Splits a case by the listed values of a property that a target tells its alternatives apart by. */
import { objectView } from './case-views.ts';
import type { Comparing } from './comparing.ts';
import { readSchema } from './schema-facts.ts';
import { type SourceCase, casesOf } from './source-cases.ts';

/** How often a case is split, and into how many. */
const splitsMax = 3;
const partsMax = 32;

/** The parts of a case, which together hold all of it; `undefined` where no property helps. */
export function splitByValues(
  source: SourceCase,
  { branches, splits }: { readonly branches: readonly unknown[]; readonly splits: number },
  comparing: Comparing,
): readonly SourceCase[] | undefined {
  if (source.kind !== 'object' || splits >= splitsMax) return undefined;
  const view = objectView(source, comparing.work);
  for (const key of namesOf(branches, comparing)) {
    if (!view.keys.has(key)) continue;
    const schemas = view.schemasOf(key);
    if (schemas.includes(false)) continue;
    const cases = casesOf(schemas, { document: comparing.source, work: comparing.work });
    const lists = cases?.map(({ values }) => values);
    if (lists === undefined || lists.some((list) => list === undefined || list.length > partsMax)) continue;
    const values = lists.flatMap((list) => list ?? []);
    const absent = view.required.has(key) ? [] : [withPart(source, { properties: { [key]: false } })];
    if (values.length + absent.length < 2 || values.length > partsMax) continue;
    const present = values.map((value) =>
      withPart(source, { properties: { [key]: { const: value } }, required: [key] }),
    );
    return [...absent, ...present];
  }
  return undefined;
}

/** Properties of which some alternative lists the values. */
function namesOf(branches: readonly unknown[], comparing: Comparing): readonly string[] {
  const names = branches.flatMap((branch) => {
    const { reference } = readSchema(branch);
    const whole = reference === undefined ? branch : (comparing.target.resolve(reference)?.schema ?? branch);
    return [...readSchema(whole).properties]
      .filter(([, schema]) => readSchema(schema).values.length > 0)
      .map(([key]) => key);
  });
  return [...new Set(names)].slice(0, partsMax);
}

function withPart(source: SourceCase, schema: unknown): SourceCase {
  return { ...source, parts: [...source.parts, readSchema(schema)], schemas: [...source.schemas, schema] };
}
