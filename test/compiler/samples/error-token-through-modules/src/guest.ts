import { tool } from '@aria/sdk';
import { save as store } from './index.ts';
import * as reports from './reports.ts';
import notes from './notes.ts';

/** Reaches everything, and has a token for none of it. */
export const reaching = tool({}, async () => {
  await store('1');
  await notes.add([]);
  return reports.latest();
});
/** Reaches the orders only, and may read them. */
export const reading = tool({ tokens: ['kv:orders:r'] }, async () => {
  await store('1');
});
