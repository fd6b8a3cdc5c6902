/** Explanations of what is wrong with agents, teams and pipelines. */
import type { DiagnosticCode } from './codes.ts';
import { type Example, type Explanation, source } from './explanation.ts';

const add = `import { agent, pipeline, tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => ({ sum: input.a + input.b }));
`;

/** A pipeline whose steps, and the members of whose class, are these. */
function pipelineOf(steps: readonly string[], members: readonly string[] = []): Example {
  const body = members.length === 0 ? '{}' : `{\n${members.map((member) => `  ${member}\n`).join('')}}`;
  return source(`${add.replace('agent, ', '')}
/** Adds twice. */
@pipeline({
  steps: [
${steps.map((step) => `    ${step},\n`).join('')}  ],
})
export class AddTwice ${body}
`);
}

function agentOf(text: string): Example {
  return source(`${add.replace(', pipeline', '')}\n${text}`);
}

const first = "{ id: 'first', type: 'tool', tool: 'add', inputs: { a: 1, b: 2 } }";
const second = "{ id: 'second', type: 'tool', tool: 'add', inputs: { a: '@first.output.sum', b: 3 } }";

/** A pipeline of one variable, whose default is to be put in. */
const variablePipeline = `${add.replace('agent, ', '')}
/** Adds to a start. */
@pipeline({
  variables: { start: START },
  steps: [
    { id: 'first', type: 'tool', tool: 'add', inputs: { a: '$start', b: 2 } },
  ],
})
export class AddToStart {
  start!: number;
}
`;

/** By code. */
export const orchestrationExplanations = {
  NAME_INVALID: {
    why: 'Agents, teams and pipelines are called by name, from command lines, addresses and aria.toml, and these characters mean the same in all of them.',
    wrong: agentOf(`/** Adds for others. */
@agent({ name: 'the clerk', task: 'Add what you are given', tools: ['add'] })
export class Clerk {}
`),
    right: agentOf(`/** Adds for others. */
@agent({ name: 'the-clerk', task: 'Add what you are given', tools: ['add'] })
export class Clerk {}
`),
  },
  NAME_DUPLICATE: {
    why: 'A team, a step or a caller names one of them, and of two with one name it would get either.',
    wrong: agentOf(`/** Adds for others. */
@agent({ name: 'clerk', task: 'Add what you are given', tools: ['add'] })
export class Clerk {}

/** Adds it again. */
@agent({ name: 'clerk', task: 'Check what was added', tools: ['add'] })
export class Auditor {}
`),
    right: agentOf(`/** Adds for others. */
@agent({ name: 'clerk', task: 'Add what you are given', tools: ['add'] })
export class Clerk {}

/** Adds it again. */
@agent({ name: 'auditor', task: 'Check what was added', tools: ['add'] })
export class Auditor {}
`),
  },
  REFERENCE_UNKNOWN: {
    why: 'What is not in the bundle cannot be called by it. Most often it is a slip of the name; a constant or a class in place of the text cannot have one.',
    wrong: agentOf(`/** Adds for others. */
@agent({ task: 'Add what you are given', tools: ['ad'] })
export class Clerk {}
`),
    right: agentOf(`/** Adds for others. */
@agent({ task: 'Add what you are given', tools: [add] })
export class Clerk {}
`),
  },
  REFERENCE_CYCLE: {
    why: 'Of steps that wait for each other none ever begins, and calls in a circle end only when a budget does.',
    wrong: pipelineOf([
      "{ id: 'first', type: 'tool', tool: 'add', dependencies: ['second'], inputs: { a: 1, b: 2 } }",
      "{ id: 'second', type: 'tool', tool: 'add', dependencies: ['first'], inputs: { a: 1, b: 2 } }",
    ]),
    right: pipelineOf([
      first,
      "{ id: 'second', type: 'tool', tool: 'add', dependencies: ['first'], inputs: { a: 1, b: 2 } }",
    ]),
  },
  STEP_INVALID: {
    why: 'The type of a step says what it needs: a tool step a tool, a condition step a condition, a parallel step its steps.',
    wrong: pipelineOf(["{ id: 'first', type: 'tool', agent: 'clerk' } as never"]),
    right: pipelineOf([first]),
  },
  STEP_DUPLICATE: {
    why: 'Other steps refer to a step by its id, as @first.output, and of two they would get either.',
    wrong: pipelineOf([first, first]),
    right: pipelineOf([first, second]),
  },
  STEP_INPUT_MISSING: {
    why: 'The tool would refuse the call when the pipeline runs, perhaps after an hour of other steps.',
    wrong: pipelineOf(["{ id: 'first', type: 'tool', tool: 'add', inputs: { a: 1 } }"]),
    right: pipelineOf([first]),
  },
  STEP_INPUT_INVALID: {
    why: 'Inputs of steps are checked against the types of the tool that they call, as the arguments of a function are.',
    wrong: pipelineOf(["{ id: 'first', type: 'tool', tool: 'add', inputs: { a: 1, b: 'two' } }"]),
    right: pipelineOf([first]),
  },
  STEP_OUTPUT_INVALID: {
    why: 'What a step gives is known from the return type of its tool. A path that is not in it would be undefined when the pipeline runs.',
    wrong: pipelineOf([first, second.replace('output.sum', 'output.total')]),
    right: pipelineOf([first, second]),
  },
  CONDITION_INVALID: {
    why: 'A condition is data, not code: comparisons, !, && and ||, parentheses, literals and references. So a host can decide it without running anything.',
    wrong: pipelineOf([
      first,
      `{ id: 'more', type: 'condition', condition: '@first.output.sum >> 2', then: [${second}] }`,
    ]),
    right: pipelineOf([
      first,
      `{ id: 'more', type: 'condition', condition: '@first.output.sum > 2', then: [${second}] }`,
    ]),
  },
  VARIABLE_UNKNOWN: {
    why: 'A pipeline is started with values for its variables; one that it does not declare cannot be given. Variables are properties of the class, or stand in the option "variables".',
    wrong: pipelineOf(["{ id: 'first', type: 'tool', tool: 'add', inputs: { a: '$start', b: 2 } }"]),
    right: pipelineOf(["{ id: 'first', type: 'tool', tool: 'add', inputs: { a: '$start', b: 2 } }"], ['start = 1;']),
  },
  VARIABLE_INVALID: {
    why: 'The type of a variable becomes a schema, and its default a value of it, which is used wherever the caller gives none.',
    wrong: source(variablePipeline.replace('START', "'one'")),
    right: source(variablePipeline.replace('START', '1')),
  },
  VARIABLE_UNUSED: {
    why: 'Whoever starts the pipeline would give a value that has no effect. Often a step was meant to use it.',
    wrong: pipelineOf([first], ['start = 1;']),
    right: pipelineOf([first.replace('a: 1', "a: '$start'")], ['start = 1;']),
  },
} satisfies Partial<Record<DiagnosticCode, Explanation>>;
