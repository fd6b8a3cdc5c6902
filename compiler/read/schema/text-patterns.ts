/** Regular expressions of the texts that a type describes: template literals, and mappings such as `Uppercase<string>`. */
import { ts } from '../typescript.js';

/** The keys that an index signature of numbers has. */
export const numberKeyPattern = '^-?\\d+(\\.\\d+)?$';

const anyText = '[\\s\\S]*';
/** What TypeScript takes for `${number}`, white space aside: whatever JavaScript reads as a finite number. */
const anyNumber = '(?:[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|0[xX][\\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)';
const anyBigint = '(?:-?(?:0|[1-9]\\d*)|0[xX][\\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)';

/** By the mapping: what is left alone by it. */
const mappedTexts: Readonly<Record<string, string>> = {
  Uppercase: '\\P{Changes_When_Uppercased}*',
  Lowercase: '\\P{Changes_When_Lowercased}*',
  Capitalize: `(?:\\P{Changes_When_Uppercased}${anyText})?`,
  Uncapitalize: `(?:\\P{Changes_When_Lowercased}${anyText})?`,
};

/** The regular expression of a template literal type. */
export function templatePattern(type: ts.TemplateLiteralType): string {
  return `^${templateText(type)}$`;
}

/** The regular expression of `Uppercase<string>` and its like. */
export function mappedTextPattern(type: ts.StringMappingType): string {
  return `^${mappedText(type)}$`;
}

function templateText({ texts, types }: ts.TemplateLiteralType): string {
  return texts.map((text, index) => escapePattern(text) + placeholderText(types[index])).join('');
}

function placeholderText(type: ts.Type | undefined): string {
  if (type === undefined) return '';
  if (type.flags & ts.TypeFlags.Number) return anyNumber;
  if (type.flags & ts.TypeFlags.BigInt) return anyBigint;
  if (type.flags & ts.TypeFlags.StringMapping) return mappedText(type as ts.StringMappingType);
  return type.flags & ts.TypeFlags.TemplateLiteral ? templateText(type as ts.TemplateLiteralType) : anyText;
}

/** TypeScript moves what is known of the text out of a mapping, so that what is left is a mapping of all texts. */
function mappedText({ symbol }: ts.StringMappingType): string {
  return mappedTexts[symbol.name] ?? anyText;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The pattern without those of the names that fit it. */
export function exceptNames(pattern: string, names: readonly string[]): string {
  const fitting = names.filter((name) => new RegExp(pattern, 'u').test(name));
  return fitting.length === 0 ? pattern : `^(?!(?:${fitting.map(escapePattern).join('|')})$)${pattern.slice(1)}`;
}
