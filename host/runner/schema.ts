/**
 * JSON Schemas of a tool, compiled once. A schema comes with the bundle, and a bundle may be hostile: what it says is never code here, and
 * what can take longer than linear time runs under a deadline.
 */
import { type Context, Script, createContext } from 'node:vm';
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { bigintTextPattern, isDateText, parseJson, pointerPart } from '#wit/values';
import { callLimits } from '../limits.ts';
import { schemaInvalid } from '../errors.ts';
import { isCostly } from './schema-cost.ts';

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
/** Milliseconds that a schema which is not linear may take: a thousand times what an honest one does. */
const slowCheckMsMax = 1_000;
/** The same for naming every violation where one is known already. */
const slowListMsMax = 50;
/** Characters of JSON up to which every violation is named: each is an object, and a hostile value has one every other character. */
const listedCharactersMax = 256 * 1024;
/** ajv's own keywords that change what a compiled schema is. */
const refusedKeywords: readonly string[] = ['$async', '$data', '$merge', '$patch'];
const bigintText = new RegExp(bigintTextPattern, 'u');
const uncheckable: readonly Violation[] = [
  { pointer: '', message: 'must be of a schema that can be checked: this one has keywords that fail together' },
];
const tooDeep: readonly Violation[] = [{ pointer: '', message: 'must not nest as deeply as it does' }];

/**
 * Compiles a schema.
 * @throws {CodedError} `BUNDLE_MANIFEST_INVALID`.
 */
export function compileSchema(tool: string, schema: Uint8Array): SchemaCheck {
  if (schema.length > schemaBytesMax) throw schemaInvalid(tool, `it has ${schema.length} bytes, of ${schemaBytesMax}`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(schema);
    const json: unknown = parseJson(text);
    if (typeof json !== 'boolean' && (typeof json !== 'object' || json === null))
      throw new TypeError('it is neither an object nor a boolean');
    const keys = keysOf(json);
    const refused = refusedKeywords.find((key) => keys.has(key));
    if (refused !== undefined) throw new TypeError(`it has the keyword "${refused}"`);
    const slow = slowKeywords.some((key) => keys.has(key)) || (typeof json === 'object' && isCostly(json));
    const first = createAjv(false).compile(discriminatorsFirst(json) as AnySchemaObject | boolean);
    // Most schemas never see a value that does not fit.
    let all: ValidateFunction | undefined;
    return checkOf(first, () => (all ??= createAjv(true).compile(json)), slow);
  } catch (cause) {
    throw schemaInvalid(tool, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** One violation is enough to know that a value does not fit; the others are looked for only where that ends soon. */
function checkOf(first: ValidateFunction, all: () => ValidateFunction, slow: boolean): SchemaCheck {
  const run = (validate: ValidateFunction, value: unknown, msMax: number): boolean | undefined =>
    slow ? withDeadline(() => validate(value) === true, msMax) : validate(value) === true;
  return (value) => {
    try {
      const fits = run(first, value, slowCheckMsMax);
      if (fits === true) return [];
      if (fits === undefined) return [{ pointer: '', message: `must be checkable within ${slowCheckMsMax} ms` }];
      const found = violationsOf(first.errors ?? []);
      if (!isShort(value)) return found;
      const validate = all();
      return run(validate, value, slowListMsMax) === false ? violationsOf(validate.errors ?? []) : found;
    } catch (error) {
      // The stack of the machine is the only bound of a schema that contains itself.
      if (error instanceof RangeError) return tooDeep;
      // What ajv writes for some combinations of keywords fails by itself; arc derives none of them, a bundle of others may have them.
      if (error instanceof TypeError) return uncheckable;
      throw error;
    }
  };
}

function createAjv(allErrors: boolean): Ajv2020 {
  // `format` is an annotation, as the specification has it by default; unknown keywords are, too. A schema that is referred to is a function of
  // its own: inlined, a few lines of references to references are gigabytes of code.
  const ajv = new Ajv2020({
    allErrors,
    inlineRefs: false,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
  });
  ajv.addKeyword({
    keyword: 'aria:blob',
    validate: (expected: unknown, value: unknown) => expected !== true || value instanceof Uint8Array,
  });
  // A pattern says which form a date has, but not how many days a month has.
  ajv.addKeyword({
    keyword: 'aria:type',
    validate: (expected: unknown, value: unknown) => typeof value !== 'string' || isTypedText(expected, value),
    error: {
      message: ({ schema }) =>
        schema === 'bigint'
          ? 'must be the text of a whole number, such as "12"'
          : 'must be a date and time that exists, such as 2026-01-31T08:00:00Z',
    },
  });
  return ajv;
}

/** Whether a text stands for what a schema says that it does; whatever arc does not write says nothing. */
function isTypedText(expected: unknown, text: string): boolean {
  if (expected === 'date') return isDateText(text);
  return expected !== 'bigint' || bigintText.test(text);
}

/** A copy where properties of one value come first, so that the branches of a union that are not meant end before they look further in. */
function discriminatorsFirst(schema: unknown, place = ''): unknown {
  if (Array.isArray(schema)) return schema.map((item) => discriminatorsFirst(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([key, value]) => [key, discriminatorsFirst(value, key)] as const);
  if (place !== 'properties') return Object.fromEntries(members);
  const rank = ([, schema]: readonly [string, unknown]): number =>
    typeof schema === 'object' && schema !== null && ('const' in schema || 'enum' in schema) ? 0 : 1;
  return Object.fromEntries(members.toSorted((left, right) => rank(left) - rank(right)));
}

/** Whether a value is at most about `listedCharactersMax` of JSON. Looks at no more than that. */
function isShort(value: unknown): boolean {
  let characters = 0;
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    characters += typeof next === 'string' ? next.length + 3 : 2;
    if (characters > listedCharactersMax) return false;
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next)) continue;
    if (Array.isArray(next)) {
      if (next.length > listedCharactersMax) return false;
      for (const item of next) pending.push(item);
    } else {
      for (const key in next) {
        characters += key.length + 4;
        if (characters > listedCharactersMax) return false;
        pending.push(Reflect.get(next, key));
      }
    }
  }
  return true;
}

function keysOf(schema: unknown, keys = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return keys;
  for (const [key, value] of Object.entries(schema)) {
    keys.add(key);
    keysOf(value, keys);
  }
  return keys;
}

let deadlined: { readonly context: Context; readonly script: Script } | undefined;

/** What `check` gives; nothing where it takes longer. */
function withDeadline(check: () => boolean, msMax: number): boolean | undefined {
  const { context, script } = (deadlined ??= { context: createContext({}), script: new Script('run()') });
  context['run'] = check;
  try {
    return script.runInContext(context, { timeout: msMax }) === true;
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  } finally {
    context['run'] = undefined;
  }
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function violationsOf(errors: readonly ErrorObject[]): readonly Violation[] {
  // Who is told what a text has to stand for needs no regular expression beside it.
  const typed = new Set(errors.flatMap(({ keyword, instancePath }) => (keyword === 'aria:type' ? [instancePath] : [])));
  return errors
    .filter(({ keyword, instancePath }) => keyword !== 'pattern' || !typed.has(instancePath))
    .slice(0, callLimits.violationsMax)
    .map((error) => ({ pointer: pointerOf(error), message: messageOf(error) }));
}

/** The place itself: ajv names the object where a property is missing or too many. */
function pointerOf({ keyword, instancePath, params }: ErrorObject): string {
  const names: Readonly<Record<string, unknown>> = params;
  const property =
    keyword === 'required' ? names['missingProperty'] : (names['additionalProperty'] ?? names['unevaluatedProperty']);
  return typeof property === 'string' ? `${instancePath}${pointerPart(property)}` : instancePath;
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
