/** A local runtime over a real back end, in directories of its own, with faults where a test wants them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../quilt-adapter/pool/ports.ts';
import type {
  BackendName,
  BackendProbe,
  ContainerBackend,
  ContainerSpec,
  RunningContainer,
} from '../../../quilt-adapter/containers/backend.ts';
import { openNamed } from '../../../quilt-adapter/containers/open-backend.ts';
import { probeBackend } from '../../../quilt-adapter/containers/probe.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import type { ContainerEvent, ContainerState } from '../../../quilt-adapter/runtime/container-runtime.ts';
import {
  type LocalRuntime,
  type LocalRuntimeOptions,
  createLocalRuntime,
} from '../../../quilt-adapter/runtime/local-runtime.ts';
import { systemClock } from '#host';

/** What happens instead of, or around, the real back end. */
export interface Faults {
  start?(spec: ContainerSpec, real: () => Promise<RunningContainer>): Promise<RunningContainer>;
}

/** A runtime with what a test looks at. */
export interface RuntimeSubject extends AsyncDisposable {
  readonly runtime: LocalRuntime;
  readonly backend: ContainerBackend;
  readonly directory: string;
  readonly events: ContainerEvent[];
  readonly problems: unknown[];
  /** Containers that the back end has started. */
  readonly started: RunningContainer[];
  /** Another runtime over the same directories, after this one. */
  reopen(): LocalRuntime;
}

/** Whether crun can be used here. */
export async function hasCrun(): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'aria-probe-'));
  const owner = `probe-${randomBytes(4).toString('hex')}`;
  try {
    const options = { stateDirectory: directory, owner, controlGroupName: `aria-${owner}` };
    return (await probeBackend('crun', options)).usable;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Options of a subject. */
export interface SubjectOptions extends Partial<Omit<LocalRuntimeOptions, 'backend'>> {
  readonly backend?: Extract<BackendName, 'none' | 'crun'>;
  readonly faults?: Faults;
}

/** Opens one; `none` unless told otherwise. */
export async function openRuntime({
  backend: name = 'none',
  faults,
  ...options
}: SubjectOptions = {}): Promise<RuntimeSubject> {
  const directory = mkdtempSync(join(tmpdir(), 'aria-runtime-'));
  const root = await rootOf(name, directory);
  const probe: BackendProbe = {
    name,
    usable: true,
    version: undefined,
    findings: [],
    controlGroups: name === 'none' ? 'none' : 'v1',
    userNamespace: name !== 'none',
    seccomp: name !== 'none',
  };
  const owner = `test-${randomBytes(4).toString('hex')}`;
  const real = openNamed(name, probe, {
    stateDirectory: join(directory, 'backend'),
    owner,
    controlGroupName: `aria-${owner}`,
  });
  const started: RunningContainer[] = [];
  const backend: ContainerBackend = {
    name,
    probe,
    user: real.user,
    removeOrphans: () => real.removeOrphans(),
    async start(spec) {
      const begin = async (): Promise<RunningContainer> => {
        const running = await real.start(spec);
        started.push(running);
        return running;
      };
      return faults?.start ? faults.start(spec, begin) : begin();
    },
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
  const events: ContainerEvent[] = [];
  const problems: unknown[] = [];
  const make = (): LocalRuntime =>
    createLocalRuntime({
      backend,
      rootDirectory: async () => root,
      stateDirectory: join(directory, 'state'),
      volumesDirectory: join(directory, 'volumes'),
      hostDirectories: [],
      clock: systemClock,
      random: (bytes) => randomBytes(bytes),
      onEvent: (event) => events.push(event),
      onProblem: (problem) => problems.push(problem),
      ...options,
    });
  const runtime = make();
  const opened = [runtime];
  return {
    runtime,
    backend,
    directory,
    events,
    problems,
    started,
    reopen() {
      const again = make();
      opened.push(again);
      return again;
    },
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each[Symbol.asyncDispose]();
      await real.removeOrphans();
      await real[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function rootOf(name: BackendName, directory: string): Promise<string> {
  if (name !== 'none')
    return (await buildRootDirectory({ cacheDirectory: join(directory, 'cache'), directories: ['/data'] })).path;
  const root = join(directory, 'root');
  for (const place of ['workspace', 'data', 'tmp']) mkdirSync(join(root, place), { recursive: true });
  return root;
}

/** A shell that runs a script. */
export function shell(script: string): readonly string[] {
  return ['/bin/sh', '-c', script];
}

/** A container that does nothing until it is ended. */
export const sleeper: { readonly image: string; readonly command: readonly string[] } = {
  image: 'bun',
  command: ['/bin/sleep', '1000'],
};

/** Waits until a container is in a state. */
export async function untilState(
  runtime: LocalRuntime,
  container: string,
  state: ContainerState,
  clock: Clock = systemClock,
): Promise<void> {
  for (;;) {
    const info = await runtime.info(container);
    if (info.state === state) return;
    await clock.sleep(2, new AbortController().signal);
  }
}

/** Waits until a log has a line with this text. */
export async function untilLogged(runtime: LocalRuntime, container: string, text: string): Promise<void> {
  while (!(await runtime.logs(container, { tail: 1_000 })).some((line) => line.text.includes(text)))
    await new Promise((resolve) => setTimeout(resolve, 5));
}
