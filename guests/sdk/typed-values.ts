/**
 * Date and bigint, which stand in JSON as text. arc says where an input has them: a plan of the places, walked beside the value. An
 * output needs none, since its values say themselves what they are.
 */
import { ToolError } from './errors.ts';

/** What a text stands for. */
type TypedKind = 'date' | 'bigint';
/** What to do at a place: convert the text there, or go on by a node of the plan. */
type PlanStep = TypedKind | number;

/** How the parts of a value are converted; see `compiler/read/schema/value-plan.ts`, which writes it. */
interface PlanNode {
  readonly text?: TypedKind;
  readonly properties?: Readonly<Record<string, PlanStep | null>>;
  readonly patterns?: readonly (readonly [string, PlanStep])[];
  readonly rest?: PlanStep;
  readonly prefix?: readonly (PlanStep | null)[];
  readonly items?: PlanStep;
  readonly by?: string;
  readonly cases?: Readonly<Record<string, PlanStep>>;
}

/** The nodes of a plan; the first is that of the whole value. */
export type ValuePlan = readonly PlanNode[];

/** The keys from the whole value to a part. */
export type ValuePath = readonly (string | number)[];

/** A place of a value that is wrong: its JSON pointer, and what it must be. */
export interface Violation {
  readonly pointer: string;
  readonly message: string;
}

/* As the schemas of arc have them: a host that checks those lets nothing else through. */
const dateText =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const bigintText = /^-?(0|[1-9]\d*)$/;
const bigintCharactersMax = 4_096;
/* Beyond, ISO text has years of six digits, which RFC 3339 does not have. */
const firstYear = 0;
const lastYear = 9_999;

/**
 * Puts Dates and bigints where the plan says that a text stands for one, in place.
 * @throws {ToolError} `INPUT_INVALID` for a date that does not exist, such as the 30th of February.
 */
export function reviveValue(value: unknown, plan: ValuePlan): unknown {
  return revive(value, 0, plan, []);
}

function revive(value: unknown, step: PlanStep, plan: ValuePlan, path: ValuePath): unknown {
  const node: PlanNode = typeof step === 'string' ? { text: step } : (plan[step] ?? {});
  if (typeof value === 'string') return node.text === undefined ? value : fromText(value, node.text, path);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const { prefix = [] } = node;
      const inner = index < prefix.length ? prefix[index] : node.items;
      if (inner !== undefined && inner !== null) value[index] = revive(item, inner, plan, [...path, index]);
    }
    return value;
  }
  const object = caseOf(value, node, plan);
  if (object !== undefined)
    for (const key of Object.keys(value))
      revivePart(value as Record<string, unknown>, key, { node: object, plan, path });
  return value;
}

/* The node of an object that a property tells from its like. */
function caseOf(value: object, node: PlanNode, plan: ValuePlan): PlanNode | undefined {
  if (node.by === undefined) return node;
  const literal = Object.hasOwn(value, node.by) ? JSON.stringify((value as Record<string, unknown>)[node.by]) : '';
  const step = node.cases !== undefined && Object.hasOwn(node.cases, literal) ? node.cases[literal] : undefined;
  const found = typeof step === 'number' ? plan[step] : undefined;
  return found === undefined ? undefined : caseOf(value, found, plan);
}

function revivePart(
  object: Record<string, unknown>,
  key: string,
  { node, plan, path }: { readonly node: PlanNode; readonly plan: ValuePlan; readonly path: ValuePath },
): void {
  for (const step of stepsOf(node, key)) {
    const before = object[key];
    const after = revive(before, step, plan, [...path, key]);
    // Assignment would call the setter of `__proto__`.
    if (after !== before)
      Object.defineProperty(object, key, { value: after, writable: true, enumerable: true, configurable: true });
  }
}

function stepsOf({ properties, patterns = [], rest }: PlanNode, key: string): readonly PlanStep[] {
  if (properties !== undefined && Object.hasOwn(properties, key)) {
    const step = properties[key];
    return step === undefined || step === null ? [] : [step];
  }
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(key)).map(([, step]) => step);
  if (matching.length > 0) return matching;
  return rest === undefined ? [] : [rest];
}

/* A text of another form is one that the type allows beside it, or that the host has refused. */
function fromText(text: string, kind: TypedKind, path: ValuePath): unknown {
  if (kind === 'bigint') return text.length <= bigintCharactersMax && bigintText.test(text) ? BigInt(text) : text;
  if (!dateText.test(text)) return text;
  if (Number(text.slice(8, 10)) > daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7))))
    throw invalidValue('INPUT_INVALID', [
      { pointer: pointerOf(path), message: `must be a date that exists, and "${text.slice(0, 10)}" does not` },
    ]);
  return new Date(text);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * The value with its Dates and bigints as text; the value itself is left as it is.
 * @throws {ToolError} `OUTPUT_INVALID` for a Date that is none, or that RFC 3339 cannot say.
 * @throws {TypeError} for a value that contains itself.
 */
export function writeValue(value: unknown): unknown {
  return write(value, [], []);
}

function write(value: unknown, path: ValuePath, ancestors: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return writeLeaf(value, path);
  const toJson: unknown = (value as { readonly toJSON?: unknown }).toJSON;
  // As `JSON.stringify` does it: asked once, and what it gives is written as it is.
  const replaced: unknown = typeof toJson === 'function' ? toJson.call(value, String(path.at(-1) ?? '')) : value;
  if (typeof replaced !== 'object' || replaced === null || isLeaf(replaced)) return writeLeaf(replaced, path);
  if (ancestors.includes(replaced)) throw new TypeError('Cannot write the value as JSON: it contains itself');
  return writeParts(replaced, path, [...ancestors, replaced]);
}

function isLeaf(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof Uint8Array ||
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean
  );
}

function writeLeaf(value: unknown, path: ValuePath): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Date ? dateToText(value, path) : value;
}

function writeParts(value: object, path: ValuePath, ancestors: readonly object[]): object {
  if (Array.isArray(value)) return value.map((item: unknown, index) => write(item, [...path, index], ancestors));
  const copy: object = {};
  for (const key of Object.keys(value)) {
    const original = (value as Record<string, unknown>)[key];
    // The copy is written by `JSON.stringify`, which would ask it once more.
    if (key === 'toJSON' && typeof original === 'function') continue;
    const part = write(original, [...path, key], ancestors);
    Object.defineProperty(copy, key, { value: part, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function dateToText(date: Date, path: ValuePath): string {
  const year = date.getUTCFullYear();
  if (year >= firstYear && year <= lastYear) return date.toISOString();
  const message = Number.isNaN(year) ? 'must be a valid Date' : `must be a Date of the years 0 to 9999, not ${year}`;
  throw invalidValue('OUTPUT_INVALID', [{ pointer: pointerOf(path), message }]);
}

/** The JSON pointer of a place, RFC 6901. */
export function pointerOf(path: ValuePath): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A value that is not what the tool takes or gives, told as the host tells it. `violations` has at least one. */
export function invalidValue(code: 'INPUT_INVALID' | 'OUTPUT_INVALID', violations: readonly Violation[]): ToolError {
  const [first] = violations;
  const rest = violations.length > 1 ? `, and ${violations.length - 1} more` : '';
  const side = code === 'INPUT_INVALID' ? 'input' : 'output';
  const message = `Cannot take the ${side}: it is wrong at "${first?.pointer ?? ''}": ${first?.message ?? ''}${rest}`;
  return new ToolError(code, message, { details: { violations } });
}
