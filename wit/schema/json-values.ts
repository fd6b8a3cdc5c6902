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

/** A value in a message: JSON, cut where it is long. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  const text = JSON.stringify(value) ?? 'nothing';
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

/** A JSON pointer's part for a key (RFC 6901). */
export function pointerPart(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
