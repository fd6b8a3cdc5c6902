import { type Json, tool } from '@aria/sdk';

interface Part {
  at: Date;
  votes?: bigint;
  answers: Part[];
}
interface Everything {
  at: Date;
  maybe?: Date | null;
  either: Date | number | 'now';
  list: Date[];
  table: Record<string, bigint>;
  span: [from: Date, to: Date, ...names: string[]];
  tree: Part;
  change: { kind: 'date'; value: Date } | { kind: 'text'; value: string } | { kind: 'number'; value: bigint };
  level: 1n | 2n;
  text: string;
}

/** What a value is in JavaScript, so that a caller sees it. */
function shape(value: unknown): Json {
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (value instanceof Uint8Array) return `bytes ${value.length}`;
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shape(part)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Says what it was given. */
export const look = tool({}, (input: Everything): Json => shape(input));
/** Gives what it was given. */
export const echo = tool({}, (input: Everything): Everything => input);
/** Adds a day and doubles. */
export const later = tool({}, async ({ at, count }: { at: Date; count: bigint }) => ({
  at: new Date(at.getTime() + 86_400_000),
  count: count * 2n,
  none: undefined,
}));
/** Dates beside bytes. */
export const sign = tool({}, (input: { at: Date; bytes: Uint8Array; extra: Record<string, Date> }) => ({
  shape: shape(input) as Json,
  at: input.at,
  bytes: input.bytes,
  extra: input.extra,
}));
/** Gives a Date that is none, or that has no text. */
export const wrong = tool({}, ({ year }: { year: number }): { found: { at: Date }[] } => ({
  found: [{ at: new Date(0) }, { at: new Date(Date.UTC(year, 0)) }],
}));
/** Gives a Date alone. */
export const epoch = tool({}, () => new Date(0));
/** Takes a Date alone. */
export const year = tool({}, (at: Date) => at.getUTCFullYear());
