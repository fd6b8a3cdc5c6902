import { agent, pipeline, tool } from '@aria/sdk';

/** Adds. */
export const sum = tool({}, (input: { lines: number[] }) => ({ total: input.lines.length }));
/** Prints a total. */
export const print = tool({}, (input: { total: number; note?: string }) => ({ text: `${input.total}` }));
/** Prints what there is. */
export const printAny = tool({}, (input: { total?: number }) => ({ text: `${input.total ?? 0}` }));

/** Answers. */
@agent({ task: 'Answer', tools: [] })
export class Clerk {}

/** A step of a branch runs only where the branch does. */
@pipeline({
  steps: [
    { id: 'first', type: 'tool', tool: sum, inputs: { lines: '$lines' } },
    {
      id: 'way',
      type: 'condition',
      condition: '@first.output.total > 1',
      then: [
        { id: 'more', type: 'tool', tool: sum, inputs: { lines: '$lines' } },
        { id: 'ask', type: 'agent', agent: Clerk },
        { id: 'same', type: 'tool', tool: print, inputs: { total: '@more.output.total' } },
        {
          id: 'inner',
          type: 'parallel',
          steps: [{ id: 'deep', type: 'tool', tool: print, inputs: { total: '@more.output.total' } }],
        },
      ],
      else: [{ id: 'other', type: 'tool', tool: print, inputs: { total: '@more.output.total' } }],
    },
    { id: 'after', type: 'tool', tool: print, inputs: { total: '@more.output.total', note: '@same.output.text' } },
    { id: 'asked', type: 'tool', tool: print, inputs: { total: '@ask.output' } },
    { id: 'optional', type: 'tool', tool: printAny, inputs: { total: '@more.output.total' } },
    { id: 'decided', type: 'tool', tool: print, inputs: { total: '@first.output.total' } },
  ],
})
export class Branches {
  lines!: number[];
}
