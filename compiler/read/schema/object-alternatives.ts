/**
 * The objects of a union in a schema that refuses what TypeScript refuses in a literal. An object that nothing is left beside is closed
 * by itself. Objects that are left together are one schema: each property is what any of them lets it be, nothing else may be there,
 * and the whole fits one of them. For the latter only what the former does not say yet is repeated.
 */
import { ts } from '../typescript.js';
import type { Deriving, OpenSchema, Position } from './deriving.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { type MemberGroup, memberGroups, typeOfName } from './member-groups.ts';
import { keyPattern, nothing, objectSchema, weakNames } from './object-schema.ts';
import { compareSchemas, isSchema } from './schema-types.ts';
import { exceptNames } from './text-patterns.ts';
import { propertyPath } from './type-path.ts';
import { isUndefined } from './type-shapes.ts';

/** An object of a union. */
interface ObjectMember extends OpenSchema {
  readonly type: ts.Type;
}

/** The schemas of a union's objects: what fits one of them fits the union. */
export function objectAlternatives(
  members: readonly ObjectMember[],
  position: Position,
  derivation: Deriving,
): readonly JsonSchema[] {
  const alone = ({ schema, closable }: ObjectMember): JsonSchema =>
    closable ? derivation.close(schema, position) : schema;
  if (members.length < 2 || !derivation.closes(position)) return members.map(alone);
  const sorted = members.toSorted((a, b) => compareSchemas(a.schema, b.schema));
  const groups = memberGroups(
    sorted.map(({ type }) => type),
    derivation.scope.checker,
  );
  return groups.map((group) => {
    const [only, ...others] = group.members.flatMap((index) => sorted[index] ?? []);
    return only !== undefined && others.length === 0
      ? alone(only)
      : new ObjectMix(sorted, group, { position, derivation }).schema();
  });
}

/** Objects that are left together. */
class ObjectMix {
  readonly #members: readonly ObjectMember[];
  readonly #group: MemberGroup;
  readonly #position: Position;
  readonly #derivation: Deriving;
  /** The schemas of the members, written out. */
  readonly #closed = new Map<ObjectMember, JsonSchema>();

  constructor(
    all: readonly ObjectMember[],
    group: MemberGroup,
    { position, derivation }: { readonly position: Position; readonly derivation: Deriving },
  ) {
    this.#members = group.members.flatMap((index) => all[index] ?? []);
    this.#group = { ...group, possible: group.possible.map((index) => group.members.indexOf(index)) };
    this.#position = position;
    this.#derivation = derivation;
    for (const member of this.#members) {
      const { schema, type } = member;
      this.#closed.set(member, '$ref' in schema ? objectSchema(type, position, derivation) : schema);
    }
  }

  schema(): JsonSchema {
    const { checker } = this.#derivation.scope;
    const properties = this.#properties();
    const alternatives = this.#group.possible.flatMap((index) => {
      const member = this.#members[index];
      return member === undefined ? [] : inCommon(this.#alternative(member, properties), member.type, checker);
    });
    const [first, ...others] = alternatives.map(requiredOf);
    const required = (first ?? []).filter((name) => others.every((names) => names.includes(name)));
    const different = alternatives.map((alternative) => withoutRequired(alternative, required));
    const unique = [...new Map(different.map((schema) => [JSON.stringify(schema), schema])).values()];
    const anyOf = unique.toSorted(compareSchemas);
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
      ...this.#index([...properties.keys()]),
      ...(saysNothing(anyOf, [...properties.keys()]) ? {} : { anyOf }),
    };
  }

  /** What the properties may be, each in any member. What index signatures would let be there may be refused by name. */
  #properties(): ReadonlyMap<string, JsonSchema | false> {
    const { checker } = this.#derivation.scope;
    const names = new Set([...this.#closed.values()].flatMap((schema) => Object.keys(propertiesOf(schema))));
    const indexed = this.#members.some(({ type }) => checker.getIndexInfosOfType(type).length > 0);
    if (indexed) for (const name of this.#group.told.keys()) if (this.#isRestricted(name)) names.add(name);
    const properties = new Map<string, JsonSchema | false>();
    for (const name of names) {
      const schema = this.#property(name);
      if (schema !== undefined) properties.set(name, schema);
      else if (indexed) properties.set(name, false);
    }
    return properties;
  }

  /** What a property may be; `undefined` where it must not be there. */
  #property(name: string): JsonSchema | undefined {
    const told = this.#group.told.get(name);
    const all = this.#typesOf(name);
    if (told?.length === 0 || all.size === 0) return undefined;
    const declared = [...this.#closed.values()].flatMap((schema) => propertiesOf(schema)[name] ?? []);
    const [first, ...others] = declared.filter(isSchema);
    const same = first !== undefined && others.every((other) => JSON.stringify(other) === JSON.stringify(first));
    if (same && !this.#isRestricted(name) && !this.#isIndexed(name)) return first;
    const position = { ...this.#position, path: propertyPath(this.#position.path, name) };
    return this.#derivation.useAny(told ?? [...all], position);
  }

  /** The types that members have for a name, without what stands for absence. */
  #typesOf(name: string): ReadonlySet<ts.Type> {
    const { checker } = this.#derivation.scope;
    const types = this.#members.flatMap(({ type }) => typeOfName(type, name, checker) ?? []);
    return new Set(types.flatMap((type) => (type.isUnion() ? type.types : [type])).filter(isPresent));
  }

  /** Whether members are only left together where a property is of some of its types. */
  #isRestricted(name: string): boolean {
    const told = this.#group.told.get(name);
    return told !== undefined && [...this.#typesOf(name)].some((type) => !told.includes(type));
  }

  /** Whether a member knows a name by an index signature. */
  #isIndexed(name: string): boolean {
    const { checker } = this.#derivation.scope;
    return this.#members.some(
      ({ type }) => type.getProperty(name) === undefined && typeOfName(type, name, checker) !== undefined,
    );
  }

  /** What a member says beyond the properties of all. */
  #alternative(member: ObjectMember, properties: ReadonlyMap<string, JsonSchema | false>): JsonSchema {
    const closed = this.#closed.get(member) ?? {};
    const { type: _, properties: own, additionalProperties: _closing, ...rest } = closed;
    const lenient = (): JsonSchema => objectSchema(member.type, { ...this.#position, lenient: true }, this.#derivation);
    const absent = [...properties.keys()].filter((name) => isAbsent(member.type.getProperty(name), closed, name));
    const never = absent.map((name): [string, JsonValue] => [name, false]);
    if (!member.closable) {
      const { type: _object, ...open } = lenient();
      return never.length === 0
        ? open
        : { ...open, properties: { ...propertiesOf(open), ...Object.fromEntries(never) } };
    }
    const unsaid = (schemas: JsonSchema): [string, JsonValue][] =>
      Object.entries(schemas).filter(([name, schema]) => {
        const known = properties.get(name) ?? false;
        return known !== false && JSON.stringify(known) !== JSON.stringify(schema);
      });
    const repeated = unsaid(isSchema(own) ? own : {}).length === 0 ? [] : unsaid(propertiesOf(lenient()));
    const said = [...repeated, ...never];
    return { ...(said.length === 0 ? {} : { properties: Object.fromEntries(said) }), ...rest };
  }

  /** What the members' index signatures let be there beside the properties. */
  #index(names: readonly string[]): JsonSchema {
    const { checker } = this.#derivation.scope;
    const signatures = this.#members.map(({ type }) => checker.getIndexInfosOfType(type));
    const textType = (own: readonly ts.IndexInfo[]): readonly ts.Type[] =>
      own.filter(({ keyType }) => keyType.flags & ts.TypeFlags.String).map(({ type }) => type);
    const patterns = new Set(signatures.flat().flatMap(({ keyType }) => keyPattern(keyType) ?? []));
    const position = { ...this.#position, path: `${this.#position.path}[string]` };
    const byPattern = [...patterns].sort().map((pattern): [string, JsonSchema] => {
      const types = signatures.flatMap((own) => {
        const matching = own.filter(({ keyType }) => keyPattern(keyType) === pattern).map(({ type }) => type);
        return matching.length === 0 ? textType(own) : matching;
      });
      return [exceptNames(pattern, names), this.#derivation.useAny(types, position)];
    });
    const others = signatures.flatMap(textType);
    return {
      ...(byPattern.length === 0 ? {} : { patternProperties: Object.fromEntries(byPattern) }),
      additionalProperties: others.length === 0 ? false : this.#derivation.useAny(others, position),
    };
  }
}

/** What a member says of a value that is that member by what it has in common with it. */
function inCommon(schema: JsonSchema, type: ts.Type, checker: ts.TypeChecker): readonly JsonSchema[] {
  const names = weakNames(type, checker);
  return names.length === 0 ? [schema] : [nothing, ...names.map((name) => ({ ...schema, required: [name] }))];
}

/** Whether alternatives let through whatever has none but these properties. */
function saysNothing(alternatives: readonly JsonSchema[], names: readonly string[]): boolean {
  const texts = new Set(alternatives.map((schema) => JSON.stringify(schema)));
  const some = names.map((name): JsonSchema => ({ required: [name] }));
  return texts.has('{}') || [nothing, ...some].every((schema) => texts.has(JSON.stringify(schema)));
}

/** Whether a property is one that its type says is never there, as `kind?: never` does. */
function isAbsent(property: ts.Symbol | undefined, schema: JsonSchema, name: string): boolean {
  return property !== undefined && !Object.hasOwn(propertiesOf(schema), name);
}

function isPresent(type: ts.Type): boolean {
  return !isUndefined(type) && (type.flags & ts.TypeFlags.Never) === 0;
}

function propertiesOf({ properties }: JsonSchema): JsonSchema {
  return isSchema(properties) ? properties : {};
}

function requiredOf({ required }: JsonSchema): readonly string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

/** The schema without requirements that all share. */
function withoutRequired(schema: JsonSchema, shared: readonly string[]): JsonSchema {
  const { required: _, ...rest } = schema;
  const own = requiredOf(schema).filter((name) => !shared.includes(name));
  return own.length === 0 ? rest : { ...rest, required: own };
}
