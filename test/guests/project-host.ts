/** Builds projects of `guests/` as arc does, and loads them on one host. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder } from '#compiler';
import { type Host, type HostOptions, type RunLimits, createHost } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';

const guests = fileURLToPath(new URL('../../guests', import.meta.url));

/** A host with the projects that were loaded on it. */
export interface ProjectHost extends AsyncDisposable {
  /** Builds a project below `guests/` and loads its tools. @throws {Error} with its diagnostics. */
  load(project: string): Promise<LoadedProject>;
}

/** A project on the host. */
export interface LoadedProject {
  call(tool: string, input?: unknown, signal?: AbortSignal): Promise<CallOutcome>;
}

/** Opens a host with a cache of its own, on the engine of this machine where none is named. */
export async function openProjectHost(
  limits: Partial<RunLimits> = {},
  engine: NonNullable<HostOptions['engine']> = 'auto',
): Promise<ProjectHost> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-guests-'));
  return new TemporaryHost(createHost({ cacheDirectory, limits, engine }), cacheDirectory);
}

class TemporaryHost implements ProjectHost {
  readonly #host: Host;
  readonly #cacheDirectory: string;
  readonly #runners: ToolRunner[] = [];
  #calls = 0;

  constructor(host: Host, cacheDirectory: string) {
    this.#host = host;
    this.#cacheDirectory = cacheDirectory;
  }

  async load(project: string): Promise<LoadedProject> {
    await using builder = createBuilder({ directory: join(guests, project), cacheDirectory: this.#cacheDirectory });
    const outcome = await builder.build();
    if (outcome.kind === 'refused')
      throw new Error(`Cannot build "${project}": ${JSON.stringify(outcome.diagnostics, undefined, 2)}`);
    const components = new Map(Array.from(outcome.bundle.components, ([name, { component }]) => [name, component]));
    const runner = await this.#host.load(outcome.bundle, { components });
    this.#runners.push(runner);
    return {
      call: (tool, input = {}, signal) => {
        this.#calls += 1;
        return runner.run({ id: `call-${this.#calls}`, tool, input }, signal);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runner of this.#runners) await runner[Symbol.asyncDispose]();
    await this.#host[Symbol.asyncDispose]();
    await rm(this.#cacheDirectory, { recursive: true, force: true });
  }
}

/** The output of a call that is done. @throws {Error} where it is not. */
export function outputOf(outcome: CallOutcome): unknown {
  if (outcome.kind === 'done') return outcome.output;
  throw new Error(`The call failed: ${JSON.stringify(outcome.error)}\n${outcome.stack ?? ''}`);
}

/** The code of a call that failed; `done` where it did not. */
export function codeOf(outcome: CallOutcome): string {
  return outcome.kind === 'failed' ? outcome.error.code : 'done';
}
