/** Properties of the objects of a case against a target: what has to be there, what may be, and what each may hold. */
import { pointerPart } from '#wit/values';
import { type ObjectView, objectView } from './case-views.ts';
import type { OwnTarget } from './compare-plain.ts';
import type { Comparing } from './comparing.ts';
import { type Found, below, findingsMax, tooComplex } from './finding.ts';
import type { KeyLayer, SourceCase } from './source-cases.ts';
import { type Sample, sampleObject } from './witness.ts';
import { refusedBy } from './witness-of-case.ts';

/** A target's layer, and the whole target. */
export interface LayerTarget {
  readonly layer: KeyLayer;
  readonly target: unknown;
}

/** Properties that the target requires. */
export function compareRequired(
  source: SourceCase,
  { facts, target }: OwnTarget,
  comparing: Comparing,
): readonly Found[] {
  if (facts.required.length === 0) return [];
  const { required } = objectView(source, comparing.work);
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  return facts.required
    .filter((key) => !required.has(key))
    .slice(0, findingsMax)
    .map((key) => {
      const without = source.kind === 'bytes' ? undefined : sampleObject(source, new Map(), { sampling }, key);
      const witness = without ?? refusedBy(source, target, comparing).witness;
      const message = 'may be missing, but is required';
      const found: Found = { kind: 'missing-property', pointer: pointerPart(key), message };
      return witness === undefined ? found : { ...found, witness };
    });
}

/** Every property that an object of the case may have, against a layer of the target. */
export function compareLayer(
  source: SourceCase,
  { layer, target }: LayerTarget,
  comparing: Comparing,
): readonly Found[] {
  if (source.kind === 'bytes') return compareBytes(source, { layer, target }, comparing);
  const view = objectView(source, comparing.work);
  const sampling = { document: comparing.source, work: comparing.witnessWork };
  const embed = (key: string | undefined, value: unknown): Sample | undefined =>
    key === undefined ? undefined : sampleObject(source, new Map([[key, value]]), { sampling });
  const found: Found[] = [];
  for (const key of new Set([...view.keys, ...layer.properties.keys()])) {
    if (!comparing.work.spend()) return [...found, tooComplex];
    if (found.length >= findingsMax) return found;
    const ofKey = compareKey(view.schemasOf(key), key, { layer, comparing });
    found.push(...below(pointerPart(key), ofKey, (value) => embed(key, value)));
  }
  for (const { schemas, targets, sampleKey } of unnamed(view, layer, comparing)) {
    if (schemas.includes(false)) continue;
    for (const schema of targets)
      found.push(...below('/*', keyFindings(schemas, schema, comparing), (value) => embed(sampleKey(), value)));
  }
  return found;
}

/** Bytes are an object to a host, whose properties are the numbers of its bytes. */
function compareBytes(source: SourceCase, { layer, target }: LayerTarget, comparing: Comparing): readonly Found[] {
  const { properties, patterns, rest } = layer;
  if (rest === true && patterns.length === 0 && ![...properties.keys()].some((key) => /^\d+$/.test(key))) return [];
  const message = 'may be bytes, which are not an object with such properties';
  return [{ kind: 'not-allowed', pointer: '', message, ...refusedBy(source, target, comparing) }];
}

function compareKey(
  schemas: readonly unknown[],
  key: string,
  { layer, comparing }: { readonly layer: KeyLayer; readonly comparing: Comparing },
): readonly Found[] {
  if (schemas.includes(false)) return [];
  const targets = layer.properties.has(key) ? [layer.properties.get(key)] : [];
  let uncertain = false;
  for (const [pattern, schema] of layer.patterns) {
    const matches = comparing.work.matches(pattern, key);
    if (matches === true) targets.push(schema);
    else if (matches === undefined) uncertain = true;
  }
  const wanted = targets.length > 0 ? targets : [layer.rest];
  const message = 'has a name of which it cannot be told whether a pattern matches it';
  return [
    ...wanted.flatMap((schema) => keyFindings(schemas, schema, comparing)),
    ...(uncertain ? [{ kind: 'too-complex', pointer: '', message } as const] : []),
  ];
}

function keyFindings(schemas: readonly unknown[], target: unknown, comparing: Comparing): readonly Found[] {
  const found = comparing.compare(schemas, target);
  if (target !== false) return found;
  return found.map((one) => ({ ...one, kind: 'unexpected-property', message: 'may be there, but is not allowed' }));
}

interface Unnamed {
  readonly schemas: readonly unknown[];
  readonly targets: readonly unknown[];
  readonly sampleKey: () => string | undefined;
}

/** Properties without a name of their own: those that no pattern of the source matches, and those of each of its patterns. */
function unnamed(view: ObjectView, layer: KeyLayer, { work }: Comparing): readonly Unnamed[] {
  const names = new Set([...view.keys, ...layer.properties.keys()]);
  const patterns = [...view.patterns.keys(), ...layer.patterns.map(([pattern]) => pattern)];
  const others = layer.patterns.filter(([pattern]) => !view.patterns.has(pattern));
  const isFresh = (key: string): boolean =>
    !names.has(key) && patterns.every((one) => work.matches(one, key) === false);
  const samples = (pattern: string): readonly string[] => work.pattern(pattern)?.samples ?? [];
  const fresh = (): string | undefined => ['other', 'another', 'x1', 'Q-', '', '\u0001'].find(isFresh);
  const matching = (pattern: string) => (): string | undefined => samples(pattern).find((key) => !names.has(key));
  const plain: Unnamed = { schemas: view.rest, targets: [layer.rest], sampleKey: fresh };
  const byTarget = others.map(([pattern, schema]): Unnamed => {
    return { schemas: view.rest, targets: [schema], sampleKey: matching(pattern) };
  });
  const bySource = [...view.patterns].map(([pattern, schemas]): Unnamed => {
    const same = layer.patterns.filter(([one]) => one === pattern).map(([, schema]) => schema);
    const mayMatch = others.map(([, schema]) => schema);
    return {
      schemas,
      targets: [...(same.length > 0 ? same : [layer.rest]), ...mayMatch],
      sampleKey: matching(pattern),
    };
  });
  return [plain, ...byTarget, ...bySource];
}
