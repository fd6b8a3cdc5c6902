/**
 * Derives JSON Schema 2020-12 from TypeScript's types. Invariants:
 * - Equal types give equal text: nothing depends on the order in which TypeScript happened to meet types.
 * - What TypeScript refuses in an object literal, the schema of an input refuses (`additionalProperties: false`); an output may
 *   carry more than its type says.
 * - A type that contains itself is in `$defs`, once, and open; each reference closes it where it stands.
 */
import { ts } from '../typescript.js';
import { compareText } from '../../check/diagnostic.ts';
import { isAmbient } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import type { Deriving, OpenSchema, Position } from './deriving.ts';
import type { JsonSchema } from './json-schema.ts';
import { arraySchema, tupleSchema } from './list-schema.ts';
import { literalOf } from './literal-order.ts';
import { objectSchema } from './object-schema.ts';
import { withObjectType } from './schema-types.ts';
import { mappedTextPattern, templatePattern } from './text-patterns.ts';
import { brandedBase, isErroneous, isUndefined } from './type-shapes.ts';
import { shortPath } from './type-path.ts';
import { typedSchema } from './typed-values.ts';
import { unionSchema } from './union-schema.ts';
import { type Unsupported, unsupportedObject, unsupportedPrimitive } from './unsupported-types.ts';
import { type ValuePlan, planValues } from './value-plan.ts';

/** A schema holds at most this many types, so that a type of a whole library ends in a message. */
export const typeNodesMax = 4_000;
/** Types are nested at most this deep, which ends types that grow as they are looked into. */
export const typeDepthMax = 40;

/** The schema of bytes. */
export const bytesSchema: JsonSchema = { $comment: 'bytes', 'aria:blob': true };
/** The schema of the input of a tool without a parameter. */
export const emptyInputSchema: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/** A schema, and what becomes of values of it on their way to the tool or from it. */
export interface DerivedSchema {
  readonly schema: JsonSchema;
  /** Whether they may hold bytes, or keys that are escaped. */
  readonly blobs: boolean;
  /** Where they hold a Date or a bigint, which JSON has as text; absent where they hold none. */
  readonly plan?: ValuePlan;
}

/** A type to derive a schema from. */
export interface TypeToDerive {
  readonly type: ts.Type;
  readonly direction: 'input' | 'output';
  /** What diagnostics point at where the type itself is not in the project. */
  readonly node: ts.Node;
  /** Whether it is what a schema among the options takes or gives. */
  readonly ofValue?: boolean;
  /** What diagnostics call it. Default: the direction. */
  readonly path?: string;
}

/** Derives a schema. Types that have none are reported, and accept anything in it. */
export function deriveSchema(
  { type, direction, node, ofValue = false, path = direction }: TypeToDerive,
  scope: ReadScope,
): DerivedSchema {
  const derivation = new Derivation(scope, direction === 'input', ofValue);
  const schema = derivation.root(type, {
    path,
    node,
    written: ts.isTypeNode(node) ? node : undefined,
    depth: 0,
    absence: direction === 'input' ? 'dropped' : 'null',
  });
  const plan = derivation.plan(schema, { path, node });
  return { schema, blobs: derivation.blobs, ...(plan === undefined ? {} : { plan }) };
}

class Derivation implements Deriving {
  readonly scope: ReadScope;
  readonly definitions = new Map<string, JsonSchema>();
  blobs = false;
  readonly #closed: boolean;
  readonly #ofValue: boolean;
  /** Whether a Date or a bigint was met. */
  #typed = false;
  /** By path, what diagnostics point at. */
  readonly #places = new Map<string, ts.Node>();
  /** Types that are being derived, and the names of those that turned out to contain themselves. */
  readonly #active = new Map<string, string | undefined>();
  readonly #named = new Map<string, string>();
  readonly #identities = new Map<ts.Type, number>();
  #nodes = 0;

  constructor(scope: ReadScope, closed: boolean, ofValue: boolean) {
    this.scope = scope;
    this.#closed = closed;
    this.#ofValue = ofValue;
  }

  /** The schema of a whole type, with its definitions. */
  root(type: ts.Type, position: Position): JsonSchema {
    const { schema, closable } = this.open(type, position, true);
    const named = [...this.definitions].sort(([a], [b]) => compareText(a, b));
    const definitions = named.length === 0 ? {} : { $defs: Object.fromEntries(named) };
    return { ...withObjectType(closable ? this.close(schema, position) : schema), ...definitions };
  }

  /** The schema of a type where it is used. */
  use(type: ts.Type, position: Position): JsonSchema {
    const { schema, closable } = this.open(type, position);
    return closable ? this.close(schema, position) : schema;
  }

  /** The schema of what is of any of several types, where it is used. */
  useAny(types: readonly ts.Type[], position: Position): JsonSchema {
    const members = [...new Set(types.flatMap((type) => (type.isUnion() ? type.types : [type])))];
    const present = members.filter((member) => !isUndefined(member));
    const [only] = present;
    if (only !== undefined && present.length === 1) return this.use(only, position);
    if (this.#isAnyJson(present)) return this.#any().schema;
    return this.#recursive(
      { key: this.#unionKey(present, position), derive: () => unionSchema({ types: present }, position, this) },
      false,
    );
  }

  closes({ lenient }: Position): boolean {
    return this.#closed && lenient !== true;
  }

  close(schema: JsonSchema, position: Position): JsonSchema {
    if (!this.closes(position)) return schema;
    return '$ref' in schema ? { ...schema, unevaluatedProperties: false } : { ...schema, additionalProperties: false };
  }

  /** `inPlace` writes a type out even where it is a definition too. */
  open(type: ts.Type, position: Position, inPlace = false): OpenSchema {
    this.#nodes += 1;
    if (this.#nodes > typeNodesMax || position.depth > typeDepthMax) return this.#refuseSize(position);
    if (!this.#places.has(position.path)) this.#places.set(position.path, position.node);
    if (this.#isAnyJson(type.isUnion() ? type.types : []) || (this.#ofValue && isAnything(type))) return this.#any();
    const typed = typedSchema(type);
    if (typed !== undefined) {
      this.#typed = true;
      return { schema: typed, closable: false };
    }
    const primitive = this.#primitive(type, position);
    if (primitive !== undefined) return { schema: primitive, closable: false };
    const base = brandedBase(type) ?? onlyPresent(type, position);
    if (base !== undefined) return this.open(base, position);
    if (!type.isUnion() && !this.#isPlainObject(type)) return this.#special(type, position);
    if (type.isUnion()) {
      const key = this.#unionKey(type.types, position);
      const union = { types: type.types, written: writtenUnion(type, position) };
      const derive = (): JsonSchema => unionSchema(union, position, this);
      return { schema: this.#recursive({ key, named: type, derive }, inPlace), closable: false };
    }
    const { closable, names } = this.#namesOf(type);
    const key = this.#keyOf(String(this.#identity(type)), position);
    const derive = (): JsonSchema => objectSchema(type, position, this);
    return { schema: this.#recursive({ key, named: type, derive }, inPlace), closable, names };
  }

  /** Where values of a finished schema are converted; what JSON cannot tell apart is reported. */
  plan(schema: JsonSchema, { path: root, node }: Pick<Position, 'path' | 'node'>): ValuePlan | undefined {
    if (!this.#typed) return undefined;
    const { plan, ambiguities } = planValues(schema, root);
    for (const { path, message, remedy } of ambiguities)
      this.scope.report(this.#placeOf(path) ?? node, { code: 'TYPE_UNSUPPORTED', message, remedy });
    return plan;
  }

  /** A part of a definition has the place of its first use, or that of what holds it. */
  #placeOf(path: string): ts.Node | undefined {
    for (let shorter = path; shorter !== ''; shorter = shorter.slice(0, Math.max(0, shorter.search(/[.[][^.[]*$/)))) {
      const place = this.#places.get(shorter);
      if (place !== undefined) return place;
    }
    return undefined;
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

  #isAnyJson(members: readonly ts.Type[]): boolean {
    // Of what is beside JSON, only that has a form of its own there which a place for any JSON must not hide.
    if (members.some((member) => typedSchema(member) !== undefined)) return false;
    return ['Json', 'ToolValue'].some((name) => {
      const json = this.scope.sdk.typeNamed(name);
      // An optional property loses the name of its type, so the members decide.
      return json?.isUnion() === true && json.types.every((member) => isUndefined(member) || members.includes(member));
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
    if (flags & ts.TypeFlags.StringMapping)
      return { type: 'string', pattern: mappedTextPattern(type as ts.StringMappingType) };
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
      return { schema: tupleSchema(type as ts.TupleTypeReference, position, this), closable: false };
    if (checker.isArrayType(type))
      return { schema: arraySchema(type as ts.TypeReference, position, this), closable: false };
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

  /** Derives an object or a union, which may contain itself. */
  #recursive({ key, named: type, derive }: Part, inPlace: boolean): JsonSchema {
    const known = this.#named.get(key);
    if (known !== undefined && !inPlace) return { $ref: `#/$defs/${known}` };
    if (this.#active.has(key)) {
      const name = this.#active.get(key) ?? this.#nameFor(type);
      this.#active.set(key, name);
      return { $ref: `#/$defs/${name}` };
    }
    this.#active.set(key, undefined);
    const schema = derive();
    const name = this.#active.get(key);
    this.#active.delete(key);
    if (name === undefined) return schema;
    this.#named.set(key, name);
    this.definitions.set(name, schema);
    return inPlace ? schema : { $ref: `#/$defs/${name}` };
  }

  /** Unions are compared by members, since one without its `undefined` is made anew each time. */
  #unionKey(types: readonly ts.Type[], position: Position): string {
    const members = types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
    const identities = members.map((member) => this.#identity(member)).sort((a, b) => a - b);
    return this.#keyOf(`union ${identities.join(' ')}`, position);
  }

  /** A type that contains itself is a definition of its own where it is not closed. */
  #keyOf(identity: string, position: Position): string {
    return this.#closed && !this.closes(position) ? `lenient ${identity}` : identity;
  }

  #identity(type: ts.Type): number {
    const known = this.#identities.get(type);
    if (known !== undefined) return known;
    this.#identities.set(type, this.#identities.size);
    return this.#identities.size - 1;
  }

  #nameFor(type: ts.Type | undefined): string {
    const symbol = type?.aliasSymbol ?? type?.symbol;
    const base = symbol === undefined || symbol.name.startsWith('__') ? 'Type' : symbol.name.replace(/\W/g, '_');
    const taken = new Set([...this.#active.values(), ...this.#named.values()]);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}${count}`;
    return name;
  }

  /** TypeScript checks a literal against the names of a type that has names, unless an index signature allows all. */
  #namesOf(type: ts.Type): Required<Omit<OpenSchema, 'schema'>> {
    const { checker } = this.scope;
    const indexed = checker.getIndexInfosOfType(type).length > 0;
    const named = checker.getPropertiesOfType(type).length > 0;
    return { closable: named && !indexed, names: named || indexed };
  }
}

/** What is derived once, and may contain itself. */
interface Part {
  readonly key: string;
  /** What gives a definition its name. */
  readonly named?: ts.Type;
  readonly derive: () => JsonSchema;
}

/** The node that has the members of a union in the author's order. */
function writtenUnion(type: ts.UnionType, { written }: Position): ts.Node | undefined {
  return written ?? type.aliasSymbol?.declarations?.[0] ?? type.symbol?.valueDeclaration;
}

/** Whether a type says nothing. Of a schema value that is no loss: the schema itself judges what it is given. */
function isAnything(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Unknown) !== 0 || ((type.flags & ts.TypeFlags.Any) !== 0 && !isErroneous(type));
}

/** The one type of a property that may also be absent: `Item` of `item?: Item`. */
function onlyPresent(type: ts.Type, { absence }: Position): ts.Type | undefined {
  if (absence !== 'dropped' || !type.isUnion()) return undefined;
  const present = type.types.filter((member) => !isUndefined(member));
  return present.length === 1 && present.length < type.types.length ? present[0] : undefined;
}
