/** Values with byte sequences, in and out of JSON: the forms of the ABI and of text, the escape of reserved keys, and the parser for JSON of others. */
export { bigintTextPattern, dateTextPattern, isDateText } from './date-text.ts';
export { decodeValue } from './decode-value.ts';
export { encodeValue } from './encode-value.ts';
export type { ValueCode } from './errors.ts';
export { fragmentKeys, pointerKeys, pointerPart } from './json-pointer.ts';
export { endOfString, parseJson } from './parse-json.ts';
export { type BlobForm, abiForm, textForm, valueDepthMax } from './forms.ts';
