/** Active bundles with tools, agents, teams and pipelines, made of names: a registry runs nothing. */
import { hashBytes } from '#wit/bundle';
import {
  type Manifest,
  type ManifestTool,
  abiVersion,
  agentTokens,
  manifestFormat,
  parseManifest,
  pipelineTokens,
  teamTokens,
  toolDefaults,
} from '#wit/manifest';
import type { ActiveBundle } from '../../../firmware/service/ports.ts';

/** A tool by its name, with what is said of it. */
export interface NamedTool {
  readonly name: string;
  readonly description?: string;
  readonly nlp?: string;
}

/** What is in a bundle. */
export interface BundleParts {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly tools?: readonly (string | NamedTool)[];
  /** Each agent with its tools. */
  readonly agents?: Readonly<Record<string, readonly string[]>>;
  /** Each team with its agents. */
  readonly teams?: Readonly<Record<string, readonly string[]>>;
  /** Each pipeline with the tools of its steps. */
  readonly pipelines?: Readonly<Record<string, readonly string[]>>;
}

/** Text of the files that every tool of these bundles has. */
export const fileText = '{"type":"object","title":"of a sample"}';
const hash = hashBytes(Buffer.from(fileText));

/** Makes one; its manifest has been checked as any other. */
export function activeBundle(name: string, parts: BundleParts): ActiveBundle {
  const tools = (parts.tools ?? []).map((tool) => manifestTool(typeof tool === 'string' ? { name: tool } : tool));
  const sources = {
    tools: new Map(tools.map((tool) => [tool.name, tool.tokens])),
    agents: new Map<string, readonly string[]>(),
    teams: new Map<string, readonly string[]>(),
  };
  const agents = Object.entries(parts.agents ?? {}).map(([agent, used]) => {
    const llm = { provider: 'openai', model: 'gpt-4o-mini' };
    const tokens = agentTokens({ llm, tools: [...used] }, sources);
    sources.agents.set(agent, tokens);
    return {
      name: agent,
      description: `The agent ${agent}`,
      task: 'Help',
      tools: used,
      llm,
      maxCalls: 1,
      timeoutMs: 1,
      memory: 'none',
      tokens,
    };
  });
  const teams = Object.entries(parts.teams ?? {}).map(([team, members]) => {
    const tokens = teamTokens({ agents: [...members] }, sources);
    const strategy = { name: 'parallel', maxParallelTasks: 1, taskTimeoutMs: 1 };
    return { name: team, description: `The team ${team}`, agents: members, strategy, tokens };
  });
  const pipelines = Object.entries(parts.pipelines ?? {}).map(([pipeline, used]) => {
    const steps = used.map((tool, at) => ({
      type: 'tool' as const,
      id: `s${at}`,
      name: tool,
      dependencies: [],
      tool,
      inputs: {},
    }));
    return {
      name: pipeline,
      description: `The pipeline ${pipeline}`,
      variables: { type: 'object', properties: { limit: { type: 'number' } } },
      steps,
      errorStrategy: { type: 'stop', maxAttempts: 1, backoffMs: 0 },
      timeoutMs: 1,
      tokens: pipelineTokens(steps, sources),
    };
  });
  const manifest: Manifest = parseManifest({
    format: manifestFormat,
    name,
    version: parts.version ?? '1.0.0',
    description: '',
    abi: abiVersion,
    template: hash,
    ...(parts.dependencies && { dependencies: parts.dependencies }),
    tools,
    ...(agents.length > 0 && { agents }),
    ...(teams.length > 0 && { teams }),
    ...(pipelines.length > 0 && { pipelines }),
  });
  const archive = hashBytes(Buffer.from(`${name}@${manifest.version}`));
  return {
    hash: archive,
    manifest,
    thirdParty: false,
    provenance: { hash: archive, manifestHash: hash, sequence: 1, installedAtMs: 0 },
  };
}

function manifestTool({ name, description = '', nlp }: NamedTool): ManifestTool {
  const file = (path: string): { path: string; hash: string; size: number } => ({ path, hash, size: fileText.length });
  return {
    name,
    description,
    engine: 'quickjs',
    substrate: 'wasm',
    tokens: [],
    imports: [],
    timeoutMs: toolDefaults.timeoutMs,
    computeMs: toolDefaults.computeMs,
    memoryBytes: toolDefaults.memoryBytes,
    retryCount: 0,
    ...(nlp !== undefined && { nlp }),
    source: file(`source/${name}.js`),
    sourceMap: file(`source/${name}.js.map`),
    inputSchema: file(`schema/${name}.input.json`),
    outputSchema: file(`schema/${name}.output.json`),
    component: { hash, size: 8 },
  };
}
