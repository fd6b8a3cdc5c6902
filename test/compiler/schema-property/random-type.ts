/** Random types of the supported grammar. What is drawn depends on the given numbers only. */
import type { Random } from '../../fuzz.ts';
import {
  type DeclaredNode,
  type Element,
  type EnumName,
  type ObjectNode,
  type Property,
  type TemplatePart,
  type TypeNode,
  enumMembers,
  enums,
  hasFree,
} from './type-node.ts';
import { isObjectType, objectShapes } from './type-shape.ts';

/** What may be used where a type is drawn. */
interface Place {
  /** Levels of types that may follow within. */
  readonly depth: number;
  /** Names for properties; parts of an intersection have different ones. */
  readonly names: readonly string[];
  /** Within a generic declaration. */
  readonly parameter: boolean;
  /** Within a declaration that may name itself. */
  readonly self: boolean;
}

const leftNames: readonly string[] = ['a', 'b', 'kind', 'x-y'];
const rightNames: readonly string[] = ['p', 'q', '$id', '7'];
/** Texts and numbers of literal types; values are drawn from the same. */
export const literalTexts: readonly string[] = ['x', 'y', 'red', 'x-1', ''];
/** Numbers of literal types. */
export const literalNumbers: readonly number[] = [0, 1, 2, -1, 1.5];

const plainWords = ['string', 'number', 'boolean'] as const;

/** Draws a type. */
export function randomType(random: Random): TypeNode {
  return compound(random, { depth: 2, names: leftNames, parameter: false, self: false });
}

function anyType(random: Random, place: Place): TypeNode {
  if (place.parameter && random.oneIn(3)) return { kind: 'parameter' };
  if (place.self && random.oneIn(4)) return selfIn(random);
  if (place.depth <= 0 || random.oneIn(3)) return leaf(random);
  return compound(random, { ...place, depth: place.depth - 1 });
}

type Draw = (random: Random, place: Place) => TypeNode;

function compound(random: Random, place: Place): TypeNode {
  const draws: readonly (readonly [number, Draw])[] = [
    [1, leaf],
    [2, (_, inner) => ({ kind: 'array', item: anyType(random, inner), readonly: random.oneIn(4) })],
    [3, tuple],
    [4, objectType],
    [4, union],
    [4, discriminatedUnion],
    [2, objectUnion],
    [3, intersection],
    [4, changed],
    [2, record],
    [3, declaredObject],
    [3, recursive],
    [3, generic],
  ];
  let left = random.below(draws.reduce((sum, [weight]) => sum + weight, 0));
  const [, draw] = draws.find(([weight]) => (left -= weight) < 0) ?? [0, leaf];
  return draw(random, place);
}

function leaf(random: Random): TypeNode {
  switch (random.below(9)) {
    case 0:
    case 1:
      return literal(random);
    case 2:
      return literalUnion(random);
    case 3:
      return enumType(random);
    case 4:
      return { kind: 'template', parts: templateParts(random) };
    default:
      return {
        kind: 'keyword',
        name: random.pick([...plainWords, ...plainWords, 'boolean', 'null', 'Date', 'bigint', 'Uint8Array']),
      };
  }
}

function literal(random: Random): TypeNode & { kind: 'literal' } {
  return { kind: 'literal', value: random.pick([...literalTexts, ...literalNumbers, true, false]) };
}

function literalUnion(random: Random): TypeNode {
  return { kind: 'union', members: Array.from({ length: 2 + random.below(2) }, () => literal(random)) };
}

function enumType(random: Random): TypeNode {
  const name = random.pick(Object.keys(enums) as EnumName[]);
  return { kind: 'enum', name, ...(random.oneIn(3) ? { member: random.pick(enumMembers(name))[0] } : {}) };
}

function templateParts(random: Random): readonly TemplatePart[] {
  const literalPart = (): TemplatePart => ({ text: random.pick(['x-', '.', 'id ', '+']) });
  const placeholder = (): TemplatePart => ({
    placeholder: random.pick(['string', 'number', 'bigint', 'boolean', "'p' | 'q'"]),
  });
  const parts = random.pick([
    [literalPart, placeholder],
    [placeholder, literalPart],
    [literalPart, placeholder, literalPart],
    [placeholder, literalPart, placeholder],
    [placeholder],
    [placeholder, placeholder],
  ]);
  return parts.map((part) => part());
}

function tuple(random: Random, place: Place): TypeNode {
  const elements = (count: number, role: Element['role']): Element[] =>
    Array.from({ length: count }, () => ({ role, type: anyType(random, place) }));
  const required = elements(random.below(3), 'required');
  const optional = random.oneIn(2) ? elements(1 + random.below(2), 'optional') : [];
  const rest = random.oneIn(2) ? elements(1, 'rest') : [];
  // Nothing optional may stand in front of what is required.
  const last = optional.length === 0 && rest.length > 0 && random.oneIn(8) ? elements(1, 'required') : [];
  return { kind: 'tuple', elements: [...required, ...optional, ...rest, ...last] };
}

function objectType(random: Random, place: Place): ObjectNode {
  const names = place.names.filter(() => random.oneIn(2));
  const used = names.length === 0 ? place.names.slice(0, 1) : names;
  const properties = used.map((name) => property(random, place, name));
  if (!random.oneIn(8)) return { kind: 'object', properties };
  const type = anyType(random, { ...place, self: false });
  const key = random.pick(['string', 'number', 'template'] as const);
  // With a text as the key, the named properties have to fit the signature as well.
  const fitting =
    key === 'string' ? properties.slice(0, 1).map((one) => ({ ...one, optional: false, type })) : properties;
  const named = random.oneIn(2) ? fitting.filter(({ name }) => !/^(x-|\d)/.test(name)) : [];
  return { kind: 'object', properties: named, index: { key, type } };
}

function property(random: Random, place: Place, name: string): Property {
  return { name, optional: random.oneIn(3), readonly: random.oneIn(8), type: anyType(random, place) };
}

function union(random: Random, place: Place): TypeNode {
  return { kind: 'union', members: Array.from({ length: 2 + random.below(2) }, () => anyType(random, place)) };
}

function objectUnion(random: Random, place: Place): TypeNode {
  const members = Array.from({ length: 2 + random.below(2) }, () => objectType(random, place));
  return { kind: 'union', members: random.oneIn(4) ? [...members, leaf(random)] : members };
}

function discriminatedUnion(random: Random, place: Place): TypeNode {
  const name = random.pick(place.names);
  const tags = random.pick<readonly (string | number | boolean | null | undefined)[]>([
    ['x', 'y', 'red'],
    [0, 1, 2],
    [true, false],
    ['x', 1, null],
    // Told apart in part only.
    ['x', 'x', 'y'],
    ['x', 'y', undefined],
  ]);
  const members = tags.map((tag): TypeNode => {
    const { properties } = objectType(random, place);
    const type: TypeNode =
      tag == null ? { kind: 'keyword', name: tag === null ? 'null' : 'string' } : { kind: 'literal', value: tag };
    const tagged: Property = { name, optional: random.oneIn(8), readonly: false, type };
    return { kind: 'object', properties: [tagged, ...properties.filter((other) => other.name !== name)] };
  });
  return { kind: 'union', members: random.oneIn(4) ? [...members, leaf(random)] : members };
}

function intersection(random: Random, place: Place): TypeNode {
  const left = objectLike(random, { ...place, names: leftNames, depth: place.depth - 1 });
  const right = objectLike(random, { ...place, names: rightNames, depth: place.depth - 1 });
  const members = random.oneIn(4) ? [left, closedUnion(random, { ...place, names: rightNames })] : [left, right];
  return { kind: 'intersection', members };
}

function closedUnion(random: Random, place: Place): TypeNode {
  const inner = { ...place, depth: place.depth - 1 };
  return { kind: 'union', members: [plainObject(random, inner), plainObject(random, inner)] };
}

/** An object type with properties and without an index signature: `{}` would take any value. */
function plainObject(random: Random, place: Place): ObjectNode {
  const { properties } = objectType(random, place);
  const some = properties.length === 0 ? [property(random, place, place.names[0] ?? 'a')] : properties;
  return { kind: 'object', properties: some };
}

/** A type whose values are objects with known names. */
function objectLike(random: Random, place: Place): TypeNode {
  if (place.depth <= 0) return plainObject(random, place);
  switch (random.below(6)) {
    case 0:
      return declaredObject(random, { ...place, depth: place.depth - 1 });
    case 1:
      return changed(random, { ...place, depth: place.depth - 1 });
    case 2:
      return { kind: 'record', keys: place.names.slice(0, 1 + random.below(2)), value: anyType(random, place) };
    default:
      return plainObject(random, place);
  }
}

function changed(random: Random, place: Place): TypeNode {
  const tagged = random.oneIn(5) ? discriminatedUnion(random, place) : undefined;
  // Of lists, times and bytes these make types that nobody means.
  const target =
    tagged !== undefined && isObjectType(tagged) ? tagged : objectLike(random, { ...place, depth: place.depth - 1 });
  if (random.oneIn(2)) return { kind: 'change', name: random.pick(['Partial', 'Required', 'Readonly']), target };
  const names = [...new Set(objectShapes(target).flatMap(({ properties }) => properties.map(({ name }) => name)))];
  const common = names.filter((name) =>
    objectShapes(target).every(({ properties }) => properties.some((other) => other.name === name)),
  );
  const keys = common.filter(() => random.oneIn(2));
  // Pick of nothing and Omit of everything are `{}`, which takes any value.
  if (keys.length === 0 || keys.length === common.length) return target;
  return { kind: 'choice', name: random.pick(['Pick', 'Omit']), target, keys };
}

function record(random: Random, place: Place): TypeNode {
  const keys = random.pick([
    'string',
    'string',
    place.names.slice(0, 2),
    place.names.slice(1, 3),
    random.pick(Object.keys(enums) as EnumName[]),
  ] as const);
  return { kind: 'record', keys, value: anyType(random, { ...place, self: place.self && keys === 'string' }) };
}

function declaredObject(random: Random, place: Place): TypeNode {
  const inner = { ...place, parameter: false, self: false };
  const half = Math.ceil(place.names.length / 2);
  const [own, others] = [place.names.slice(0, half), place.names.slice(half)];
  if (others.length === 0 || random.oneIn(2))
    return { kind: 'declared', style: random.pick(['alias', 'interface']), body: objectType(random, inner) };
  const parent = objectLike(random, { ...inner, names: others, depth: place.depth - 1 });
  const { properties } = objectType(random, { ...inner, names: own });
  const named = ['declared', 'change', 'choice', 'record'].includes(parent.kind);
  const base: TypeNode = named ? parent : { kind: 'declared', style: 'alias', body: parent };
  return { kind: 'declared', style: 'interface', body: { kind: 'object', properties }, base };
}

/** A reference to the declaration around, in a place where a value can end. */
function selfIn(random: Random): TypeNode {
  const self: TypeNode = { kind: 'self' };
  switch (random.below(4)) {
    case 0:
      return { kind: 'array', item: self, readonly: false };
    case 1:
      return { kind: 'union', members: [self, { kind: 'keyword', name: 'null' }] };
    case 2:
      return { kind: 'object', properties: [{ name: 'next', optional: true, readonly: false, type: self }] };
    default:
      return { kind: 'object', properties: [], index: { key: 'string', type: self } };
  }
}

function recursive(random: Random, place: Place): TypeNode {
  const inner = { ...place, parameter: false, self: true };
  if (random.oneIn(4)) {
    const ends: TypeNode[] = [leaf(random), selfIn(random), selfIn(random)];
    const members = ends.filter((member) => member.kind !== 'union');
    return { kind: 'declared', style: 'alias', body: { kind: 'union', members: [leaf(random), ...members] } };
  }
  const { properties } = objectType(random, inner);
  const link: Property = { name: 'next', optional: true, readonly: false, type: { kind: 'self' } };
  const own = hasSelf(properties) ? properties : [...properties, link];
  return { kind: 'declared', style: random.pick(['alias', 'interface']), body: { kind: 'object', properties: own } };
}

function hasSelf(properties: readonly Property[]): boolean {
  return properties.some(({ type }) => hasFree(type, 'self'));
}

function generic(random: Random, place: Place): TypeNode {
  const argument = anyType(random, { ...place, depth: place.depth - 1 });
  const body = objectType(random, { ...place, self: random.oneIn(3), parameter: true });
  const made: DeclaredNode = { kind: 'declared', style: random.pick(['alias', 'interface']), body, argument };
  return hasFree(body, 'parameter')
    ? made
    : { ...made, body: { ...body, properties: [...body.properties, ofParameter] } };
}

const ofParameter: Property = { name: 'value', optional: false, readonly: false, type: { kind: 'parameter' } };
