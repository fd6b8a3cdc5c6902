import { agent, pipeline, tool } from '@aria/sdk';

/** Prints. */
export const print = tool({ timeout: 6, retryCount: 1 }, (input: { total: number }) => input.total);
/** Checks. */
@agent({ task: 'Check', tools: [print] })
export class Clerk {}
/** Closes. */
@pipeline({ steps: [{ id: 'a', type: 'tool', tool: print, inputs: { total: 1 } }] })
export class Close {}
