import { agent, pipeline, team, tool } from '@aria/sdk';

/** Counts. */
export const count = tool({}, (input: { text: string }) => input.text.length);
/** Reads. */
@agent({ task: 'Read', tools: [count] })
export class Reader {}
/** Reads together. */
@team({ agents: [Reader] })
export class Readers {}
/** Counts and reads. */
@pipeline({
  steps: [
    { id: 'count', type: 'tool', tool: count, inputs: { text: '$text' } },
    { id: 'read', type: 'team', team: Readers, inputs: { length: '@count.output' } },
  ],
})
export class CountAndRead {
  text!: string;
}
