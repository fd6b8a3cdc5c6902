/**
 * The decorators of agents, teams and pipelines. As `@tool` they are read by arc and do nothing at run time; a host's orchestrator runs
 * what they describe.
 */
import type { InertDecorator } from './decorators.ts';
import type { Json } from './json.ts';

/** A tool by its name, as a constant made by `tool()`, or a class, which stands for all of its tools. */
export type ToolReference = string | ((...input: never[]) => unknown) | (abstract new (...input: never[]) => unknown);

/** An agent or a team by its name, or by its class. */
export type ClassReference = string | (abstract new (...input: never[]) => unknown);

/** The model that an agent thinks with. */
export interface AgentModel {
  /** As in `llm:<provider>:<model>`. Default: `openai`. */
  readonly provider?: string;
  readonly model: string;
  /** From 0 to 2. Default: the provider's own. */
  readonly temperature?: number;
  /** Of one answer. Default: the provider's own. */
  readonly maxTokens?: number;
}

/** What an agent remembers: nothing, its session, or also what earlier sessions left. */
export type AgentMemory = 'none' | 'session' | 'long-term';

/** What `@agent` says of an agent. The name defaults to that of the class in kebab-case, the description to its JSDoc. */
export interface AgentOptions {
  readonly name?: string;
  readonly description?: string;
  /** What it is there for: the instruction that every conversation begins with. */
  readonly task: string;
  /** The tools that it may call; all their tokens become the agent's. */
  readonly tools: readonly ToolReference[];
  /** `provider:model`, a model of `openai`, or all of it. Default: `openai:gpt-4o-mini`. */
  readonly llm?: string | AgentModel;
  readonly systemPrompt?: string;
  /** Rules that it keeps to, one by one. */
  readonly directives?: readonly string[];
  /** What it is good at, in words by which a team chooses. */
  readonly capabilities?: readonly string[];
  /** Calls of tools and models in one conversation at most. Default: 10. */
  readonly maxCalls?: number;
  /** Wall time of one conversation in milliseconds. Default: 300,000. */
  readonly timeout?: number;
  /** Default: `session`. */
  readonly memory?: AgentMemory;
}

/** How a team works together. */
export type StrategyName =
  | 'adaptive-coordination'
  | 'parallel'
  | 'sequential'
  | 'pipeline'
  | 'hierarchical'
  | 'collaborative'
  | 'role-based';

/** The strategy of a team. */
export interface TeamStrategy {
  /** Default: `adaptive-coordination`, which chooses by the task. */
  readonly name?: StrategyName;
  readonly description?: string;
  /** The agent that divides the work, for `hierarchical` and `collaborative`. Default: the first. */
  readonly manager?: ClassReference;
  readonly coordinationRules?: {
    /** Default: 3. */
    readonly maxParallelTasks?: number;
    /** Wall time of one agent's task in milliseconds. Default: 300,000. */
    readonly taskTimeout?: number;
    /** How one hands over to the next, in words. */
    readonly handoffProtocol?: string;
  };
}

/** What `@team` says of a team. */
export interface TeamOptions {
  readonly name?: string;
  readonly description?: string;
  /** Its agents, in the order of their turns. */
  readonly agents?: readonly ClassReference[];
  /** Another word for `agents`. */
  readonly members?: readonly ClassReference[];
  readonly strategy?: StrategyName | TeamStrategy;
}

/** What every step has. */
export interface StepCommon {
  /** Unique in the pipeline: a letter, then letters, digits, `_` or `-`. */
  readonly id: string;
  /** For people. Default: the id. */
  readonly name?: string;
  /** Steps that have to be done before; those that an input refers to are added. */
  readonly dependencies?: readonly string[];
  /** Wall time in milliseconds. Default: that of what the step calls. */
  readonly timeout?: number;
  /** Tries after a retryable failure. Default: that of the tool, else 0. */
  readonly retryCount?: number;
}

/**
 * The inputs of a step. A string `$name` is a variable, `@step.output` what a step gave; both may go on with a path, as
 * `@sum.output.lines[0]`. `$$` and `@@` at the beginning stand for the character itself.
 */
export type StepInputs = Readonly<Record<string, Json>>;

/** Names for parts of a step's result: `.result.total`, or `.` for all of it. */
export type StepOutputs = Readonly<Record<string, string>>;

/** Calls a tool. */
export interface ToolStep extends StepCommon {
  readonly type: 'tool';
  readonly tool: ToolReference;
  readonly inputs?: StepInputs;
  readonly outputs?: StepOutputs;
}

/** Gives an agent its inputs and waits for the answer. */
export interface AgentStep extends StepCommon {
  readonly type: 'agent';
  readonly agent: ClassReference;
  /** What to do with the inputs. Default: the agent's own task. */
  readonly task?: string;
  readonly inputs?: StepInputs;
  readonly outputs?: StepOutputs;
}

/** Gives a team its inputs and waits for the answer. */
export interface TeamStep extends StepCommon {
  readonly type: 'team';
  readonly team: ClassReference;
  readonly task?: string;
  readonly inputs?: StepInputs;
  readonly outputs?: StepOutputs;
}

/** Goes one way or the other. */
export interface ConditionStep extends StepCommon {
  readonly type: 'condition';
  /** As `@sum.output.total > 100 && $strict`: comparisons `== != < <= > >=`, `! && ||`, parentheses, literals, references. */
  readonly condition: string;
  readonly then?: readonly PipelineStep[];
  readonly else?: readonly PipelineStep[];
}

/** Runs steps side by side. */
export interface ParallelStep extends StepCommon {
  readonly type: 'parallel';
  readonly steps: readonly PipelineStep[];
  /** How many at once. Default: all. */
  readonly maxParallel?: number;
}

/** A step of a pipeline. */
export type PipelineStep = ToolStep | AgentStep | TeamStep | ConditionStep | ParallelStep;

/** What happens when a step has failed for good. */
export interface ErrorStrategy {
  /** `stop` ends the pipeline; `continue` goes on with what does not depend on the step; `retry` tries the step again, then stops. */
  readonly type: 'stop' | 'continue' | 'retry';
  /** Tries of a step, the first one included, for `retry`. Default: 3. */
  readonly maxAttempts?: number;
  /** Before the second try, in milliseconds; doubled for each one after. Default: 1,000. */
  readonly backoffMs?: number;
}

/** What `@pipeline` says of a pipeline. */
export interface PipelineOptions {
  readonly name?: string;
  readonly description?: string;
  /** Variables with their defaults. Typed ones, and those without a default, are properties of the class. */
  readonly variables?: Readonly<Record<string, Json>>;
  readonly steps: readonly PipelineStep[];
  /** Default: `{ type: 'stop' }`. */
  readonly errorStrategy?: ErrorStrategy | ErrorStrategy['type'];
  /** Wall time of the whole pipeline in milliseconds. Default: 300,000. */
  readonly timeout?: number;
}

/**
 * Marks a class as an agent: a model with a task and tools.
 * @example
 * @agent({
 *   description: 'Verifies invoices',
 *   task: 'Verify the totals of invoices',
 *   tools: ['sumLines'],
 *   llm: 'openai:gpt-4o-mini',
 * })
 * export class Clerk {}
 */
export function agent(_options: AgentOptions): InertDecorator {
  return inert;
}

/**
 * Marks a class as a team of agents.
 * @example
 * @team({ description: 'Two clerks, one after the other', agents: [Clerk, 'auditor'], strategy: 'sequential' })
 * export class Desk {}
 */
export function team(_options: TeamOptions): InertDecorator {
  return inert;
}

/**
 * Marks a class as a pipeline: steps with inputs that are checked against what they call. The class's properties are its variables.
 * @example
 * @pipeline({
 *   description: 'Closes a month',
 *   steps: [
 *     { id: 'sum', type: 'tool', tool: 'sumLines', inputs: { lines: '$lines' } },
 *     { id: 'check', type: 'agent', agent: Clerk, inputs: { total: '@sum.output.total', month: '$month' } },
 *   ],
 * })
 * export class CloseMonth {
 *   /** In cents. *\/
 *   lines!: number[];
 *   month = '2025-01';
 * }
 */
export function pipeline(_options: PipelineOptions): InertDecorator {
  return inert;
}

function inert(): void {}
