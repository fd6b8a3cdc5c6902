/** The schema of an object: its properties with what their JSDoc says, and its index signatures. */
import { ts } from '../typescript.js';
import { compareText } from '../../check/diagnostic.ts';
import { documentationOfSymbol } from '../documentation.ts';
import { isForeign } from '../foreign-files.ts';
import { type Deriving, type Position, deeper } from './deriving.ts';
import { withDocKeywords } from './doc-keywords.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { symbolOfReference } from './literal-order.ts';
import { mappedTextPattern, numberKeyPattern, templatePattern } from './text-patterns.ts';
import { propertyPath } from './type-path.ts';
import { isUndefined, propertiesInOrder } from './type-shapes.ts';
import type { Unsupported } from './unsupported-types.ts';

/** Keys that mean bytes in JSON: an object that may have them has to be escaped. */
const escapedKeys: ReadonlySet<string> = new Set(['$blob', '$base64', '$literal']);

/** The schema of an object, which is not closed yet. */
export function objectSchema(type: ts.Type, position: Position, derivation: Deriving): JsonSchema {
  const { checker, directory } = derivation.scope;
  const symbol = type.aliasSymbol ?? type.symbol;
  const description =
    symbol && !symbol.declarations?.some((node) => isForeign(node, directory))
      ? documentationOfSymbol(symbol, checker).description
      : '';
  const properties: [string, JsonSchema][] = [];
  const required: string[] = [];
  for (const property of propertiesInOrder(type, checker)) {
    const read = propertySchema(property, position, derivation);
    if (read.schema !== undefined) properties.push([property.name, read.schema]);
    if (!read.optional) required.push(property.name);
  }
  const index = indexSignatures(type, position, derivation);
  const weak = position.lenient === true ? weakNames(type, checker) : [];
  return {
    type: 'object',
    ...(description === '' ? {} : { description }),
    ...(properties.length === 0 && Object.keys(index).length > 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(required.length === 0 ? {} : { required }),
    ...index,
    ...(weak.length === 0 ? {} : { anyOf: [nothing, ...weak.map((name) => ({ required: [name] }))] }),
  };
}

/** The schema of an object without properties. */
export const nothing: JsonSchema = { maxProperties: 0 };

/** The properties of a type of which TypeScript wants a value to have one, unless it has none at all: all of them are optional. */
export function weakNames(type: ts.Type, checker: ts.TypeChecker): readonly string[] {
  const properties = checker.getPropertiesOfType(type);
  const weak = properties.every(({ flags }) => flags & ts.SymbolFlags.Optional);
  return weak && checker.getIndexInfosOfType(type).length === 0 ? properties.map(({ name }) => name) : [];
}

/** A property; without a schema where it is never there. */
interface ReadProperty {
  readonly schema?: JsonSchema;
  /** Whether it may be absent. */
  readonly optional: boolean;
}

function propertySchema(property: ts.Symbol, position: Position, derivation: Deriving): ReadProperty {
  const { checker, directory } = derivation.scope;
  const { name } = property;
  if (escapedKeys.has(name)) derivation.blobs = true;
  const declaration = property.valueDeclaration ?? property.declarations?.[0];
  const own = declaration && !isForeign(declaration, directory) ? declaration : undefined;
  const written = own && (ts.isPropertySignature(own) || ts.isPropertyDeclaration(own)) ? own.type : undefined;
  const symbolic = property.escapedName.toString().startsWith('__@');
  const path = symbolic ? `${position.path}[symbol]` : propertyPath(position.path, name);
  const inner: Position = { ...deeper(position), path, written, node: own ?? position.node };
  const type = checker.getTypeOfSymbol(property);
  const unsupported = unsupportedName(name, symbolic);
  if (unsupported !== undefined) {
    derivation.refuse(type, inner, unsupported);
    return { optional: true };
  }
  const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
  // `kind?: never` says that a property is not there.
  if (isUndefined(type) || (optional && type.flags & ts.TypeFlags.Never)) return { optional: true };
  const schema = derivation.use(type, { ...inner, absence: 'dropped' });
  return {
    schema: own === undefined ? schema : documented(schema, property, inner, derivation),
    optional: optional || (type.isUnion() && type.types.some(isUndefined)),
  };
}

function unsupportedName(name: string, symbolic: boolean): Unsupported | undefined {
  if (symbolic) return { noun: 'a property with a symbol for a name', remedy: 'Name it by a string' };
  return name === '__proto__'
    ? { noun: 'a property that JavaScript itself uses', remedy: 'Give it another name' }
    : undefined;
}

function documented(
  schema: JsonSchema,
  property: ts.Symbol,
  { written, path, node }: Position,
  { scope, definitions }: Deriving,
): JsonSchema {
  const { checker, directory } = scope;
  const alias = written && ts.isTypeReferenceNode(written) ? symbolOfReference(written, checker) : undefined;
  const ofAlias =
    alias &&
    alias.flags & ts.SymbolFlags.TypeAlias &&
    !alias.declarations?.some((declaration) => isForeign(declaration, directory))
      ? alias
      : undefined;
  const said = documentationOfSymbol(property, checker);
  const saidOfAlias = ofAlias && documentationOfSymbol(ofAlias, checker);
  const tags = [...(saidOfAlias?.tags ?? []), ...said.tags];
  const description = said.description || (saidOfAlias?.description ?? '');
  const described = description === '' ? schema : { ...schema, description };
  return withDocKeywords({ path, node, schema: described, definitions }, tags, scope);
}

function indexSignatures(type: ts.Type, position: Position, derivation: Deriving): JsonSchema {
  let additional: JsonValue | undefined;
  const patterns: [string, JsonSchema][] = [];
  for (const { keyType, type: valueType } of derivation.scope.checker.getIndexInfosOfType(type)) {
    derivation.blobs = true;
    const schema = derivation.use(valueType, {
      ...deeper(position),
      path: `${position.path}[string]`,
      written: undefined,
      absence: 'dropped',
    });
    const pattern = keyPattern(keyType);
    if (keyType.flags & ts.TypeFlags.String) additional = schema;
    else if (pattern !== undefined) patterns.push([pattern, schema]);
    else
      derivation.refuse(keyType, position, {
        noun: 'an object whose keys are symbols',
        remedy: 'Write Record<string, …>',
      });
  }
  if (additional === undefined && patterns.length > 0) additional = !derivation.closes(position);
  return {
    ...(patterns.length === 0
      ? {}
      : { patternProperties: Object.fromEntries(patterns.toSorted(([a], [b]) => compareText(a, b))) }),
    ...(additional === undefined ? {} : { additionalProperties: additional }),
  };
}

/** What the names that an index signature is for look like; `undefined` for any text. */
export function keyPattern(keyType: ts.Type): string | undefined {
  if (keyType.flags & ts.TypeFlags.Number) return numberKeyPattern;
  if (keyType.flags & ts.TypeFlags.TemplateLiteral) return templatePattern(keyType as ts.TemplateLiteralType);
  return keyType.flags & ts.TypeFlags.StringMapping ? mappedTextPattern(keyType as ts.StringMappingType) : undefined;
}
