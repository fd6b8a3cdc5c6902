/**
 * Standard Schema, version 1 (standardschema.dev): what zod, valibot, arktype and others agree on, so that a schema of any of them
 * can say what a tool takes and gives.
 */
import { type Violation, invalidValue, pointerOf } from './typed-values.ts';

/** A schema that takes an `Input` and gives an `Output`. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a validation comes to: a value, or what is wrong. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** Something that is wrong with a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type that a schema takes. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];
/** The type that a schema gives. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/* A schema may find something wrong with each of a million items. */
const violationsMax = 1_000;

/** Whether a value is a schema. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = (value as Record<string, unknown>)['~standard'];
  return typeof standard === 'object' && standard !== null && typeof Reflect.get(standard, 'validate') === 'function';
}

/**
 * What a schema makes of a value.
 * @throws {ToolError} `code`, with every issue, where it does not fit.
 */
export async function validated(
  value: unknown,
  schema: StandardSchema,
  code: 'INPUT_INVALID' | 'OUTPUT_INVALID',
): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw invalidValue(code, result.issues.slice(0, violationsMax).map(violationOf));
}

function violationOf({ message, path = [] }: StandardIssue): Violation {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return { pointer: pointerOf(keys.map((key) => (typeof key === 'symbol' ? String(key) : key))), message };
}
