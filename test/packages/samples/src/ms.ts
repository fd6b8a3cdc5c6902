import { tool } from '@aria/sdk';
import ms from 'ms';

export const msTool = tool(
  { description: 'Durations to milliseconds and back' },
  ({ texts, numbers }: { texts: string[]; numbers: number[] }) => ({
    parsed: texts.map((text) => String(ms(text as ms.StringValue))),
    short: numbers.map((number) => ms(number)),
    long: numbers.map((number) => ms(number, { long: true })),
  }),
);

export const inputs = [{ texts: ['2 days', '1d', '10h', '2.5 hrs', '-3 min', '1y', '100', 'x'], numbers: [60_000, 120_000, -180_000, 86_400_000, 999, 0] }];
