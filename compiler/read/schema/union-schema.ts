/** Derives the schema of a union: literals become one `enum`, the rest alternatives in an order that only depends on them. */
import { ts } from '../typescript.js';
import type { Deriving, OpenSchema, Position } from './deriving.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Literal, inAuthoredOrder, literalOf } from './literal-order.ts';
import { isUndefined } from './type-shapes.ts';
import { typedKindOf } from './typed-values.ts';

/** The members of a union by what becomes of them. */
interface Members {
  readonly literals: readonly Literal[];
  readonly others: readonly ts.Type[];
  readonly boolean: boolean;
  readonly null: boolean;
}

/** The schema of a union. */
export function unionSchema(type: ts.UnionType, position: Position, derivation: Deriving): JsonSchema {
  const { absence, ...inner } = position;
  const absent = type.types.some(isUndefined);
  if (absent && absence === undefined) {
    derivation.refuse(type, position, {
      noun: 'undefined in some cases',
      remedy: 'Write null, or make the property that holds it optional',
    });
  }
  const members = sortMembers(
    type.types.filter((member) => !isUndefined(member)),
    absent && absence === 'null',
  );
  const written = position.written ?? type.aliasSymbol?.declarations?.[0] ?? type.symbol?.valueDeclaration;
  const literals = inAuthoredOrder(members.literals, written, derivation.scope.checker);
  const opened = members.others.map((member) => ({
    type: member,
    ...derivation.open(member, { ...inner, written: undefined, depth: inner.depth + 1 }),
  }));
  const alternatives = [
    ...(members.boolean ? [{ type: 'boolean' }] : []),
    ...objectAlternatives(opened, derivation),
    ...bigintAlternative(opened.filter(isBigintLiteral).map(({ schema }) => schema)),
    ...opened.filter((member) => !member.closable && !isBigintLiteral(member)).map(({ schema }) => schema),
  ].sort(compareSchemas);
  const nullJoins = members.null && literals.length > 0 && alternatives.length === 0;
  return oneOrAny([
    ...literalAlternative(nullJoins ? [...literals, null] : literals),
    ...alternatives,
    ...(members.null && !nullJoins ? [{ type: 'null' }] : []),
  ]);
}

function sortMembers(types: readonly ts.Type[], nullish: boolean): Members {
  const values = types.map((type) => ({ type, literal: literalOf(type) }));
  const booleans = values.filter(({ literal }) => typeof literal === 'boolean');
  const boolean = booleans.length === 2;
  return {
    boolean,
    null: nullish || values.some(({ literal }) => literal === null),
    literals: values.flatMap(({ literal }) =>
      literal === undefined || literal === null || (boolean && typeof literal === 'boolean') ? [] : [literal],
    ),
    others: values.filter(({ literal }) => literal === undefined).map(({ type }) => type),
  };
}

function literalAlternative(literals: readonly Literal[]): readonly JsonSchema[] {
  const [only] = literals;
  if (only === undefined) return [];
  return [literals.length === 1 ? { const: only } : { enum: literals }];
}

function isBigintLiteral({ schema }: OpenSchema): boolean {
  return Object.hasOwn(schema, 'const') && typedKindOf(schema) === 'bigint';
}

/** Literals of bigint: one `enum`, by value, since that is what their texts stand for. */
function bigintAlternative(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  if (schemas.length < 2) return schemas;
  const values = schemas.map((schema) => BigInt(String(schema['const']))).sort((a, b) => (a < b ? -1 : Number(a > b)));
  return [{ enum: values.map(String), 'aria:type': 'bigint' }];
}

/**
 * Objects of a union whose kinds a property tells apart are closed one by one. TypeScript lets a literal of any other union have
 * properties of several members, so those are closed together.
 */
function objectAlternatives(
  opened: readonly (OpenSchema & { readonly type: ts.Type })[],
  derivation: Deriving,
): readonly JsonSchema[] {
  const objects = opened.filter(({ closable }) => closable);
  const schemas = objects.map(({ schema }) => schema);
  if (
    objects.length < 2 ||
    !derivation.closed ||
    isDiscriminated(
      objects.map(({ type }) => type),
      derivation,
    )
  ) {
    return schemas.map((schema) => derivation.close(schema));
  }
  return [{ anyOf: schemas.toSorted(compareSchemas), unevaluatedProperties: false }];
}

/** Whether some property has, in each member, literals that no other member has. */
function isDiscriminated(types: readonly ts.Type[], { scope: { checker } }: Deriving): boolean {
  const [first] = types;
  const candidates = first === undefined ? [] : checker.getPropertiesOfType(first);
  return candidates.some(({ name }) => {
    const seen = new Set<Literal>();
    return types.every((type) => {
      const property = type.getProperty(name);
      const literals =
        property && !(property.flags & ts.SymbolFlags.Optional)
          ? literalsOf(checker.getTypeOfSymbol(property))
          : undefined;
      return literals !== undefined && literals.every((literal) => !seen.has(literal) && seen.add(literal));
    });
  });
}

/** The values of a literal or a union of literals; `undefined` for any other type. */
function literalsOf(type: ts.Type): readonly Literal[] | undefined {
  const literals = (type.isUnion() ? type.types : [type]).map(literalOf);
  return literals.every((literal) => literal !== undefined) ? literals : undefined;
}

function compareSchemas(a: JsonSchema, b: JsonSchema): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}

function oneOrAny(alternatives: readonly JsonSchema[]): JsonSchema {
  const unique = [...new Map(alternatives.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [only] = unique;
  return unique.length === 1 && only !== undefined ? only : { anyOf: unique };
}
