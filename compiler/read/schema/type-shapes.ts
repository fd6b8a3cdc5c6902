/** Questions about the shape of a type that TypeScript answers only in pieces. */
import { ts } from '../typescript.js';
import { isAmbient } from '../foreign-files.ts';

/** Whether a type is `undefined` or `void`. */
export function isUndefined({ flags }: ts.Type): boolean {
  return (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) !== 0;
}

/** Whether a type is the `any` that TypeScript puts in place of one that it could not find out. */
export function isErroneous(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0 && 'intrinsicName' in type && type.intrinsicName !== 'any';
}

/** The base of a branded type such as `string & { readonly brand: 'Id' }`: at run time that is all there is. */
export function brandedBase(type: ts.Type): ts.Type | undefined {
  const { StringLike, NumberLike, BooleanLike, BigIntLike } = ts.TypeFlags;
  const primitives = StringLike | NumberLike | BooleanLike | BigIntLike;
  return type.isIntersection()
    ? type.types.find((member) => member.flags & primitives || isLibraryDate(member))
    : undefined;
}

/** Whether a type is the Date of TypeScript's library, and not one of the author's. */
export function isLibraryDate({ symbol }: ts.Type): boolean {
  return symbol?.name === 'Date' && symbol.declarations?.some(isAmbient) === true;
}

/** Properties as they are written; those that a mapped type makes, which have no order, by where their originals are. */
export function propertiesInOrder(type: ts.Type, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const properties = checker.getPropertiesOfType(type);
  const objectFlags = 'objectFlags' in type ? Number(type.objectFlags) : 0;
  return objectFlags & ts.ObjectFlags.Mapped ? properties.toSorted(compareOrigins) : properties;
}

function compareOrigins(a: ts.Symbol, b: ts.Symbol): number {
  const [left, right] = [a.declarations?.[0], b.declarations?.[0]];
  if (left && right && left.getSourceFile() === right.getSourceFile() && left.pos !== right.pos)
    return left.pos - right.pos;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** The type of the elements, where an array's is written as such. */
export function writtenElement(written: ts.TypeNode | undefined): ts.TypeNode | undefined {
  if (written === undefined) return undefined;
  if (ts.isTypeOperatorNode(written)) return writtenElement(written.type);
  if (ts.isArrayTypeNode(written)) return written.elementType;
  return ts.isTypeReferenceNode(written) ? written.typeArguments?.[0] : undefined;
}
