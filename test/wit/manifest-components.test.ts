/** Agents, teams and pipelines in a manifest: what lies between them, and that hostile ones are refused with a path. */
import { describe, expect, test } from 'vitest';
import { type Manifest, type ManifestStep, manifestMaxima, parseManifest, stepCycle } from '#wit/manifest';
import { type Random, fuzz, fuzzTimeoutMs } from '../fuzz.ts';
import { sampleContent } from './sample-bundle.ts';

const [tool] = sampleContent().manifest.tools;
const toolName = tool?.name ?? '';
const agentTokens = ['llm:openai:gpt-5', `tool:${toolName}:call`, ...(tool?.tokens ?? [])].toSorted();

const agent: NonNullable<Manifest['agents']>[number] = {
  name: 'clerk',
  description: 'Checks invoices',
  task: 'Check',
  tools: [toolName],
  llm: { provider: 'openai', model: 'gpt-5' },
  maxCalls: 10,
  timeoutMs: 300_000,
  memory: 'session',
  tokens: agentTokens,
};
const teamTokens = ['agent:clerk:call', ...agentTokens].toSorted();
const team: NonNullable<Manifest['teams']>[number] = {
  name: 'desk',
  description: 'A desk',
  agents: ['clerk'],
  strategy: { name: 'sequential', manager: 'clerk', maxParallelTasks: 3, taskTimeoutMs: 1000 },
  tokens: teamTokens,
};
const sum: ManifestStep = {
  id: 'sum',
  name: 'sum',
  type: 'tool',
  tool: toolName,
  dependencies: [],
  inputs: { lines: { kind: 'variable', name: 'lines', path: [] } },
};
const check: ManifestStep = {
  id: 'check',
  name: 'check',
  type: 'agent',
  agent: 'clerk',
  dependencies: ['sum'],
  inputs: { total: { kind: 'array', items: [{ kind: 'step', step: 'sum', from: 'output', path: ['total'] }] } },
};
const way: ManifestStep = {
  id: 'way',
  name: 'way',
  type: 'condition',
  text: '!@check.output.ok',
  dependencies: ['check'],
  condition: {
    kind: 'not',
    condition: { kind: 'value', value: { kind: 'step', step: 'check', from: 'output', path: ['ok'] } },
  },
  then: [{ id: 'desk', name: 'desk', type: 'team', team: 'desk', dependencies: [], inputs: {} }],
  else: [],
};
const pipeline: NonNullable<Manifest['pipelines']>[number] = {
  name: 'close',
  description: 'Closes',
  variables: { type: 'object', properties: { lines: { type: 'array' } } },
  steps: [sum, check, way],
  errorStrategy: { type: 'stop', maxAttempts: 1, backoffMs: 1000 },
  timeoutMs: 1000,
  tokens: teamTokens,
};

function manifest(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const parts = { agents: [agent], teams: [team], pipelines: [pipeline], ...changes };
  return structuredClone({ ...sampleContent().manifest, ...parts });
}

function pathsOf(value: unknown): readonly string[] {
  try {
    parseManifest(value);
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'CodedError', code: 'BUNDLE_MANIFEST_INVALID' });
    const { violations } = (thrown as { wire: { details: { violations: readonly { path: string }[] } } }).wire.details;
    return violations.map(({ path }) => path);
  }
  return [];
}

describe('components of a manifest', () => {
  test('are taken as they are', () => {
    expect(parseManifest(manifest())).toEqual(manifest());
  });

  test('may be all that a bundle has', () => {
    const talker = { ...agent, tools: [], tokens: ['llm:openai:gpt-5'] };
    const alone = { ...manifest({ agents: [talker] }), tools: [], teams: undefined, pipelines: undefined };
    expect(pathsOf(JSON.parse(JSON.stringify(alone)))).toEqual([]);
    expect(pathsOf({ ...sampleContent().manifest, tools: [] })).toEqual(['manifest.tools']);
  });

  test.each<readonly [what: string, value: unknown, path: string]>([
    ['no agents in the list of agents', manifest({ agents: [] }), 'manifest.agents'],
    [
      'an agent with a tool that is not there',
      manifest({ agents: [{ ...agent, tools: ['gone'] }] }),
      'manifest.agents[0].tools[0]',
    ],
    [
      'an agent with a tool twice',
      manifest({ agents: [{ ...agent, tools: [toolName, toolName] }] }),
      'manifest.agents[0].tools[1]',
    ],
    [
      'an agent that hides a token of its tool',
      manifest({ agents: [{ ...agent, tokens: ['llm:openai:gpt-5'] }] }),
      'manifest.agents[0].tokens',
    ],
    [
      'an agent with a token more',
      manifest({ agents: [{ ...agent, tokens: [...agentTokens, 'spawn:self:exec'] }] }),
      'manifest.agents[0].tokens',
    ],
    [
      'two components of one name, letter case aside',
      manifest({ teams: [{ ...team, name: 'Clerk' }] }),
      'manifest.teams[0].name',
    ],
    [
      'a team with an agent that is not there',
      manifest({ teams: [{ ...team, agents: ['gone'] }] }),
      'manifest.teams[0].agents[0]',
    ],
    ['a team without agents', manifest({ teams: [{ ...team, agents: [] }] }), 'manifest.teams[0].agents'],
    [
      'a manager from outside',
      manifest({ teams: [{ ...team, strategy: { ...team.strategy, manager: 'boss' } }] }),
      'manifest.teams[0].strategy.manager',
    ],
    [
      'a step with a tool that is not there',
      withSteps([{ ...sum, tool: 'gone' }]),
      'manifest.pipelines[0].steps[0].tool',
    ],
    ['two steps of one id', withSteps([sum, { ...check, id: 'sum' }]), 'manifest.pipelines[0].steps[1].id'],
    [
      'a dependency on no step',
      withSteps([{ ...sum, dependencies: ['gone'] }]),
      'manifest.pipelines[0].steps[0].dependencies[0]',
    ],
    [
      'a reference that is no dependency',
      withSteps([sum, { ...check, dependencies: [] }]),
      'manifest.pipelines[0].steps[1]',
    ],
    [
      'a variable that is not there',
      withSteps([{ ...sum, inputs: { a: { kind: 'variable', name: 'gone', path: [] } } }]),
      'manifest.pipelines[0].steps[0]',
    ],
    [
      'steps that wait for each other',
      withSteps([{ ...sum, dependencies: ['check'] }, check]),
      'manifest.pipelines[0].steps',
    ],
    ['a step of an unknown type', withSteps([{ ...sum, type: 'code' }]), 'manifest.pipelines[0].steps[0].type'],
    [
      'a condition that is a text',
      withSteps([sum, check, { ...way, condition: 'process.exit()' }]),
      'manifest.pipelines[0].steps[2].condition',
    ],
    [
      'a key that JavaScript uses',
      withSteps([{ ...sum, inputs: JSON.parse('{"__proto__":{"kind":"literal","value":1}}') as unknown }]),
      'manifest.pipelines',
    ],
    [
      'a model whose name makes no token',
      manifest({ agents: [{ ...agent, llm: { provider: 'a b', model: 'x' }, tokens: ['llm:a b:x'] }] }),
      'manifest.agents[0].tokens[0]',
    ],
  ])('refuses %s', (_what, value, path) => {
    expect(pathsOf(value).some((found) => found.startsWith(path))).toBe(true);
  });

  test('refuses more steps than the maximum, also where they are within others', () => {
    const many = Array.from({ length: manifestMaxima.steps }, (_, index) => ({ ...sum, id: `s${index}` }));
    expect(pathsOf(withSteps(many))).toEqual(['manifest.pipelines[0].tokens']);
    const nested = { id: 'all', name: 'all', type: 'parallel', dependencies: [], steps: many };
    expect(pathsOf(withSteps([nested]))).toContain('manifest.pipelines[0].steps');
  });

  test.each<[string, (parts: readonly unknown[]) => unknown]>([
    ['values of no kind', (parts) => ({ ...sum, inputs: { a: { kind: 'array', items: parts } } })],
    ['inputs of no kind', (parts) => ({ ...sum, inputs: Object.fromEntries(parts.entries()) })],
  ])('refuses hundreds of thousands of %s with a code', (_what, step) => {
    const parts = Array.from({ length: 300_000 }, () => ({ kind: 'none' }));
    expect(pathsOf(withSteps([step(parts)]))).toHaveLength(1);
  });

  test('refuses hundreds of thousands of references to nothing with a code', () => {
    const nothing = Array.from({ length: 300_000 }, () => ({ kind: 'variable', name: 'gone', path: [] }));
    const step = { ...sum, inputs: { a: { kind: 'array', items: nothing } } };
    expect(pathsOf(withSteps([step]))).toContain('manifest.pipelines[0].steps[0]');
  });

  test('refuses depth without running out of stack', () => {
    let value: unknown = { kind: 'literal', value: 1 };
    for (let depth = 0; depth < 100_000; depth += 1) value = { kind: 'array', items: [value] };
    expect(pathsOf({ ...manifest(), pipelines: [{ ...pipeline, steps: [{ ...sum, inputs: { a: value } }] }] })).toEqual(
      ['manifest.pipelines'],
    );
  });
});

function withSteps(steps: readonly unknown[]): Record<string, unknown> {
  return manifest({ pipelines: [{ ...pipeline, steps }] });
}

describe('stepCycle', () => {
  test('finds none where steps only wait for earlier ones, and the way round where they wait for each other', () => {
    const step = (id: string, dependencies: readonly string[]) => ({ id, dependencies });
    expect(stepCycle([step('a', []), step('b', ['a']), step('c', ['a', 'b'])])).toBeUndefined();
    expect(stepCycle([step('a', ['c']), step('b', ['a']), step('c', ['b'])])).toEqual(['a', 'c', 'b', 'a']);
    expect(stepCycle([step('a', ['a'])])).toEqual(['a', 'a']);
  });

  test('counts a step as done only with what is within it', () => {
    const outer = { id: 'outer', dependencies: [], steps: [{ id: 'inner', dependencies: ['next'] }] };
    expect(stepCycle([outer, { id: 'next', dependencies: ['outer'] }])).toEqual(['outer', 'inner', 'next', 'outer']);
    expect(stepCycle([outer, { id: 'next', dependencies: [] }])).toBeUndefined();
  });
});

/** Puts something else at a random place. */
function mutated(value: unknown, random: Random): unknown {
  const others: readonly unknown[] = [null, -1, '', [], {}, '__proto__', 1e308, 'gone', [[[]]], { kind: 'not' }];
  if (random.oneIn(10)) return random.pick(others);
  if (Array.isArray(value)) return value.map((item: unknown) => mutated(item, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mutated(inner, random)]));
}

test('any mutation of the components is taken as it stands or refused with a code', { timeout: fuzzTimeoutMs }, () =>
  fuzz((random) => {
    const parts = mutated({ agents: [agent], teams: [team], pipelines: [pipeline] }, random);
    const value = { ...sampleContent().manifest, ...(typeof parts === 'object' ? parts : {}) };
    try {
      expect(parseManifest(value)).toEqual(value);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'BUNDLE_MANIFEST_INVALID' });
    }
  }),
);
