/** Versions, defaults and maxima of the manifest. */

/** The version of the manifest's own shape. */
export const manifestFormat = 1;
/** The tool ABI that this release speaks: the version of the WIT package `aria:host`. */
export const abiVersion = '0.1.0';

/** Defaults of the contract for what a decorator leaves out. */
export const toolDefaults = {
  /** Wall time of a call, waiting included. */
  timeoutMs: 30_000,
  /** Compute time of a call. */
  computeMs: 5_000,
  /** Linear memory of a call's instance. */
  memoryBytes: 64 * 1024 * 1024,
  retryCount: 0,
  type: 'custom',
  /** How long an output stands, for a tool that is cached without a time of its own; `[cache] ttl_sec`. */
  cacheTtlMs: 3_600_000,
} as const;

/** What a container may use beside memory and time, where its tool does not say. */
export const containerDefaults = {
  /** Cores. */
  cpus: 1,
  /** Processes and threads: Bun has about ten, and a pool of a library some more. */
  processes: 64,
  /** `/tmp`, which is in memory and counts as such. */
  temporaryBytes: 32 * 1024 * 1024,
} as const;

/** Defaults of what `@agent`, `@team` and `@pipeline` leave out; the upstream documents name the same numbers. */
export const orchestrationDefaults = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  maxCalls: 10,
  /** Wall time of an agent's conversation, of a team's task and of a pipeline. */
  timeoutMs: 300_000,
  memory: 'session',
  strategy: 'adaptive-coordination',
  maxParallelTasks: 3,
  errorStrategy: 'stop',
  /** Tries of a step under `retry`, the first included. */
  maxAttempts: 3,
  backoffMs: 1_000,
} as const;

/** What holds where aria.toml says nothing; the upstream documents name the same numbers. */
export const settingsDefaults = {
  cache: { enabled: true, ttlMs: 3_600_000, fastPathThreshold: 0.85 },
  shortTerm: { ttlMs: 3_600_000, bytesMax: 100 * 1024 * 1024 },
  longTerm: { ttlMs: 2_592_000_000, bytesMax: 1024 * 1024 * 1024 },
  streaming: { intervalMs: 100 },
} as const;

/** Maxima of the manifest: a bundle beyond them is refused. */
export const manifestMaxima = {
  tools: 256,
  /** Of agents, teams and pipelines, each. */
  orchestrations: 256,
  /** Other bundles that a bundle needs by name; what these need is not counted. */
  dependencies: 64,
  /** Of an agent's tools, a team's agents. */
  members: 256,
  /** Of a pipeline, nested ones included. */
  steps: 256,
  /** Branches within branches. */
  stepDepth: 8,
  /** A step's input, as objects within objects; a condition, as parentheses within parentheses. */
  valueDepth: 32,
  /** Of a list of directives or capabilities. */
  texts: 64,
  tokensPerTool: 64,
  /** An agent has the tokens of all of its tools. */
  tokensPerOrchestration: 4_096,
  importsPerTool: 32,
  descriptionCharacters: 4_096,
  /** Of a task, a system prompt, a directive. */
  promptCharacters: 65_536,
  timeoutMs: 24 * 60 * 60 * 1000,
  cacheMs: 365 * 24 * 60 * 60 * 1000,
  computeMs: 60 * 60 * 1000,
  memoryBytes: 64 * 1024 * 1024 * 1024,
  /** Of a component: a memory of WebAssembly has 32-bit addresses. */
  componentMemoryBytes: 4 * 1024 * 1024 * 1024 - 65_536,
  retryCount: 100,
  maxCalls: 1_000,
  maxParallel: 256,
  maxTokens: 10_000_000,
  placementReasons: 16,
  placementCharacters: 512,
  /** Of a container. */
  cpus: 256,
  processes: 4_096,
  temporaryBytes: 4 * 1024 * 1024 * 1024,
} as const;

/** Less than this no container starts with. */
export const containerMinima = { cpus: 0.05, processes: 16, temporaryBytes: 1024 * 1024 } as const;
