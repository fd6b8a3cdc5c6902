/** What objects of a type look like: enough to draw values of it. TypeScript has the last word on whether they fit. */
import { type IndexKey, type Property, type TypeNode, enumMembers, isEnumName, unfold } from './type-node.ts';

/** The properties of an object type. */
export interface Shape {
  readonly properties: readonly Property[];
  readonly index?: { readonly key: IndexKey; readonly type: TypeNode };
}

/** The object types that a type is a union of, each with its properties; types that are no objects are left out. */
export function objectShapes(node: TypeNode): readonly Shape[] {
  switch (node.kind) {
    case 'object':
      return [node];
    case 'union':
      return node.members.flatMap(objectShapes);
    case 'intersection':
      return node.members
        .map(objectShapes)
        .reduce((left, right) => left.flatMap((a) => right.map((b) => joined(a, b))));
    case 'change':
      return objectShapes(node.target).map((shape) => ({
        ...shape,
        properties: shape.properties.map((property) => ({
          ...property,
          optional: node.name === 'Partial' || (node.name === 'Readonly' && property.optional),
        })),
      }));
    case 'choice':
      return common(objectShapes(node.target)).map(({ properties }) => ({
        properties: properties.filter(({ name }) => node.keys.includes(name) === (node.name === 'Pick')),
      }));
    case 'record':
      return [recordShape(node.keys, node.value)];
    case 'declared':
      return objectShapes(unfold(node));
    default:
      return [];
  }
}

/** Whether all values of a type are objects with known properties. */
export function isObjectType(node: TypeNode): boolean {
  if (node.kind === 'union' || node.kind === 'intersection') return node.members.every(isObjectType);
  if (node.kind === 'change' || node.kind === 'choice') return isObjectType(node.target);
  return node.kind === 'declared' ? isObjectType(unfold(node)) : node.kind === 'object' || node.kind === 'record';
}

function joined(left: Shape, right: Shape): Shape {
  const index = left.index ?? right.index;
  return { properties: [...left.properties, ...right.properties], ...(index === undefined ? {} : { index }) };
}

/** What TypeScript knows of a union as a whole: the properties that all of its objects have. */
function common(shapes: readonly Shape[]): readonly Shape[] {
  const [first, ...others] = shapes;
  if (first === undefined || others.length === 0) return shapes;
  const properties = first.properties.flatMap((property): readonly Property[] => {
    const same = others.flatMap((other) => other.properties.find(({ name }) => name === property.name) ?? []);
    if (same.length < others.length) return [];
    const all = [property, ...same];
    const type: TypeNode = { kind: 'union', members: all.map((own) => own.type) };
    return [{ ...property, optional: all.some(({ optional }) => optional), type }];
  });
  return [{ properties }];
}

function recordShape(keys: readonly string[] | string, value: TypeNode): Shape {
  if (isEnumName(keys))
    return recordShape(
      enumMembers(keys).map(([, text]) => String(text)),
      value,
    );
  if (typeof keys === 'string') return { properties: [], index: { key: 'string', type: value } };
  return { properties: keys.map((name) => ({ name, optional: false, readonly: false, type: value })) };
}
