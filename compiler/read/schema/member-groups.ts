/**
 * Which objects of a union a literal may be of at once. TypeScript rules members out by properties that tell some of them apart, and
 * lets a literal have the properties of all that are left. So a union falls into groups: what is in a group is left together for some
 * values. Groups overlap; whatever a value is, one of them is exactly what is left for it.
 */
import { ts } from '../typescript.js';
import { literalOf } from './literal-order.ts';
import { keyPattern } from './object-schema.ts';
import { isUndefined } from './type-shapes.ts';

/** Members that are left together. */
export interface MemberGroup {
  /** Their indexes. */
  readonly members: readonly number[];
  /** Those of them that a value may fit. */
  readonly possible: readonly number[];
  /** By properties that tell members apart, the types that leave all of these; none where it must not be there. */
  readonly told: ReadonlyMap<string, readonly ts.Type[]>;
}

/** Beyond this many groups members are no longer told apart, so that literals may have more properties than TypeScript lets them. */
const groupsMax = 256;

/** A property that tells members apart. */
interface Discriminant {
  readonly name: string;
  /** By member, whether the property is always there. */
  readonly required: readonly boolean[];
  readonly cases: readonly Case[];
}

/** Types of a discriminant that leave the same members. */
interface Case {
  readonly types: readonly ts.Type[];
  readonly members: ReadonlySet<number>;
}

/** The groups of a union's objects. */
export function memberGroups(types: readonly ts.Type[], checker: ts.TypeChecker): readonly MemberGroup[] {
  const discriminants = discriminantsOf(types, checker);
  let sets: readonly (readonly number[])[] = [types.map((_, index) => index)];
  for (const { cases, required } of discriminants) {
    const next = sets.flatMap((set) =>
      set.length === 1
        ? [set]
        : [
            ...cases.map(({ members }) => set.filter((member) => members.has(member))),
            ...(set.every((member) => required[member]) ? [] : [set]),
          ],
    );
    const unique = [...new Map(next.map((set) => [set.join(' '), set])).values()].filter(({ length }) => length > 0);
    if (unique.length <= groupsMax) sets = unique;
  }
  const groups = sets
    .map((members) => groupOf(members, discriminants))
    .filter(({ possible }) => possible.length > 0)
    .sort((a, b) => b.members.length - a.members.length);
  const kept: MemberGroup[] = [];
  for (const group of groups) if (!kept.some((larger) => covers(larger, group))) kept.push(group);
  return kept.map((group) => ({
    ...group,
    told: new Map([...group.told].map(([name, own]) => [name, widest(own, checker)])),
  }));
}

/** Types without those that others of them take. */
function widest(types: readonly ts.Type[], checker: ts.TypeChecker): readonly ts.Type[] {
  const wide = types.filter((type) => literalOf(type) === undefined);
  return types.filter((type) => !wide.some((other) => other !== type && takes(other, type, checker)));
}

function groupOf(members: readonly number[], discriminants: readonly Discriminant[]): MemberGroup {
  const told = new Map(
    discriminants.map(({ name, cases }) => {
      const fitting = cases.filter((one) => members.every((member) => one.members.has(member)));
      return [name, fitting.flatMap(({ types }) => types)];
    }),
  );
  const possible = members.filter((member) =>
    discriminants.every(({ name, required }) => !required[member] || told.get(name)?.length !== 0),
  );
  return { members, possible, told };
}

/** Whether a group takes all that another one takes. */
function covers(larger: MemberGroup, smaller: MemberGroup): boolean {
  return (
    smaller.members.every((member) => larger.members.includes(member)) &&
    smaller.possible.every((member) => larger.possible.includes(member)) &&
    // What leaves the larger group leaves the smaller one, too.
    [...smaller.told].every(([name, types]) => larger.told.get(name)?.length === types.length)
  );
}

/** The properties by which TypeScript tells members apart: their types differ, and one of them is of literals. */
function discriminantsOf(types: readonly ts.Type[], checker: ts.TypeChecker): readonly Discriminant[] {
  const counts = new Map<string, number>();
  for (const { name } of types.flatMap((type) => checker.getPropertiesOfType(type)))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  const shared = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
  return shared.flatMap((name) => {
    const properties = types.map((type) => type.getProperty(name));
    const own = properties.flatMap((property) => (property === undefined ? [] : [checker.getTypeOfSymbol(property)]));
    if (new Set(own).size === 1 || !own.some(isOfLiterals)) return [];
    const parts = types.map((type) => partsOf(type, name, checker));
    return [
      {
        name,
        required: types.map((_, index) => isRequired(properties[index], checker)),
        cases: casesOf(parts, checker),
      },
    ];
  });
}

/** The types that a property may have, if a member knows it. */
function partsOf(type: ts.Type, name: string, checker: ts.TypeChecker): readonly ts.Type[] | undefined {
  const known = typeOfName(type, name, checker);
  if (known === undefined) return undefined;
  return (known.isUnion() ? known.types : [known]).filter((part) => !isUndefined(part) && !isNever(part));
}

/** The type that an object has for a name, by a property or an index signature; `undefined` where it knows no such name. */
export function typeOfName(type: ts.Type, name: string, checker: ts.TypeChecker): ts.Type | undefined {
  const property = type.getProperty(name);
  if (property !== undefined) return checker.getTypeOfSymbol(property);
  const signatures = checker.getIndexInfosOfType(type);
  const matching = signatures.find(({ keyType }) => {
    const pattern = keyPattern(keyType);
    return pattern !== undefined && new RegExp(pattern, 'u').test(name);
  });
  return (matching ?? signatures.find(({ keyType }) => keyType.flags & ts.TypeFlags.String))?.type;
}

function casesOf(parts: readonly (readonly ts.Type[] | undefined)[], checker: ts.TypeChecker): readonly Case[] {
  const cases = new Map<string, Case>();
  for (const part of new Set(parts.flatMap((own) => own ?? []))) {
    const members = parts.flatMap((own, index) =>
      own === undefined || own.some((other) => takes(other, part, checker)) ? [index] : [],
    );
    const key = members.join(' ');
    const types = [...(cases.get(key)?.types ?? []), part];
    cases.set(key, { types, members: new Set(members) });
  }
  return [...cases.values()];
}

/** Whether all values of a part fit a type. Of two object types that is not asked: a literal may fit both, or have too much for one. */
function takes(type: ts.Type, part: ts.Type, checker: ts.TypeChecker): boolean {
  if (type === part) return true;
  const literal = literalOf(part);
  if (literal !== undefined && literal === literalOf(type)) return true;
  return (part.flags & ts.TypeFlags.Object) === 0 && checker.isTypeAssignableTo(part, type);
}

function isRequired(property: ts.Symbol | undefined, checker: ts.TypeChecker): boolean {
  if (property === undefined || property.flags & ts.SymbolFlags.Optional) return false;
  const type = checker.getTypeOfSymbol(property);
  return !isUndefined(type) && !(type.isUnion() && type.types.some(isUndefined));
}

function isOfLiterals(type: ts.Type): boolean {
  const unit = ts.TypeFlags.Literal | ts.TypeFlags.Enum | ts.TypeFlags.Null | ts.TypeFlags.Undefined;
  const pattern = ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping;
  return type.isUnion() ? type.types.every(({ flags }) => flags & unit) : (type.flags & (unit | pattern)) !== 0;
}

function isNever({ flags }: ts.Type): boolean {
  return (flags & ts.TypeFlags.Never) !== 0;
}
