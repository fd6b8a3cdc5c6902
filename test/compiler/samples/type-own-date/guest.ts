import { tool } from '@aria/sdk';

/** A day without a time: not the Date of JavaScript. */
interface Date {
  year: number;
  month: number;
  day: number;
}

/** Takes it. */
export const take = tool({}, (input: { on: Date }): Date => input.on);
