import { tool } from '@aria/sdk';
import { parse, tokenizer } from 'acorn';

export const acorn = tool({ description: 'Modern JavaScript to a syntax tree, tokens, Unicode names and patterns, faults with their places' }, ({ source }: { source: string }) => {
  try {
    return { tree: JSON.stringify(parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true }), (_, value: unknown) => (typeof value === 'bigint' || value instanceof RegExp ? String(value) : value)), tokens: Array.from(tokenizer(source, { ecmaVersion: 'latest' }), ({ type, start, end }) => `${type.label} ${start}-${end}`) };
  } catch (error) {
    return { tree: String(error), tokens: [] };
  }
});

export const inputs = [{ source: 'export class Ä { #x = 1n; static { this.y ??= /(?<jahr>\\p{Nd}{4})/u; } async *[`m${1}`]() { for await (const z of this?.a) yield z ** 2; } }' }, { source: 'let let = 1;' }];
