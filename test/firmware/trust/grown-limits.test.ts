import { describe, expect, test } from 'vitest';
import { type Manifest, manifestMaxima, toolDefaults } from '#wit/manifest';
import { grownLimits } from '../../../firmware/trust/grown-limits.ts';
import { sampleAgent, sampleManifest, sampleTool } from './sample-version.ts';

const tools = (...list: readonly ReturnType<typeof sampleTool>[]) => sampleManifest('1.0.0', list);
const only = (more: Partial<Manifest>) => sampleManifest('1.0.0', [], more);

describe('limits that grow', () => {
  test.each([
    ['timeoutMs', 30_001, 'tool "a" asks for wall time: 30001 ms; it had 30000 ms'],
    ['computeMs', 5_001, 'tool "a" asks for compute time: 5001 ms; it had 5000 ms'],
    ['memoryBytes', 67_174_400, 'tool "a" asks for memory: 67174400 bytes; it had 67108864 bytes'],
    ['retryCount', 1, 'tool "a" asks for retries: 1; it had 0'],
  ])('%s of a tool', (field, value, sentence) => {
    const [before, after] = [tools(sampleTool('a', [])), tools(sampleTool('a', [], { [field]: value }))];
    expect(grownLimits(before, after)).toEqual([sentence]);
    expect(grownLimits(after, before)).toEqual([]);
    expect(grownLimits(after, after)).toEqual([]);
  });
  test.each([
    ['cpus', 1.5, 'tool "a" asks for cores: 1.5; it had 1'],
    ['processes', 65, 'tool "a" asks for processes: 65; it had 64'],
    ['temporaryBytes', 33_554_433, 'tool "a" asks for temporary files: 33554433 bytes; it had 33554432 bytes'],
  ])('%s of a container', (field, value, sentence) => {
    const after = tools(sampleTool('a', [], { resources: { [field]: value } }));
    expect(grownLimits(tools(sampleTool('a', [])), after)).toEqual([sentence]);
    expect(grownLimits(after, tools(sampleTool('a', [])))).toEqual([]);
    expect(grownLimits(tools(), after)).toHaveLength(1);
  });
  test('a new tool may have the defaults, or what another tool had, and not more', () => {
    const before = tools(sampleTool('a', [], { timeoutMs: 60_000 }));
    const brings = (timeoutMs: number) => grownLimits(before, tools(sampleTool('b', [], { timeoutMs })));
    expect(brings(toolDefaults.timeoutMs)).toEqual([]);
    expect(brings(60_000)).toEqual([]);
    expect(brings(60_001)).toEqual(['tool "b" asks for wall time: 60001 ms; no tool had more than 60000 ms']);
    expect(grownLimits(only({}), tools(sampleTool('b', [], { computeMs: 5_001 })))).toHaveLength(1);
  });
  test('calls, time, answers and models of an agent', () => {
    const agents = (more: Parameters<typeof sampleAgent>[1]) => only({ agents: [sampleAgent('a', more)] });
    const before = agents({ llm: { provider: 'openai', model: 'small', maxTokens: 100 } });
    const after = agents({ maxCalls: 11, timeoutMs: 300_001, llm: { provider: 'openai', model: 'large' } });
    expect(grownLimits(before, after)).toEqual([
      'agent "a" asks for wall time: 300001 ms; it had 300000 ms',
      'agent "a" asks for calls: 11; it had 10',
      'agent "a" asks for tokens of an answer: no limit; it had 100',
      'agent "a" uses the model "openai:large"; it used "openai:small"',
    ]);
    expect(grownLimits(only({}), agents({}))).toEqual([]);
  });
  test('tasks of a team', () => {
    const teams = (maxParallelTasks: number, taskTimeoutMs: number) =>
      only({
        teams: [
          {
            name: 't',
            description: '',
            agents: ['a'],
            strategy: { name: 'parallel', maxParallelTasks, taskTimeoutMs },
            tokens: [],
          },
        ],
      });
    expect(grownLimits(teams(3, 1000), teams(4, 1001))).toEqual([
      'team "t" asks for wall time of a task: 1001 ms; it had 1000 ms',
      'team "t" asks for tasks at the same time: 4; it had 3',
    ]);
    expect(grownLimits(only({}), teams(manifestMaxima.maxParallel, 1))).toHaveLength(1);
  });
  test('tries and retries of a pipeline, in steps within steps too', () => {
    const pipelines = (retryCount: number, maxAttempts: number) => {
      const tool = { type: 'tool', id: 's', name: 's', dependencies: [], tool: 'a', inputs: {}, retryCount } as const;
      const inner = { type: 'parallel', id: 'p', name: 'p', dependencies: [], steps: [tool] } as const;
      const outer = {
        type: 'condition',
        id: 'c',
        name: 'c',
        dependencies: [],
        text: 'true',
        condition: { kind: 'value', value: { kind: 'literal', value: true } },
        then: [],
        else: [{ ...inner, steps: [...inner.steps] }],
      } as const;
      return only({
        pipelines: [
          {
            name: 'p',
            description: '',
            variables: {},
            steps: [
              {
                ...outer,
                dependencies: [],
                then: [],
                else: [{ ...inner, dependencies: [], steps: [{ ...tool, dependencies: [] }] }],
              },
            ],
            errorStrategy: { type: 'retry', maxAttempts, backoffMs: 0 },
            timeoutMs: 1000,
            tokens: [],
          },
        ],
      });
    };
    expect(grownLimits(pipelines(1, 3), pipelines(2, 4))).toEqual([
      'pipeline "p" asks for tries of a step: 4; it had 3',
      'pipeline "p" asks for retries of a step: 2; it had 1',
    ]);
  });
  test('memory that a bundle keeps', () => {
    const memory = (shortTerm: number) =>
      only({
        settings: { memory: { shortTerm: { ttlMs: 1, bytesMax: shortTerm }, longTerm: { ttlMs: 1, bytesMax: 1 } } },
      });
    expect(grownLimits(only({}), memory(100 * 1024 * 1024))).toEqual([]);
    expect(grownLimits(memory(10), memory(11))).toEqual(['memory "short-term" asks for bytes: 11; it had 10']);
    expect(grownLimits(only({}), memory(100 * 1024 * 1024 + 1))).toHaveLength(1);
  });
});
