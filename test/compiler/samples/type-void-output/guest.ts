import { tool } from '@aria/sdk';

/** Nothing. */
export const a = tool({}, () => {});
/** A promise of nothing. */
export const b = tool({}, async () => {});
/** Sometimes something. */
export const c = tool({}, (input: { on: boolean }) => (input.on ? { x: 1 } : undefined));
/** Never. */
export const d = tool({}, (): never => {
  throw new Error('never');
});
/** Written. */
export const e = tool({}, async (): Promise<void | undefined> => undefined);
