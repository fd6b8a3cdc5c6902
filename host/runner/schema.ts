/**
 * JSON Schemas of a tool, compiled once. A schema comes with the bundle, and a bundle may be hostile: what it says is never code here, and
 * what can take longer than linear time runs under a deadline.
 */
import { Script, createContext } from 'node:vm';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { callLimits } from '../limits.ts';
import { schemaInvalid } from '../errors.ts';

/** One place where a value does not fit. */
export interface Violation {
  /** JSON pointer, RFC 6901. */
  readonly pointer: string;
  readonly message: string;
}

/** Checks values: every violation, at most `violationsMax`; none where the value fits. */
export type SchemaCheck = (value: unknown) => readonly Violation[];

/** Bytes of a schema: arc writes some KiB. */
const schemaBytesMax = 1024 * 1024;
/** Keywords whose check is not linear in the value: backtracking, and comparing all with all. */
const slowKeywords: readonly string[] = ['pattern', 'patternProperties', 'uniqueItems', '$dynamicRef', '$recursiveRef'];
/** Milliseconds that a schema with one of them may take: a thousand times what an honest one does. */
const slowCheckMsMax = 1_000;
/** ajv's own keywords that change what a compiled schema is. */
const refusedKeywords: readonly string[] = ['$async', '$data', '$merge', '$patch'];

/**
 * Compiles a schema.
 * @throws {CodedError} `BUNDLE_MANIFEST_INVALID`.
 */
export function compileSchema(tool: string, schema: Uint8Array): SchemaCheck {
  if (schema.length > schemaBytesMax) throw schemaInvalid(tool, `it has ${schema.length} bytes, of ${schemaBytesMax}`);
  let validate: ValidateFunction;
  let slow: boolean;
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(schema));
    if (typeof json !== 'boolean' && (typeof json !== 'object' || json === null))
      throw new TypeError('it is neither an object nor a boolean');
    const keys = keysOf(json);
    const refused = refusedKeywords.find((key) => keys.has(key));
    if (refused !== undefined) throw new TypeError(`it has the keyword "${refused}"`);
    slow = slowKeywords.some((key) => keys.has(key));
    validate = createAjv().compile(json);
  } catch (cause) {
    throw schemaInvalid(tool, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const check = (value: unknown): readonly Violation[] =>
    validate(value) === true ? [] : violationsOf(validate.errors ?? []);
  return slow ? withDeadline(check) : check;
}

function createAjv(): Ajv2020 {
  // `format` is an annotation, as the specification has it by default; unknown keywords are, too.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
    addUsedSchema: false,
  });
  ajv.addKeyword({
    keyword: 'aria:blob',
    validate: (expected: unknown, value: unknown) => expected !== true || value instanceof Uint8Array,
  });
  return ajv;
}

function keysOf(schema: unknown, keys = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return keys;
  for (const [key, value] of Object.entries(schema)) {
    keys.add(key);
    keysOf(value, keys);
  }
  return keys;
}

function withDeadline(check: SchemaCheck): SchemaCheck {
  const context = createContext({ run: undefined as (() => void) | undefined });
  const script = new Script('run()');
  return (value) => {
    let found: readonly Violation[] = [];
    context['run'] = () => {
      found = check(value);
    };
    try {
      script.runInContext(context, { timeout: slowCheckMsMax });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return [{ pointer: '', message: `must be checkable within ${slowCheckMsMax} ms` }];
    } finally {
      context['run'] = undefined;
    }
    return found;
  };
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function violationsOf(errors: readonly ErrorObject[]): readonly Violation[] {
  return errors
    .slice(0, callLimits.violationsMax)
    .map((error) => ({ pointer: pointerOf(error), message: messageOf(error) }));
}

/** The place itself: ajv names the object where a property is missing or too many. */
function pointerOf({ keyword, instancePath, params }: ErrorObject): string {
  const names: Readonly<Record<string, unknown>> = params;
  const property =
    keyword === 'required' ? names['missingProperty'] : (names['additionalProperty'] ?? names['unevaluatedProperty']);
  return typeof property === 'string'
    ? `${instancePath}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : instancePath;
}

function messageOf({ keyword, message, params }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'must be there';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'must not be there';
    case 'enum':
      return `must be one of ${JSON.stringify(params['allowedValues']).slice(0, 200)}`;
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue']).slice(0, 200)}`;
    case 'aria:blob':
      return 'must be bytes';
    default:
      return message ?? `must pass "${keyword}"`;
  }
}
