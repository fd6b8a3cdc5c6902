import { pipeline, tool } from '@aria/sdk';

/** Books an amount on a day. */
export const book = tool({}, (input: { day: Date; cents: bigint; fee: bigint }) => ({
  text: `${input.day.toISOString()} ${input.cents + input.fee}`,
}));

/** Books a fixed amount. */
@pipeline({
  steps: [{ id: 'book', type: 'tool', tool: book, inputs: { day: '$day', cents: '$cents', fee: '$fee' } }],
})
export class Standing {
  day = new Date('2026-01-31T08:00:00Z');
  cents = 12_000n;
  fee: bigint = -0x10n;
}
