/** Values of JSON, and bytes: equality as JSON Schema has it, and how a message shows them. */

/** The longest text of a value in a message. */
const charactersMax = 80;

/** Whether two values are the same, whatever the order of their properties. Both are bounded in depth. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right) || ArrayBuffer.isView(left) !== ArrayBuffer.isView(right))
    return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isSame(Reflect.get(left, key), Reflect.get(right, key)));
}

/** Listed values of a schema, so that it is told at once whether a plain value is among them. */
export interface ValueList {
  /** What is neither an object nor an array. */
  readonly plain: ReadonlySet<unknown>;
  /** The others, with what it costs to compare one: a step is some twenty parts. */
  readonly structured: readonly { readonly value: unknown; readonly steps: number }[];
}

const lists = new WeakMap<readonly unknown[], ValueList>();

/** The values of a `const` or an `enum`, sorted out once. */
export function listOf(values: readonly unknown[]): ValueList {
  const known = lists.get(values);
  if (known !== undefined) return known;
  const structured = values.filter((value) => !isPlain(value));
  const list = {
    plain: new Set(values.filter(isPlain)),
    structured: structured.map((value) => ({ value, steps: Math.ceil(partsOf(value) / 20) })),
  };
  lists.set(values, list);
  return list;
}

/** Whether a value is neither an object nor an array. */
export function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function partsOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / 1_000;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + partsOf(inner), 1);
}

const shownTexts = new WeakMap<object, string>();

/** A value in a message: JSON, cut where it is long. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, charactersMax + 1)));
  if (typeof value !== 'object' || value === null) return String(value);
  const text = shownTexts.get(value) ?? cut(JSON.stringify(value));
  shownTexts.set(value, text);
  return text;
}

function cut(text: string): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}

/** Several values in a message, the first few. */
export function valuesText(values: readonly unknown[]): string {
  const shown = values.slice(0, 8).map(valueText);
  return values.length > shown.length
    ? `${shown.join(', ')} or ${values.length - shown.length} others`
    : listText(shown);
}

/** "a", "a or b", "a, b or c". */
export function listText(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`;
}
