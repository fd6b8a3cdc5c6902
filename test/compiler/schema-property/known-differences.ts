/** Where a schema may say something else than TypeScript, each with the reason. Anything else that differs is a fault of the derivation. */
import type { Difference } from './differences.ts';
import { objectShapes } from './type-shape.ts';
import { type TemplatePart, type TypeNode, someNode } from './type-node.ts';
import { type Value, isObject } from './random-value.ts';

/** A row. */
interface KnownDifference {
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

/** All rows. */
const knownDifferences: readonly KnownDifference[] = [
  {
    reason:
      'A text that may be a time or a number as well cannot be told apart once it is JSON, so that there is no schema',
    covers: ({ kind, reason }) => kind === 'no schema' && /both are text in JSON/.test(reason),
  },
  {
    reason:
      'TypeScript refuses what has nothing in common with a type of optional properties; an output may carry anything more',
    covers: ({ kind, type }) => kind === 'output too loose' && someNode(type, isWeak),
  },
  {
    reason: 'JSON Schema has no word for elements after a number of elements that is not known',
    covers: ({ kind, reason }) => kind === 'no schema' && /a tuple whose rest is not last/.test(reason),
  },
  {
    reason: 'To TypeScript blank space is a number, and so is a number with blank space around it',
    covers: ({ kind, type, value }) =>
      kind.endsWith('strict') &&
      someNode(type, (node) => node.kind === 'template' && node.parts.some(isNumberPart)) &&
      someValue(value, (own) => typeof own === 'string' && own.includes(' ')),
  },
  {
    reason:
      'TypeScript cuts a text where a template could first go on, one character for each placeholder in front of another, and never goes back',
    covers: ({ kind, type }) =>
      kind.endsWith('loose') &&
      someNode(type, (node) => node.kind === 'template' && node.parts.filter(isOpenPart).length > 1),
  },
  {
    reason: 'Lists, bytes and texts have numbers for keys, but they are no objects in JSON',
    covers: ({ kind, type, value }) =>
      kind.endsWith('strict') &&
      someNode(type, (node) => node.kind === 'object' && node.index?.key === 'number') &&
      someValue(value, (own) => typeof own === 'string' || own instanceof Uint8Array || Array.isArray(own)),
  },
  {
    reason:
      'Beside lists, bytes and texts in a union TypeScript lets an object have what they have, numbers for keys above all, which nobody means',
    covers: ({ kind, type, value }) =>
      kind === 'input too strict' &&
      someNode(type, isUnionWithIndexes) &&
      someValue(value, (own) => isObject(own) && Object.keys(own).some((name) => /^\d+$/.test(name))),
  },
  {
    reason:
      'A property that is undefined is in common with a type of optional properties to TypeScript, and not there in JSON',
    covers: ({ kind, type, value }) =>
      kind === 'input too strict' &&
      someNode(type, isWeak) &&
      someValue(value, (own) => isObject(own) && Object.values(own).includes(undefined)),
  },
  {
    reason:
      'A property beside an index signature of another type can only be written in an intersection, where no literal fits both; the property counts',
    covers: ({ kind, type }) =>
      kind.endsWith('loose') &&
      someNode(type, ({ kind: own }) => own === 'intersection') &&
      someNode(type, (node) => objectShapes(node).some(({ index }) => index !== undefined)),
  },
  {
    reason:
      'Where an optional property that tells members apart is absent, TypeScript takes a literal for that member and reads its texts as any text',
    covers: ({ kind, type, value }) =>
      kind === 'input too loose' &&
      someNode(type, (node) =>
        namesInCommon(node).some(
          ({ name, optional }) =>
            optional &&
            someValue(value, (own) => isObject(own) && !Object.hasOwn(own, name) && Object.keys(own).length > 0),
        ),
      ),
  },
  {
    reason:
      'Where a literal mixes two objects by which members are told apart, TypeScript rules out none and lets it be both; in a schema it is neither',
    covers: ({ kind, type }) =>
      kind === 'input too strict' &&
      someNode(type, (node) =>
        namesInCommon(node).some(({ types }) => types.flatMap(objectShapes).length > 1 && types.some(mayBeLiteral)),
      ),
  },
  {
    reason: 'To a JSON Schema bytes are an object, with their indexes as names, and only `aria:blob` knows more',
    covers: ({ kind, type, value }) =>
      kind.endsWith('loose') &&
      someNode(type, (node) => objectShapes(node).length > 0) &&
      someValue(value, (own) => own instanceof Uint8Array),
  },
];

/** Whether a difference is as it should be. */
export function isKnown(difference: Difference): boolean {
  return knownDifferences.some(({ covers }) => covers(difference));
}

/** Whether a type is one of optional properties, or a union with one. */
function isWeak(node: TypeNode): boolean {
  return objectShapes(node).some(({ properties }) => properties.every(({ optional }) => optional));
}

/** The properties that several objects of a union have. */
function namesInCommon(
  node: TypeNode,
): readonly { readonly name: string; readonly optional: boolean; readonly types: readonly TypeNode[] }[] {
  const properties = node.kind === 'union' ? objectShapes(node).flatMap((shape) => shape.properties) : [];
  return [...new Set(properties.map(({ name }) => name))].flatMap((name) => {
    const same = properties.filter((property) => property.name === name);
    if (same.length < 2) return [];
    return [{ name, optional: same.some(({ optional }) => optional), types: same.map(({ type }) => type) }];
  });
}

function mayBeLiteral(node: TypeNode): boolean {
  return someNode(
    node,
    ({ kind, ...own }) =>
      kind === 'literal' ||
      kind === 'enum' ||
      kind === 'template' ||
      ('name' in own && ['null', 'boolean'].includes(own.name)),
  );
}

/** Whether a type is a union with lists, bytes or texts. */
function isUnionWithIndexes(node: TypeNode): boolean {
  return node.kind === 'union' && node.members.some((member) => someNode(member, hasIndexes));
}

function hasIndexes(node: TypeNode): boolean {
  if (node.kind === 'keyword') return node.name === 'Uint8Array' || node.name === 'string';
  return ['array', 'tuple', 'template', 'literal', 'enum'].includes(node.kind);
}

/** Whether a part is a placeholder of any text; TypeScript writes the others out. */
function isOpenPart(part: TemplatePart): boolean {
  return 'placeholder' in part && ['string', 'number', 'bigint'].includes(part.placeholder);
}

/** Whether a part is a placeholder of a number. */
function isNumberPart(part: TemplatePart): boolean {
  return 'placeholder' in part && part.placeholder === 'number';
}

function someValue(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => someValue(item, test));
  return isObject(value) && Object.values(value).some((own) => someValue(own, test));
}
