/** JSON Schema 2020-12, as far as the compiler writes it. */

/** A value of JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A schema. Keys are always written in the same order, so that equal types give equal text. */
export type JsonSchema = { readonly [keyword: string]: JsonValue };
