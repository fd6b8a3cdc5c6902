import { tool } from '@aria/sdk';
import * as v from 'valibot';

const order = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.uuid()),
    when: v.pipe(v.string(), v.isoTimestamp(), v.transform((text) => new Date(text).getTime())),
    lines: v.pipe(v.array(v.object({ sku: v.pipe(v.string(), v.regex(/^[\p{Lu}\d-]+$/u)), count: v.pipe(v.number(), v.integer(), v.minValue(1)) })), v.minLength(1)),
    note: v.optional(v.pipe(v.string(), v.maxGraphemes === undefined ? v.maxLength(10) : v.maxLength(10)), 'none'),
  }),
  v.check(({ lines }) => lines.length < 3, 'Too many lines'),
);

export const valibot = tool(
  { description: 'Pipes of checks and transforms, defaults, faults with their paths' },
  ({ value }: { value: string }) => {
    const result = v.safeParse(order, JSON.parse(value));
    return {
      success: result.success,
      output: JSON.stringify(result.success ? result.output : null),
      faults: (result.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`),
      flat: JSON.stringify(result.issues === undefined ? null : v.flatten(result.issues)),
    };
  },
);

export const inputs = [
  { value: '{"id":"6f9619ff-8b86-4011-b42d-00c04fc964ff","when":"2026-05-06T07:08:09.010Z","lines":[{"sku":"ÄB-12","count":2}]}' },
  { value: '{"id":"no","when":"2026-05-06","lines":[],"note":"long long long"}' },
];
