/** Agents, teams and pipelines as `arc inspect` shows them. Their texts may be anybody's. */
import { columns, printable, schemaText } from '#terminal';
import {
  type Manifest,
  type ManifestAgent,
  type ManifestPipeline,
  type ManifestStep,
  type ManifestTeam,
  type StepValue,
  conditionText,
  stepValueText,
} from '#wit/manifest';

/** A longer text is cut; `--json` has all of it. */
const textCharactersMax = 100;
const indent = '  ';

/** The lines of all of them, an empty one before each. */
export function componentTexts(
  { agents = [], teams = [], pipelines = [] }: Manifest,
  bold: (text: string) => string,
): readonly string[] {
  return [
    ...agents.flatMap((agent) => component('agent', agent, agentRows(agent), bold)),
    ...teams.flatMap((team) => component('team', team, teamRows(team), bold)),
    ...pipelines.flatMap((pipeline) => [
      ...component('pipeline', pipeline, pipelineRows(pipeline), bold),
      ...stepLines(pipeline.steps, 2),
    ]),
  ];
}

type Rows = readonly (readonly string[])[];

function component(
  kind: string,
  { name, description }: { readonly name: string; readonly description: string },
  rows: Rows,
  bold: (text: string) => string,
): readonly string[] {
  return ['', `${kind} ${bold(name)}  ${short(description)}`, ...columns(rows).map((row) => `${indent}${row}`)];
}

function agentRows({ task, tools, llm, systemPrompt, directives, capabilities, ...agent }: ManifestAgent): Rows {
  const model = [
    `${llm.provider}:${llm.model}`,
    ...(llm.temperature === undefined ? [] : [`temperature ${llm.temperature}`]),
    ...(llm.maxTokens === undefined ? [] : [`${llm.maxTokens} tokens`]),
  ];
  return [
    ['task', short(task)],
    ['tools', tools.join(' ') || 'none'],
    ['model', printable(model.join(', '))],
    ...(systemPrompt === undefined ? [] : [['prompt', short(systemPrompt)]]),
    ...(directives ?? []).map((text, index) => [index === 0 ? 'directives' : '', short(text)]),
    ...(capabilities === undefined ? [] : [['capabilities', short(capabilities.join(', '))]]),
    ['limits', `${agent.timeoutMs} ms, ${agent.maxCalls} calls; memory: ${agent.memory}`],
    ['tokens', agent.tokens.join(' ')],
  ];
}

function teamRows({ agents, strategy, tokens }: ManifestTeam): Rows {
  const { name, manager, maxParallelTasks, taskTimeoutMs, handoffProtocol, description } = strategy;
  const manages = manager === undefined ? '' : `, managed by ${manager}`;
  return [
    ['agents', agents.join(' ')],
    ['strategy', `${name}${manages}${description === undefined ? '' : `: ${short(description)}`}`],
    ...(handoffProtocol === undefined ? [] : [['handoff', short(handoffProtocol)]]),
    ['limits', `${maxParallelTasks} tasks at once, ${taskTimeoutMs} ms each`],
    ['tokens', tokens.join(' ') || 'none'],
  ];
}

function pipelineRows({ variables, errorStrategy, timeoutMs, tokens }: ManifestPipeline): Rows {
  const { type, maxAttempts, backoffMs } = errorStrategy;
  const tries = type === 'retry' ? `, ${maxAttempts} tries, ${backoffMs} ms before the second` : '';
  return [
    ['variables', schemaText(variables)],
    ['failure', `${type}${tries}`],
    ['limits', `${timeoutMs} ms`],
    ['tokens', tokens.join(' ') || 'none'],
    ['steps', ''],
  ];
}

function stepLines(steps: readonly ManifestStep[], depth: number): readonly string[] {
  return steps.flatMap((step) => {
    const after = step.dependencies.length === 0 ? '' : `  after ${step.dependencies.join(', ')}`;
    const own = `${indent.repeat(depth)}${step.id}  ${stepText(step)}${after}`;
    if (step.type === 'parallel') return [own, ...stepLines(step.steps, depth + 1)];
    if (step.type !== 'condition') return [own];
    return [own, ...branchLines('then', step.then, depth + 1), ...branchLines('else', step.else, depth + 1)];
  });
}

function branchLines(word: string, steps: readonly ManifestStep[], depth: number): readonly string[] {
  return steps.length === 0 ? [] : [`${indent.repeat(depth)}${word}`, ...stepLines(steps, depth + 1)];
}

function stepText(step: ManifestStep): string {
  switch (step.type) {
    case 'condition':
      // Not `text`: the bundle may be anybody's, and a text says whatever its author wants.
      return `if ${short(conditionText(step.condition))}`;
    case 'parallel':
      return `side by side${step.maxParallel === undefined ? '' : `, ${step.maxParallel} at once`}`;
    case 'tool':
      return `tool ${step.tool}(${inputsText(step.inputs)})${outputsText(step)}`;
    case 'agent':
      return `agent ${step.agent}(${inputsText(step.inputs)})${outputsText(step)}`;
    case 'team':
      return `team ${step.team}(${inputsText(step.inputs)})${outputsText(step)}`;
  }
}

function inputsText(inputs: Readonly<Record<string, StepValue>>): string {
  return short(
    Object.entries(inputs)
      .map(([name, value]) => `${name}: ${stepValueText(value)}`)
      .join(', '),
  );
}

function outputsText({ outputs }: { readonly outputs?: Readonly<Record<string, unknown>> | undefined }): string {
  return outputs === undefined ? '' : ` → ${short(Object.keys(outputs).join(', '))}`;
}

function short(text: string): string {
  const line = printable(text.split(/\r?\n/, 1)[0] ?? '');
  return line.length <= textCharactersMax ? line : `${line.slice(0, textCharactersMax)}…`;
}
