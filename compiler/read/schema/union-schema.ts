/** Derives the schema of a union: literals become one `enum`, the rest alternatives in an order that only depends on them. */
import type { ts } from '../typescript.js';
import type { Deriving, OpenSchema, Position } from './deriving.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Literal, inAuthoredOrder, literalOf } from './literal-order.ts';
import { objectAlternatives } from './object-alternatives.ts';
import { compareSchemas } from './schema-types.ts';
import { isUndefined } from './type-shapes.ts';
import { typedKindOf } from './typed-values.ts';

/** The members of a union by what becomes of them. */
interface Members {
  readonly literals: readonly Literal[];
  readonly others: readonly ts.Type[];
  readonly boolean: boolean;
  readonly null: boolean;
}

/** A union. */
export interface Union {
  readonly types: readonly ts.Type[];
  /** The node that has its members in the author's order, where there is one. */
  readonly written?: ts.Node | undefined;
}

/** The schema of a union. */
export function unionSchema({ types, written }: Union, position: Position, derivation: Deriving): JsonSchema {
  const { absence, ...rest } = position;
  const absent = types.find(isUndefined);
  if (absent !== undefined && absence === undefined) {
    derivation.refuse(absent, position, {
      noun: 'undefined in some cases',
      remedy: 'Write null, or make the property that holds it optional',
    });
  }
  const members = sortMembers(
    types.filter((member) => !isUndefined(member)),
    absent !== undefined && absence === 'null',
  );
  const literals = inAuthoredOrder(members.literals, written, derivation.scope.checker);
  const inner: Position = { ...rest, written: undefined, depth: rest.depth + 1 };
  const opened = members.others.map((type) => ({ type, ...derivation.open(type, inner) }));
  const objects = opened.filter(({ names }) => names === true);
  const others = opened.filter(({ names }) => names !== true);
  const alternatives = [
    ...(members.boolean ? [{ type: 'boolean' }] : []),
    ...objectAlternatives(objects, inner, derivation),
    ...bigintAlternative(others.filter(isBigintLiteral).map(({ schema }) => schema)),
    ...others.filter((member) => !isBigintLiteral(member)).map(({ schema }) => schema),
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
    // A member of an enum and a literal may be different types with the same value.
    literals: [
      ...new Set(
        values.flatMap(({ literal }) =>
          literal === undefined || literal === null || (boolean && typeof literal === 'boolean') ? [] : [literal],
        ),
      ),
    ],
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

function oneOrAny(alternatives: readonly JsonSchema[]): JsonSchema {
  const unique = [...new Map(alternatives.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [only] = unique;
  return unique.length === 1 && only !== undefined ? only : { anyOf: unique };
}
