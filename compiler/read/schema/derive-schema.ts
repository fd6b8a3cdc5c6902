/**
 * Derives JSON Schema 2020-12 from TypeScript's types. Invariants:
 * - Equal types give equal text: nothing depends on the order in which TypeScript happened to meet types.
 * - What TypeScript refuses in an object literal, the schema of an input refuses (`additionalProperties: false`); an output may
 *   carry more than its type says.
 * - A type that contains itself is in `$defs`, once, and open; each reference closes it where it stands.
 */
import { ts } from '../typescript.js';
import { compareText } from '../../check/diagnostic.ts';
import { documentationOfSymbol } from '../documentation.ts';
import { isAmbient, isForeign } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { withDocKeywords } from './doc-keywords.ts';
import type { Deriving, OpenSchema, Position } from './deriving.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { literalOf, symbolOfReference } from './literal-order.ts';
import { withObjectType } from './schema-types.ts';
import {
  brandedBase,
  isErroneous,
  isUndefined,
  propertiesInOrder,
  templatePattern,
  writtenElement,
} from './type-shapes.ts';
import { propertyPath, shortPath } from './type-path.ts';
import { unionSchema } from './union-schema.ts';
import { type Unsupported, unsupportedObject, unsupportedPrimitive } from './unsupported-types.ts';

/** A schema holds at most this many types, so that a type of a whole library ends in a message. */
export const typeNodesMax = 4_000;
/** Types are nested at most this deep, which ends types that grow as they are looked into. */
export const typeDepthMax = 40;

/** The schema of bytes. */
export const bytesSchema: JsonSchema = { $comment: 'bytes', 'aria:blob': true };
/** The schema of the input of a tool without a parameter. */
export const emptyInputSchema: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/** Keys that mean bytes in JSON: an object that may have them has to be escaped. */
const escapedKeys: ReadonlySet<string> = new Set(['$blob', '$base64', '$literal']);

/** A schema, and whether values of it may hold bytes or keys that are escaped. */
export interface DerivedSchema {
  readonly schema: JsonSchema;
  readonly blobs: boolean;
}

/** A type to derive a schema from. */
export interface TypeToDerive {
  readonly type: ts.Type;
  readonly direction: 'input' | 'output';
  /** What diagnostics point at where the type itself is not in the project. */
  readonly node: ts.Node;
}

/** Derives a schema. Types that have none are reported, and accept anything in it. */
export function deriveSchema({ type, direction, node }: TypeToDerive, scope: ReadScope): DerivedSchema {
  const derivation = new Derivation(scope, direction === 'input');
  const schema = derivation.root(type, {
    path: direction,
    node,
    written: ts.isTypeNode(node) ? node : undefined,
    depth: 0,
    absence: direction === 'input' ? 'dropped' : 'null',
  });
  return { schema, blobs: derivation.blobs };
}

class Derivation implements Deriving {
  readonly closed: boolean;
  readonly scope: ReadScope;
  blobs = false;
  readonly #definitions = new Map<string, JsonSchema>();
  /** Types that are being derived, and the names of those that turned out to contain themselves. */
  readonly #active = new Map<string, string | undefined>();
  readonly #named = new Map<string, string>();
  readonly #identities = new Map<ts.Type, number>();
  #nodes = 0;

  constructor(scope: ReadScope, closed: boolean) {
    this.scope = scope;
    this.closed = closed;
  }

  /** The schema of a whole type, with its definitions. */
  root(type: ts.Type, position: Position): JsonSchema {
    const { schema, closable } = this.open(type, position, true);
    const named = [...this.#definitions].sort(([a], [b]) => compareText(a, b));
    const definitions = named.length === 0 ? {} : { $defs: Object.fromEntries(named) };
    return { ...withObjectType(closable ? this.close(schema) : schema), ...definitions };
  }

  /** The schema of a type where it is used. */
  use(type: ts.Type, position: Position): JsonSchema {
    const { schema, closable } = this.open(type, position);
    return closable ? this.close(schema) : schema;
  }

  close(schema: JsonSchema): JsonSchema {
    if (!this.closed) return schema;
    return '$ref' in schema ? { ...schema, unevaluatedProperties: false } : { ...schema, additionalProperties: false };
  }

  /** `inPlace` writes a type out even where it is a definition too. */
  open(type: ts.Type, position: Position, inPlace = false): OpenSchema {
    this.#nodes += 1;
    if (this.#nodes > typeNodesMax || position.depth > typeDepthMax) return this.#refuseSize(position);
    if (this.#isAnyJson(type)) return this.#any();
    const primitive = this.#primitive(type, position);
    if (primitive !== undefined) return { schema: primitive, closable: false };
    const base = brandedBase(type) ?? onlyPresent(type, position);
    if (base !== undefined) return this.open(base, position);
    if (!type.isUnion() && !this.#isPlainObject(type)) return this.#special(type, position);
    return this.#recursive(type, position, inPlace);
  }

  refuse(type: ts.Type, { path, node }: Position, { noun, remedy }: Unsupported): OpenSchema {
    const facts = {
      code: 'TYPE_UNSUPPORTED',
      message: `Cannot derive a schema: "${path}" is ${noun}`,
      remedy,
    } as const;
    if (isErroneous(type)) this.scope.reportUnlessErrors(node, facts);
    else this.scope.report(node, facts);
    return { schema: {}, closable: false };
  }

  #any(): OpenSchema {
    this.blobs = true;
    return { schema: {}, closable: false };
  }

  #refuseSize({ path, node }: Position): OpenSchema {
    // Said once: what follows in a type of that size is no news.
    if (this.#nodes < Infinity) {
      this.scope.report(node, {
        code: 'TYPE_TOO_LARGE',
        message: `Cannot derive a schema: at "${shortPath(path)}" the type is beyond ${typeNodesMax} parts or ${typeDepthMax} levels`,
        remedy: 'Name the parts that the tool needs in an interface of its own',
      });
    }
    this.#nodes = Infinity;
    return { schema: {}, closable: false };
  }

  #isAnyJson(type: ts.Type): boolean {
    if (!type.isUnion()) return false;
    return ['Json', 'ToolValue'].some((name) => {
      const json = this.scope.sdk.typeNamed(name);
      // An optional property loses the name of its type, so the members decide.
      return (
        json?.isUnion() === true && json.types.every((member) => isUndefined(member) || type.types.includes(member))
      );
    });
  }

  #primitive(type: ts.Type, position: Position): JsonSchema | undefined {
    const unsupported = unsupportedPrimitive(type);
    if (unsupported !== undefined) return this.refuse(type, position, unsupported).schema;
    const { flags } = type;
    if (flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.isUnionOrIntersection()) return undefined;
    const literal = literalOf(type);
    if (literal !== undefined) return { const: literal };
    if (flags & ts.TypeFlags.TemplateLiteral)
      return { type: 'string', pattern: templatePattern(type as ts.TemplateLiteralType) };
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' };
    return flags & ts.TypeFlags.NumberLike ? { type: 'number' } : undefined;
  }

  #isPlainObject(type: ts.Type): boolean {
    const { checker } = this.scope;
    if (checker.isArrayType(type) || checker.isTupleType(type)) return false;
    return unsupportedObject(type, checker, isAmbient) === undefined;
  }

  #special(type: ts.Type, position: Position): OpenSchema {
    const { checker } = this.scope;
    if (checker.isTupleType(type))
      return { schema: this.#tuple(type as ts.TupleTypeReference, position), closable: false };
    if (checker.isArrayType(type)) {
      const [element] = checker.getTypeArguments(type as ts.TypeReference);
      const items =
        element &&
        this.use(element, {
          ...deeper(position),
          path: `${position.path}[]`,
          written: writtenElement(position.written),
        });
      return { schema: { type: 'array', items: items ?? {} }, closable: false };
    }
    if (type.symbol?.name === 'Uint8Array' && type.symbol.declarations?.some(isAmbient)) {
      this.blobs = true;
      return { schema: bytesSchema, closable: false };
    }
    const unsupported = unsupportedObject(type, checker, isAmbient);
    return this.refuse(
      type,
      position,
      unsupported ?? { noun: 'a type without a form in JSON', remedy: 'Write an interface' },
    );
  }

  #tuple(type: ts.TupleTypeReference, position: Position): JsonSchema {
    const { checker } = this.scope;
    const { elementFlags, minLength } = type.target;
    const elements = checker.getTypeArguments(type).map((element, index) => {
      const path = `${position.path}[${index}]`;
      const optional = ((elementFlags[index] ?? 0) & ts.ElementFlags.Optional) !== 0;
      return this.use(element, {
        ...deeper(position),
        path,
        written: undefined,
        ...(optional ? { absence: 'dropped' as const } : {}),
      });
    });
    const restIndex = elementFlags.findIndex((flags) => flags & ts.ElementFlags.Variable);
    if (restIndex >= 0 && restIndex < elements.length - 1) {
      return this.refuse(type, position, { noun: 'a tuple whose rest is not last', remedy: 'Put the rest last' })
        .schema;
    }
    const fixed = restIndex < 0 ? elements : elements.slice(0, restIndex);
    const items = restIndex < 0 ? false : (elements[restIndex] ?? false);
    if (fixed.length === 0) return items === false ? { type: 'array', maxItems: 0 } : { type: 'array', items };
    const maximum = restIndex < 0 ? { maxItems: fixed.length } : {};
    return { type: 'array', prefixItems: fixed, items, minItems: minLength, ...maximum };
  }

  /** Derives an object or a union, which may contain itself. */
  #recursive(type: ts.Type, position: Position, inPlace: boolean): OpenSchema {
    const key = this.#keyOf(type);
    const closable = !type.isUnion() && this.#isClosable(type);
    const known = this.#named.get(key);
    if (known !== undefined && !inPlace) return { schema: { $ref: `#/$defs/${known}` }, closable };
    if (this.#active.has(key)) {
      const name = this.#active.get(key) ?? this.#nameFor(type);
      this.#active.set(key, name);
      return { schema: { $ref: `#/$defs/${name}` }, closable };
    }
    this.#active.set(key, undefined);
    const schema = type.isUnion() ? unionSchema(type, position, this) : this.#object(type, position);
    const name = this.#active.get(key);
    this.#active.delete(key);
    if (name === undefined) return { schema, closable };
    this.#named.set(key, name);
    this.#definitions.set(name, schema);
    return { schema: inPlace ? schema : { $ref: `#/$defs/${name}` }, closable };
  }

  /** Unions are compared by members, since one without its `undefined` is made anew each time. */
  #keyOf(type: ts.Type): string {
    if (!type.isUnion()) return String(this.#identity(type));
    const members = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    const identities = members.map((member) => this.#identity(member)).sort((a, b) => a - b);
    return `union ${identities.join(' ')}`;
  }

  #identity(type: ts.Type): number {
    const known = this.#identities.get(type);
    if (known !== undefined) return known;
    this.#identities.set(type, this.#identities.size);
    return this.#identities.size - 1;
  }

  #nameFor(type: ts.Type): string {
    const symbol = type.aliasSymbol ?? type.symbol;
    const base = symbol === undefined || symbol.name.startsWith('__') ? 'Type' : symbol.name.replace(/\W/g, '_');
    const taken = new Set([...this.#active.values(), ...this.#named.values()]);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}${count}`;
    return name;
  }

  /** TypeScript checks a literal against the names of a type that has names, unless an index signature allows all. */
  #isClosable(type: ts.Type): boolean {
    const { checker } = this.scope;
    return checker.getIndexInfosOfType(type).length === 0 && checker.getPropertiesOfType(type).length > 0;
  }

  #object(type: ts.Type, position: Position): JsonSchema {
    const symbol = type.aliasSymbol ?? type.symbol;
    const description =
      symbol && !symbol.declarations?.some((node) => this.#isForeign(node))
        ? documentationOfSymbol(symbol, this.scope.checker).description
        : '';
    const properties: [string, JsonSchema][] = [];
    const required: string[] = [];
    for (const property of propertiesInOrder(type, this.scope.checker)) {
      const optional = this.#property(property, position, properties);
      if (!optional) required.push(property.name);
    }
    const index = this.#indexSignatures(type, position);
    return {
      type: 'object',
      ...(description === '' ? {} : { description }),
      ...(properties.length === 0 && Object.keys(index).length > 0
        ? {}
        : { properties: Object.fromEntries(properties) }),
      ...(required.length === 0 ? {} : { required }),
      ...index,
    };
  }

  /** Adds a property; returns whether it may be absent. */
  #property(property: ts.Symbol, position: Position, properties: [string, JsonSchema][]): boolean {
    const { checker } = this.scope;
    const { name } = property;
    if (escapedKeys.has(name)) this.blobs = true;
    const declaration = property.valueDeclaration ?? property.declarations?.[0];
    const own = declaration && !this.#isForeign(declaration) ? declaration : undefined;
    const written = own && (ts.isPropertySignature(own) || ts.isPropertyDeclaration(own)) ? own.type : undefined;
    const symbolic = property.escapedName.toString().startsWith('__@');
    const path = symbolic ? `${position.path}[symbol]` : propertyPath(position.path, name);
    const inner: Position = { ...deeper(position), path, written, node: own ?? position.node };
    if (symbolic) {
      this.refuse(checker.getTypeOfSymbol(property), inner, {
        noun: 'a property with a symbol for a name',
        remedy: 'Name it by a string',
      });
      return true;
    }
    if (name === '__proto__') {
      this.refuse(checker.getTypeOfSymbol(property), inner, {
        noun: 'a property that JavaScript itself uses',
        remedy: 'Give it another name',
      });
      return true;
    }
    const type = checker.getTypeOfSymbol(property);
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    // `kind?: never` says that a property is not there.
    if (isUndefined(type) || (optional && type.flags & ts.TypeFlags.Never)) return true;
    const schema = this.use(type, { ...inner, absence: 'dropped' });
    properties.push([name, own === undefined ? schema : this.#documented(schema, property, inner)]);
    return optional || (type.isUnion() && type.types.some(isUndefined));
  }

  #documented(schema: JsonSchema, property: ts.Symbol, position: Position): JsonSchema {
    const { checker } = this.scope;
    const { written, path, node } = position;
    const alias = written && ts.isTypeReferenceNode(written) ? symbolOfReference(written, checker) : undefined;
    const ofAlias =
      alias && alias.flags & ts.SymbolFlags.TypeAlias && !alias.declarations?.some((node) => this.#isForeign(node))
        ? alias
        : undefined;
    const said = documentationOfSymbol(property, checker);
    const saidOfAlias = ofAlias && documentationOfSymbol(ofAlias, checker);
    const tags = [...(saidOfAlias?.tags ?? []), ...said.tags];
    const description = said.description || (saidOfAlias?.description ?? '');
    const described = description === '' ? schema : { ...schema, description };
    return withDocKeywords({ path, node, schema: described, definitions: this.#definitions }, tags, this.scope);
  }

  #isForeign(node: ts.Node): boolean {
    return isForeign(node, this.scope.directory);
  }

  #indexSignatures(type: ts.Type, position: Position): JsonSchema {
    let additional: JsonValue | undefined;
    const patterns: [string, JsonSchema][] = [];
    for (const { keyType, type: valueType } of this.scope.checker.getIndexInfosOfType(type)) {
      this.blobs = true;
      const schema = this.use(valueType, {
        ...deeper(position),
        path: `${position.path}[string]`,
        written: undefined,
        absence: 'dropped',
      });
      if (keyType.flags & ts.TypeFlags.String) additional = schema;
      else if (keyType.flags & ts.TypeFlags.Number) patterns.push(['^-?\\d+(\\.\\d+)?$', schema]);
      else if (keyType.flags & ts.TypeFlags.TemplateLiteral)
        patterns.push([templatePattern(keyType as ts.TemplateLiteralType), schema]);
      else
        this.refuse(keyType, position, { noun: 'an object whose keys are symbols', remedy: 'Write Record<string, …>' });
    }
    if (additional === undefined && patterns.length > 0) additional = !this.closed;
    return {
      ...(patterns.length === 0
        ? {}
        : { patternProperties: Object.fromEntries(patterns.toSorted(([a], [b]) => compareText(a, b))) }),
      ...(additional === undefined ? {} : { additionalProperties: additional }),
    };
  }
}

/** The one type of a property that may also be absent: `Item` of `item?: Item`. */
function onlyPresent(type: ts.Type, { absence }: Position): ts.Type | undefined {
  if (absence !== 'dropped' || !type.isUnion()) return undefined;
  const present = type.types.filter((member) => !isUndefined(member));
  return present.length === 1 && present.length < type.types.length ? present[0] : undefined;
}

/** The position of a part; what absence means is said anew for each. */
function deeper({ path, node, written, depth }: Position): Position {
  return { path, node, written, depth: depth + 1 };
}
