/** Values that cross a boundary. */

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What tools take and give: JSON in which bytes may stand anywhere. */
export type ToolValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly ToolValue[]
  | { readonly [key: string]: ToolValue };

/** The text of a JSON value. @throws {TypeError} for what has no JSON form: a function, a symbol, undefined, a cycle. */
export function jsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`Cannot write ${typeof value} as JSON: it has no JSON form`);
  return text;
}
