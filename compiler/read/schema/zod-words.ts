/** The words of zod that stand for keywords of JSON Schema. */
import { ts } from '../typescript.js';
import { type StaticValue, unwrap } from '../static-value.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';

/** Functions and methods that say what a text is meant to be. */
export const formatsOfZod: ReadonlyMap<string, JsonSchema> = new Map<string, JsonSchema>([
  ['email', { format: 'email' }],
  ['url', { format: 'uri' }],
  ['httpUrl', { format: 'uri' }],
  ['uuid', { format: 'uuid' }],
  ['uuidv4', { format: 'uuid' }],
  ['uuidv6', { format: 'uuid' }],
  ['uuidv7', { format: 'uuid' }],
  ['guid', { format: 'uuid' }],
  ['datetime', { format: 'date-time' }],
  ['date', { format: 'date' }],
  ['time', { format: 'time' }],
  ['duration', { format: 'duration' }],
  ['iso.datetime', { format: 'date-time' }],
  ['iso.date', { format: 'date' }],
  ['iso.time', { format: 'time' }],
  ['iso.duration', { format: 'duration' }],
  ['hostname', { format: 'hostname' }],
  ['ipv4', { format: 'ipv4' }],
  ['ipv6', { format: 'ipv6' }],
]);

/** Functions that make numbers of a certain kind. */
export const numbersOfZod: ReadonlyMap<string, JsonSchema> = new Map<string, JsonSchema>([
  ['int', { type: 'integer' }],
  ['int32', { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 }],
  ['uint32', { type: 'integer', minimum: 0, maximum: 4_294_967_295 }],
]);

/** The pattern that a method on a text says, as far as JSON Schema can have it. */
export function patternOf(
  method: string,
  argument: ts.Expression | undefined,
  value: JsonValue | undefined,
): JsonSchema | undefined {
  if (method === 'regex') return regularExpression(argument);
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  if (method === 'startsWith') return { pattern: `^${text}` };
  if (method === 'endsWith') return { pattern: `${text}$` };
  return method === 'includes' ? { pattern: text } : undefined;
}

/** A literal whose flags change nothing that JSON Schema would not do itself. */
function regularExpression(argument: ts.Expression | undefined): JsonSchema | undefined {
  const node = argument && unwrap(argument);
  if (node === undefined || !ts.isRegularExpressionLiteral(node)) return undefined;
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
  if (source === undefined || flags === undefined || !/^[dgu]*$/.test(flags)) return undefined;
  try {
    return { pattern: new RegExp(source, 'u').source };
  } catch {
    return undefined;
  }
}

/** A value that is written out, as JSON. */
export function jsonOf(value: StaticValue): JsonValue | undefined {
  switch (value.kind) {
    case 'scalar':
      return value.value;
    case 'dynamic':
      return undefined;
    case 'list': {
      const items = value.items.map(jsonOf);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case 'record': {
      const entries = [...value.entries].map(([name, entry]) => [name, jsonOf(entry.value)] as const);
      const known = entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
      return known.length === entries.length ? Object.fromEntries(known) : undefined;
    }
  }
}

/** Whether a declaration is zod's. */
export function isOfZod(node: ts.Node): boolean {
  return node.getSourceFile().fileName.includes('/node_modules/zod/');
}
