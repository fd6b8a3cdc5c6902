/**
 * What lies between the components of a manifest: names that are there once, references that lead somewhere, steps without a circle,
 * and tokens that are what the references come to. A person approves the tokens, so they have to be true.
 */
import { agentTokens, pipelineTokens, teamTokens } from './component-tokens.ts';
import { dependencyViolations } from './dependencies.ts';
import type { ManifestViolation } from './errors.ts';
import { manifestMaxima } from './limits.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestPipeline, ManifestStep, StepCondition, StepValue } from './pipeline.ts';
import { splitReference } from './references.ts';
import { stepCycle } from './step-order.ts';

/** Everything wrong between the components. */
export function componentViolations(manifest: Manifest): ManifestViolation[] {
  const { tools, agents = [], teams = [], pipelines = [] } = manifest;
  const toolTokens = new Map(tools.map(({ name, tokens }) => [name, tokens]));
  const agentsByName = new Map(agents.map(({ name, tokens }) => [name, tokens]));
  const teamsByName = new Map(teams.map(({ name, tokens }) => [name, tokens]));
  const sources = { tools: toolTokens, agents: agentsByName, teams: teamsByName };
  const known = { ...sources, bundles: new Set(Object.keys(manifest.dependencies ?? {})) };
  return [
    ...duplicates(manifest),
    ...dependencyViolations(manifest),
    ...agents.flatMap((agent, index) => [
      ...unknownNames(agent.tools, known, `manifest.agents[${index}].tools`, 'tool'),
      ...otherTokens(agent.tokens, agentTokens(agent, sources), `manifest.agents[${index}]`),
    ]),
    ...teams.flatMap((team, index) => [
      ...unknownNames(team.agents, known, `manifest.teams[${index}].agents`, 'agent'),
      ...(team.strategy.manager === undefined || team.agents.includes(team.strategy.manager)
        ? []
        : [{ path: `manifest.teams[${index}].strategy.manager`, message: 'expected one of its agents' }]),
      ...otherTokens(team.tokens, teamTokens(team, sources), `manifest.teams[${index}]`),
    ]),
    ...pipelines.flatMap((pipeline, index) => [
      ...pipelineViolations(pipeline, `manifest.pipelines[${index}]`, known),
      ...otherTokens(pipeline.tokens, pipelineTokens(pipeline.steps, sources), `manifest.pipelines[${index}]`),
    ]),
  ];
}

type Known = Readonly<Record<'tools' | 'agents' | 'teams', ReadonlyMap<string, unknown>>> & {
  /** Names of its dependencies. What these have is known only to who has them. */
  readonly bundles: ReadonlySet<string>;
};

/** Agents, teams and pipelines are asked for by one name. */
function duplicates({ agents = [], teams = [], pipelines = [] }: Manifest): ManifestViolation[] {
  const seen = new Set<string>();
  const named = [
    ...agents.map(({ name }, index) => ({ name, path: `manifest.agents[${index}].name` })),
    ...teams.map(({ name }, index) => ({ name, path: `manifest.teams[${index}].name` })),
    ...pipelines.map(({ name }, index) => ({ name, path: `manifest.pipelines[${index}].name` })),
  ];
  return named.flatMap(({ name, path }) => {
    if (seen.has(name.toLowerCase())) return [{ path, message: `"${name}" is there already, letter case aside` }];
    seen.add(name.toLowerCase());
    return [];
  });
}

function unknownNames(
  names: readonly string[],
  known: Known,
  path: string,
  noun: 'tool' | 'agent',
): ManifestViolation[] {
  return names.flatMap((name, index) => {
    if (names.indexOf(name) < index) return [{ path: `${path}[${index}]`, message: `"${name}" is there twice` }];
    return unknownReference(name, noun, known).map((message) => ({ path: `${path}[${index}]`, message }));
  });
}

/** What is wrong with a reference: nothing of its own has the name, or the bundle is none of its dependencies. */
function unknownReference(text: string, noun: 'tool' | 'agent' | 'team', known: Known): readonly string[] {
  const { bundle, name } = splitReference(text);
  if (bundle === undefined) return known[`${noun}s`].has(name) ? [] : [`there is no ${noun} "${name}"`];
  return known.bundles.has(bundle) ? [] : [`"${bundle}" is none of its dependencies`];
}

function otherTokens(found: readonly string[], expected: readonly string[], path: string): ManifestViolation[] {
  if (found.length === expected.length && found.every((token, index) => token === expected[index])) return [];
  return [{ path: `${path}.tokens`, message: 'expected the union of what it uses, sorted, each once' }];
}

/** A step and where it stands. */
interface PlacedStep {
  readonly step: ManifestStep;
  readonly path: string;
}

function pipelineViolations({ variables, steps }: ManifestPipeline, path: string, known: Known): ManifestViolation[] {
  const placed = placedSteps(steps, `${path}.steps`);
  const violations: ManifestViolation[] = [];
  if (placed.length > manifestMaxima.steps)
    return [{ path: `${path}.steps`, message: `expected at most ${manifestMaxima.steps}, nested ones included` }];
  const ids = new Set<string>();
  for (const { step, path: at } of placed) {
    if (ids.has(step.id)) violations.push({ path: `${at}.id`, message: `"${step.id}" is there already` });
    ids.add(step.id);
  }
  const names = new Set(namesOfVariables(variables));
  const cycle = stepCycle(steps);
  if (cycle !== undefined)
    violations.push({ path: `${path}.steps`, message: `the steps ${cycle.join(' → ')} wait for each other` });
  return [...violations, ...placed.flatMap((one) => stepViolations(one, { known, ids, names }))];
}

function namesOfVariables(variables: ManifestPipeline['variables']): readonly string[] {
  const properties: unknown = variables['properties'];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function placedSteps(steps: readonly ManifestStep[], path: string): readonly PlacedStep[] {
  return steps.flatMap((step, index) => {
    const at = `${path}[${index}]`;
    const own = { step, path: at };
    if (step.type === 'condition')
      return [own, ...placedSteps(step.then, `${at}.then`), ...placedSteps(step.else, `${at}.else`)];
    return step.type === 'parallel' ? [own, ...placedSteps(step.steps, `${at}.steps`)] : [own];
  });
}

interface StepNames {
  readonly known: Known;
  readonly ids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

function stepViolations({ step, path }: PlacedStep, { known, ids, names }: StepNames): ManifestViolation[] {
  const violations: ManifestViolation[] = [];
  const called = calledBy(step);
  if (called !== undefined)
    for (const message of unknownReference(called.name, called.kind, known))
      violations.push({ path: `${path}.${called.kind}`, message });
  for (const [index, id] of step.dependencies.entries())
    if (!ids.has(id)) violations.push({ path: `${path}.dependencies[${index}]`, message: `there is no step "${id}"` });
  for (const value of valuesOf(step)) {
    if (value.kind === 'variable' && !names.has(value.name))
      violations.push({ path, message: `there is no variable "${value.name}"` });
    if (value.kind === 'step' && !step.dependencies.includes(value.step))
      violations.push({ path, message: `it uses the step "${value.step}", which is not among its dependencies` });
  }
  return violations;
}

function calledBy(step: ManifestStep): { readonly kind: 'tool' | 'agent' | 'team'; readonly name: string } | undefined {
  switch (step.type) {
    case 'tool':
      return { kind: 'tool', name: step.tool };
    case 'agent':
      return { kind: 'agent', name: step.agent };
    case 'team':
      return { kind: 'team', name: step.team };
    default:
      return undefined;
  }
}

/** All references and literals of a step itself. */
function valuesOf(step: ManifestStep): readonly StepValue[] {
  if (step.type === 'condition') return valuesOfCondition(step.condition);
  return step.type === 'parallel' ? [] : Object.values(step.inputs).flatMap(leavesOf);
}

function leavesOf(value: StepValue): readonly StepValue[] {
  if (value.kind === 'object') return Object.values(value.properties).flatMap(leavesOf);
  return value.kind === 'array' ? value.items.flatMap(leavesOf) : [value];
}

function valuesOfCondition(condition: StepCondition): readonly StepValue[] {
  switch (condition.kind) {
    case 'value':
      return leavesOf(condition.value);
    case 'compare':
      return [...leavesOf(condition.left), ...leavesOf(condition.right)];
    case 'not':
      return valuesOfCondition(condition.condition);
    case 'and':
    case 'or':
      return condition.conditions.flatMap(valuesOfCondition);
  }
}
