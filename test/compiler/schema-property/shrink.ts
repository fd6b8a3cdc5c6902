/** Makes a disagreement small. Candidates are judged hundreds at a time, since a program costs as much as many statements. */
import { type Difference, compare } from './differences.ts';
import { printType } from './print-type.ts';
import { type Value, isObject } from './random-value.ts';
import type { Subject } from './subject.ts';
import { isObjectType } from './type-shape.ts';
import { type TypeNode, childrenOf, hasFree, substitute, unfold, withChildren } from './type-node.ts';

/** Rounds, at most: each makes the type or the value smaller. */
const roundsMax = 40;
const typesPerRound = 24;
const valuesPerRound = 12;

/** The smallest type and value found that disagree in the same way. */
export function shrink(first: Difference): Difference {
  let best = first;
  for (let round = 0; round < roundsMax; round += 1) {
    const smaller = smallest(best);
    if (smaller === undefined) return best;
    best = smaller;
  }
  return best;
}

function smallest(best: Difference): Difference | undefined {
  const types = [
    best.type,
    ...simplerTypes(best.type)
      .toSorted((a, b) => typeSize(a) - typeSize(b))
      .slice(0, typesPerRound),
  ];
  const hasValue = Object.hasOwn(best, 'value');
  const values = hasValue ? [best.value, ...simplerValues(best.value).slice(0, valuesPerRound)] : [];
  const subjects: readonly Subject[] = types.map((type) => ({ type, values }));
  const found = compare(subjects).differences.filter(({ kind }) => kind === best.kind);
  const sorted = found.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  return sorted.find((candidate) => sizeOf(candidate) < sizeOf(best));
}

function sizeOf({ type, value }: Difference): number {
  return typeSize(type) + valueText(value).length;
}

function typeSize(type: TypeNode): number {
  const { declarations, expression } = printType(type);
  return declarations.join('').length + expression.length;
}

/** A value as text, for people. */
export function valueText(value: Value): string {
  const text = JSON.stringify(value, (_, own: unknown) => {
    if (own === undefined) return '<undefined>';
    return own instanceof Uint8Array ? `<bytes ${own.join(' ')}>` : own;
  });
  return text ?? 'undefined';
}

/** Types with one thing less, anywhere. */
function simplerTypes(type: TypeNode): readonly TypeNode[] {
  const children = childrenOf(type);
  const needsObjects = type.kind === 'change' || type.kind === 'choice' || type.kind === 'intersection';
  const within = children.flatMap((child, index) =>
    simplerTypes(child)
      .filter((simpler) => !needsObjects || isObjectType(simpler))
      .map((simpler) => withChildren(type, children.with(index, simpler))),
  );
  const outer = hasFree(type, 'self') || hasFree(type, 'parameter');
  // What belongs to a declaration must not leave it.
  const alone = children.filter((child) => outer || (!hasFree(child, 'self') && !hasFree(child, 'parameter')));
  return [...alone, ...lesser(type), ...within];
}

const text: TypeNode = { kind: 'keyword', name: 'string' };

function lesser(type: TypeNode): readonly TypeNode[] {
  switch (type.kind) {
    case 'object':
      return [
        ...(type.properties.length + (type.index === undefined ? 0 : 1) > 1
          ? without(type.properties).map((properties): TypeNode => ({ ...type, properties }))
          : []),
        ...(type.index === undefined || type.properties.length === 0
          ? []
          : [{ kind: 'object', properties: type.properties } as const]),
        ...type.properties.flatMap((property, index): readonly TypeNode[] =>
          property.optional || property.readonly
            ? [{ ...type, properties: type.properties.with(index, { ...property, optional: false, readonly: false }) }]
            : [],
        ),
      ];
    case 'union':
    case 'intersection':
      return type.members.length < 3 ? [] : without(type.members).map((members) => ({ ...type, members }));
    case 'tuple':
      return without(type.elements).map((elements) => ({ ...type, elements }));
    case 'array':
      return type.readonly ? [{ ...type, readonly: false }] : [];
    case 'choice':
      return type.keys.length < 2 ? [] : without(type.keys).map((keys) => ({ ...type, keys }));
    case 'declared':
      return undeclared(type);
    case 'template':
      return type.parts.length < 2 ? [text] : [text, ...without(type.parts).map((parts) => ({ ...type, parts }))];
    case 'self':
    case 'parameter':
      return [];
    case 'keyword':
      return type.name === 'string' ? [] : [text];
    default:
      return [text];
  }
}

function undeclared(type: TypeNode & { kind: 'declared' }): readonly TypeNode[] {
  const body = type.argument === undefined ? type.body : substitute(type.body, 'parameter', type.argument);
  const ended = substitute(body, 'self', text);
  const { base: _, ...baseless } = type;
  return [
    ended,
    ...(hasFree(type.body, 'self') ? [{ ...type, body: substitute(type.body, 'self', text) }] : [unfold(type)]),
    ...(type.base === undefined ? [] : [baseless]),
    ...(type.argument === undefined ? [] : [{ ...type, argument: text }]),
  ];
}

function without<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return items.map((_, index) => items.filter((__, other) => other !== index));
}

/** Values with one thing less, anywhere, and their parts. */
function simplerValues(value: Value): readonly Value[] {
  if (Array.isArray(value)) {
    const items: readonly Value[] = value;
    const within = items.flatMap((item, index) => simplerValues(item).map((simpler) => items.with(index, simpler)));
    return [...items, ...without(items), ...within];
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    const within = entries.flatMap(([name, own]) =>
      simplerValues(own).map((simpler) => ({ ...value, [name]: simpler })),
    );
    return [
      ...entries.map(([, own]) => own),
      ...without(entries).map((some) => Object.fromEntries(some)),
      ...within,
    ].filter((simpler) => simpler !== undefined);
  }
  if (value === null || value === '') return [];
  return value === 0 || typeof value === 'boolean' || value === undefined ? [null] : [null, '', 0];
}
