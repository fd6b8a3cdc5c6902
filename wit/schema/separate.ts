/** Whether surely no value of a case fits a schema: what `oneOf` asks of all alternatives but one. */
import { objectView } from './case-views.ts';
import type { Comparing } from './comparing.ts';
import { readSchema } from './schema-facts.ts';
import { type SourceCase, allowsKind, casesOf } from './source-cases.ts';
import { checkValue } from './value-fits.ts';

/** Properties of properties that are looked into. */
const depthMax = 6;
/** Listed values that are tried. */
const valuesMax = 200;

/** Whether surely none of the values of a case fits. */
export function areSeparate(source: SourceCase, target: unknown, comparing: Comparing, depth = 0): boolean {
  if (depth > depthMax || !comparing.work.spend()) return false;
  const facts = readSchema(target);
  const inner = (part: unknown): boolean => areSeparate(source, part, comparing, depth + 1);
  if (facts.never || !allowsKind(facts, source.kind)) return true;
  const { values } = source;
  if (values !== undefined && values.length <= valuesMax) {
    const { work, target: document } = comparing;
    return values.every((value) => checkValue(value, target, { document, work }) === 'misfits');
  }
  const referred = facts.reference === undefined ? undefined : comparing.target.resolve(facts.reference);
  if (referred !== undefined && inner(referred.schema)) return true;
  if (facts.allOf.some(inner) || facts.anyOf?.every(inner) === true || facts.oneOf?.every(inner) === true) return true;
  return source.kind === 'object' && haveSeparateProperties(source, target, comparing, depth);
}

function haveSeparateProperties(source: SourceCase, target: unknown, comparing: Comparing, depth: number): boolean {
  const { properties, required, patterns, additional } = readSchema(target);
  const view = objectView(source, comparing.work);
  if (required.some((key) => view.schemasOf(key).includes(false))) return true;
  return [...view.required].some((key) => {
    if (!properties.has(key)) return additional === false && patterns.length === 0;
    const cases = casesOf(view.schemasOf(key), { document: comparing.source, work: comparing.work });
    const schema = properties.get(key);
    return cases?.every((one) => areSeparate(one, schema, comparing, depth + 1)) === true;
  });
}
