/** Random JSON values for a type: those that should fit, those that nearly do, and any. */
import type { Random } from '../../fuzz.ts';
import { literalNumbers, literalTexts } from './random-type.ts';
import { objectShapes } from './type-shape.ts';
import { type IndexKey, type TemplatePart, type TypeNode, enumMembers, someNode, unfold } from './type-node.ts';

/** What goes in and out of tools, in JSON; `undefined` stands for a property that is written out as such, and is not there in JSON. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | ValueObject | undefined;

/** An object. */
export interface ValueObject {
  readonly [name: string]: Value;
}

/** Levels after which whatever may end ends. */
const depthMax = 5;
const dates: readonly string[] = ['2024-01-02T03:04:05.000Z', '1969-12-31T23:59:59.999Z'];
const wholes: readonly string[] = ['0', '12', '-3', '123456789012345678901234567890'];
const numberTexts: readonly string[] = [
  '0',
  '12',
  '-3',
  '1.5',
  '1e3',
  '0x10',
  '.5',
  '1.',
  '+1',
  '01',
  ' ',
  'NaN',
  'Infinity',
  '1_0',
];

/** Draws a value that should fit. */
export function fittingValue(random: Random, type: TypeNode, depth = 0): Value {
  const inner = (child: TypeNode): Value => fittingValue(random, child, depth + 1);
  switch (type.kind) {
    case 'keyword':
      return keywordValue(random, type.name);
    case 'literal':
      return type.value;
    case 'enum': {
      const members = enumMembers(type.name).filter(([name]) => type.member === undefined || type.member === name);
      return random.pick(members)[1];
    }
    case 'template':
      return type.parts.map((part) => partText(random, part)).join('');
    case 'array':
      return Array.from({ length: depth > depthMax ? 0 : random.below(3) }, () => inner(type.item));
    case 'tuple':
      return tupleValue(random, type, depth);
    case 'union':
      return inner(random.pick(ending(type.members, depth)));
    case 'declared': {
      const body = unfold(type);
      return objectShapes(body).length > 0 && body.kind !== 'union' ? objectValue(random, body, depth) : inner(body);
    }
    case 'self':
    case 'parameter':
      return null;
    default:
      return objectValue(random, type, depth);
  }
}

/** The members to choose from: deep down, those without further declarations. */
function ending(members: readonly TypeNode[], depth: number): readonly TypeNode[] {
  if (depth <= depthMax) return members;
  const short = members.filter((member) => !someNode(member, ({ kind }) => kind === 'declared'));
  return short.length === 0 ? members : short;
}

function keywordValue(random: Random, name: string): Value {
  switch (name) {
    case 'string':
      return random.pick([...literalTexts, 'some text', '12', dates[0] ?? '']);
    case 'number':
      return random.pick([...literalNumbers, 5, 1e21, 1e-7]);
    case 'boolean':
      return random.oneIn(2);
    case 'Date':
      return random.pick(dates);
    case 'bigint':
      return random.pick(wholes);
    case 'Uint8Array':
      return Uint8Array.of(1);
    default:
      return null;
  }
}

function partText(random: Random, part: TemplatePart): string {
  if ('text' in part) return part.text;
  switch (part.placeholder) {
    case 'string':
      return random.pick(['', 'any', 'two\nlines', '.', 'x-']);
    case 'number':
      return random.pick(numberTexts);
    case 'bigint':
      return random.pick([...wholes, '-0', '0x1f', '01', '1.5', '1n']);
    case 'boolean':
      return random.pick(['true', 'false']);
    default:
      return random.pick(['p', 'q']);
  }
}

function tupleValue(random: Random, { elements }: TypeNode & { kind: 'tuple' }, depth: number): Value {
  const optional = elements.filter(({ role }) => role === 'optional').length;
  const skipped = depth > depthMax ? optional : random.below(optional + 1);
  const lastOptional = elements.findLastIndex(({ role }) => role === 'optional');
  return elements.flatMap(({ role, type }, index) => {
    if (role === 'rest') {
      const count = skipped > 0 || depth > depthMax ? 0 : random.below(3);
      return Array.from({ length: count }, () => fittingValue(random, type, depth + 1));
    }
    return role === 'optional' && index > lastOptional - skipped ? [] : [fittingValue(random, type, depth + 1)];
  });
}

function objectValue(random: Random, type: TypeNode, depth: number): Value {
  const shapes = objectShapes(type);
  if (shapes.length === 0) return null;
  const { properties, index } = random.pick(shapes);
  const value: Record<string, Value> = {};
  for (const { name, optional, type: own } of properties) {
    if (optional && random.oneIn(12)) value[name] = undefined;
    else if (!optional || (depth <= depthMax && random.oneIn(2))) value[name] = fittingValue(random, own, depth + 1);
  }
  if (index !== undefined && depth <= depthMax) {
    for (let count = random.below(3); count > 0; count -= 1)
      value[keyText(random, index.key)] ??= fittingValue(random, index.type, depth + 1);
  }
  return value;
}

function keyText(random: Random, key: IndexKey): string {
  return random.pick({ string: ['k', 'x-1', '5'], number: ['5', '12', '-1', '1.5'], template: ['x-', 'x-1'] }[key]);
}

/** Draws a value that differs from one that fits in one place. */
export function nearValue(random: Random, type: TypeNode): Value {
  const value = fittingValue(random, type);
  return random.oneIn(4) ? mixed(random, value, fittingValue(random, type)) : mutated(random, value);
}

/** Both at once, wherever both are objects: what fits two members of a union in part. */
function mixed(random: Random, left: Value, right: Value): Value {
  if (!isObject(left) || !isObject(right)) return mutated(random, left);
  const value: Record<string, Value> = { ...left };
  for (const [name, other] of Object.entries(right)) {
    if (!Object.hasOwn(left, name)) value[name] = other;
    else if (isObject(left[name]) && random.oneIn(2)) value[name] = mixed(random, left[name], other);
    else if (random.oneIn(3)) value[name] = other;
  }
  return value;
}

function mutated(random: Random, value: Value): Value {
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    if (at < value.length && !random.oneIn(3)) return value.with(at, mutated(random, value[at]));
    if (random.oneIn(2)) return value.slice(0, -1);
    return [...value, value.length > 0 && random.oneIn(2) ? value.at(-1) : anyValue(random, 1)];
  }
  if (isObject(value) && !random.oneIn(8)) return mutatedObject(random, value);
  return anyValue(random, 1);
}

function mutatedObject(random: Random, value: ValueObject): Value {
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  const name = names.length === 0 ? 'a' : random.pick(names);
  switch (random.below(5)) {
    case 0:
      return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    case 1:
      return { ...value, [random.pick(['a', 'b', 'p', 'kind', 'extra', 'x-1', '5'])]: anyValue(random, 2) };
    default:
      return { ...value, [name]: mutated(random, value[name]) };
  }
}

/** Draws a value without a type in mind. */
export function anyValue(random: Random, depth = 0): Value {
  const inner = (): Value => anyValue(random, depth + 1);
  switch (random.below(depth >= 3 ? 6 : 8)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return random.pick([...literalNumbers, 5]);
    case 3:
    case 4:
      return random.pick([...literalTexts, ...wholes, 'no', 'x-true', dates[0] ?? '']);
    case 5:
      return Uint8Array.of(1);
    case 6:
      return Array.from({ length: random.below(3) }, inner);
    default:
      return Object.fromEntries(
        ['a', 'b', 'p', 'kind', 'k'].flatMap((name) => (random.oneIn(3) ? [[name, inner()]] : [])),
      );
  }
}

/** Whether a value is an object with properties. */
export function isObject(value: Value): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** The value without what is `undefined`: its JSON, but for bytes. */
export function jsonOf(value: Value): unknown {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, own]) => (own === undefined ? [] : [[name, jsonOf(own)]])),
  );
}
