/** Container engines for tests: on a root directory made of links, each with its own directory for sockets. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { agentScript } from '#guest-container';
import { agentPlace } from '#wit/turns';
import { createOperations, createToolRunner } from '#host';
import type { ToolRunner } from '#wit/interfaces';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { probeBackends } from '../../../quilt-adapter/containers/probe.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import {
  type ContainerEngine,
  type ContainerEngineOptions,
  createContainerEngine,
} from '../../../quilt-adapter/engine/engine.ts';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import type { SubjectOptions } from '../../conformance/tool-runner-subject.ts';
import { makeContainerBundle } from './container-bundle.ts';

const require = createRequire(import.meta.url);

/** Bun's program, where its package is installed. */
export function bunProgram(): string | undefined {
  const name = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), 'bin/bun');
  } catch {
    return undefined;
  }
}

/** An engine and what it lives in. */
export interface EngineUnderTest extends AsyncDisposable {
  readonly engine: ContainerEngine;
  readonly runDirectory: string;
}

/** What a test may choose. */
export interface Choice extends Partial<Omit<ContainerEngineOptions, 'backend'>> {
  /** `none` where absent. */
  readonly backend?: BackendName;
  /** Below the engine's own directory. */
  readonly runName?: string;
  /** What runs instead of the agent. */
  readonly agent?: Uint8Array;
}

/** Opens one. */
export async function openEngine({
  backend: name = 'none',
  agent,
  runName = 'run',
  ...options
}: Choice = {}): Promise<EngineUnderTest> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'aria-engine-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // Containers run as somebody else, who has to pass here.
  await chmod(directory, 0o711);
  const scripts = new Map([[agentPlace, agent ?? (await agentScript())]]);
  const { path: rootDirectory } = await buildRootDirectory({ cacheDirectory: join(directory, 'cache'), scripts });
  const backend = opened.use(
    await openBackend({
      choice: name,
      allowNone: true,
      stateDirectory: join(directory, 'state'),
      owner: newName(),
    }),
  );
  const runDirectory = join(directory, runName);
  const engine = createContainerEngine({
    clock: realClock,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    ...options,
    backend,
    rootDirectory,
    runDirectory,
  });
  opened.use(engine);
  const stack = opened.move();
  return { engine, runDirectory, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The back ends that work here; none without Bun. */
export async function usableBackends(): Promise<ReadonlySet<BackendName>> {
  if (bunProgram() === undefined) return new Set();
  const stateDirectory = await mkdtemp(join(tmpdir(), 'aria-probe-'));
  try {
    const probes = await probeBackends({ stateDirectory, owner: newName() });
    return new Set(probes.flatMap(({ name, usable }) => (usable ? [name] : [])));
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

const realClock = {
  nowMs: () => Date.now(),
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    await promise;
    signal.removeEventListener('abort', end);
  },
};

/** A runner of samples whose calls run in containers of an engine. */
export async function containerRunner(
  engine: ContainerEngine,
  samples: readonly ToolSample[],
  options: SubjectOptions & { readonly engineOfTools?: 'quickjs' | 'bun'; readonly tenant?: string } = {},
): Promise<ToolRunner> {
  const { clock, kv, audit, limits, nested, engineOfTools = 'quickjs', tenant = 'tenant' } = options;
  const { manifest, files } = makeContainerBundle(samples, engineOfTools);
  const operations = createOperations({
    ...(kv && { kv }),
    ...(clock && { clock }),
    ...(audit && { audit }),
    ...(nested && { nested }),
  });
  return createToolRunner({
    manifest,
    files,
    components: manifest.tools.map((tool) => {
      const source = files.get(tool.source.path) ?? new Uint8Array();
      return { tool: tool.name, component: { loaded: engine.load({ bundle: 'samples@1.0.0', tenant, tool, source }) } };
    }),
    engine: noEngine,
    operations,
    random: () => new Uint8Array(randomBytes(32)),
    ...(clock && { clock }),
    ...(limits && { limits }),
  });
}

/** There are no components in these bundles, so nobody asks it. */
export const noEngine = {
  name: 'v8' as const,
  compile: (): Promise<never> => Promise.reject(new Error('no component')),
  load: (): Promise<never> => Promise.reject(new Error('no component')),
  [Symbol.asyncDispose]: (): Promise<void> => Promise.resolve(),
};

/** A name that nobody else has. */
function newName(): string {
  return randomUUID().slice(0, 8);
}
