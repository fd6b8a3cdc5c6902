import { tool } from '@aria/sdk';
import { save as store } from './index.ts';
import * as reports from './reports.ts';
import notes from './notes.ts';

/** Reaches everything by an alias, a namespace, a re-export and a default export. */
export const reaching = tool({ tokens: ['kv:orders:rw', 'fs:reports:r', 'vector:notes:append'] }, async () => {
  await store('1');
  await notes.add([]);
  return reports.latest();
});
/** Reaches nothing of it. */
export const idle = tool({}, () => reports.title);
