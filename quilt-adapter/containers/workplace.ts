/**
 * Where a back end works: its directories, its control groups, its keeper, a launcher that waits, and the containers that run. What the
 * back ends have in common is here; what differs is a `Recipe`.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '#wit/errors';
import type { ContainerSpec, RunningContainer } from './backend.ts';
import type { ControlGroup, ControlGroups } from './control-groups.ts';
import { backendClosed, nameTaken, startFailed } from './errors.ts';
import type { Instance } from './instance.ts';
import { Keeper } from './keeper.ts';
import { type LauncherOptions, launcherFailure, sendOrders, spawnLauncher } from './launcher.ts';
import { causeBytesMax, sparesMax, startTimeoutMs } from './limits.ts';
import type { Machine } from './machine.ts';
import { identityOf } from './process-identity.ts';
import { Stage } from './stage.ts';
import { Container, type ContainerOutput, childExit, outputOf, removeGroup } from './running-container.ts';

/** Where one container is made. */
export interface Place {
  readonly spec: ContainerSpec;
  /** Of its own: what the runtime reads and writes. */
  readonly directory: string;
  readonly group: ControlGroup | undefined;
  /** By which paths the container's user reaches things. */
  readonly stage: Stage;
}

/** What one runtime does its own way. */
export interface Recipe {
  /** Writes what the runtime reads; returns its command. */
  prepare(place: Place): readonly string[];
  /** The first process's number, as soon as it is there. */
  started(place: Place, signal: AbortSignal): Promise<number>;
  /** What the runtime says if it never got as far as the program; undefined if it did. */
  failure(place: Place, exitCode: number | null): string | undefined;
  execute(place: Place, ...command: Parameters<RunningContainer['execute']>): ReturnType<RunningContainer['execute']>;
  /** Removes what the runtime has put elsewhere than into the place's directory. */
  forget(place: Place): void;
}

/** What a workplace is made of; it owns instance and groups. */
export interface WorkplaceOptions {
  readonly machine: Machine;
  readonly instance: Instance;
  readonly groups: ControlGroups | undefined;
  readonly launcher: Pick<LauncherOptions, 'script' | 'privateMounts' | 'hiddenMount'>;
  /** Of a runtime that puts its container into the group by itself, and must not be in it. */
  readonly joinsGroup: boolean;
}

interface Launch {
  readonly child: ChildProcess;
  readonly group: ControlGroup | undefined;
}

/** Starts containers by a recipe. Leaving the scope ends all of them and removes everything. */
export class Workplace implements AsyncDisposable {
  readonly #options: WorkplaceOptions;
  readonly #keeper: Keeper;
  readonly #containers = new Map<string, Container | undefined>();
  readonly #starting = new Set<Promise<unknown>>();
  #spares: Launch[] = [];
  #count = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WorkplaceOptions) {
    this.#options = options;
    this.#keeper = new Keeper({
      machine: options.machine,
      instanceDirectory: options.instance.directory,
      groupDirectories: options.groups?.directories ?? [],
    });
  }

  /** @throws `CONTAINER_START_FAILED`, `CONTAINER_NAME_TAKEN`, `CANCELLED`; nothing is left then. */
  async start(spec: ContainerSpec, recipe: Recipe): Promise<RunningContainer> {
    if (this.#closing) throw backendClosed(this.#options.instance.record.backend);
    if (this.#containers.has(spec.id)) throw nameTaken(spec.id);
    this.#containers.set(spec.id, undefined);
    const starting = this.#start(spec, recipe);
    this.#starting.add(starting);
    try {
      const container = await starting;
      this.#containers.set(spec.id, container);
      void container.exited.then(() => this.#containers.delete(spec.id));
      return container;
    } catch (error) {
      this.#containers.delete(spec.id);
      throw error instanceof CodedError ? error : startFailed(spec.id, String(error), { cause: error });
    } finally {
      this.#starting.delete(starting);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #start(spec: ContainerSpec, recipe: Recipe): Promise<Container> {
    this.#keeper.ensure();
    const directory = path.join(this.#options.instance.containersDirectory, spec.id);
    const launch = this.#spares.shift() ?? this.#launch();
    const { child, group } = launch;
    const output = outputOf(child);
    const stage = new Stage(this.#options.launcher.privateMounts, pathsOf(spec, directory));
    const place: Place = { spec, directory, group, stage };
    const record = path.join(this.#options.instance.processesDirectory, spec.id);
    const cleanUp = () => {
      recipe.forget(place);
      rmSync(record, { force: true });
      rmSync(directory, { recursive: true, force: true });
    };
    try {
      hold(child, true);
      mkdirSync(directory, { mode: 0o700 });
      group?.limit(spec.limits);
      if (!group) writeFileSync(record, `${child.pid} ${identityOf(child.pid ?? 0)?.startTicks ?? 0}\n`);
      const openFilesMax = Math.min(spec.limits.openFilesMax, this.#options.machine.openFilesMax);
      const words = recipe.prepare(place);
      sendOrders(child, { openFilesMax, directory, stage, words });
      const pid = await this.#firstProcess({ child, output }, place, recipe);
      this.#refill();
      const failure = (code: number | null) => recipe.failure(place, code);
      const execute: RunningContainer['execute'] = (command, signal) => recipe.execute(place, command, signal);
      return new Container({ id: spec.id, pid, child, output, group, failure, execute, cleanUp });
    } catch (error) {
      child.kill('SIGKILL');
      group?.kill();
      await childExit(child);
      await removeGroup(group);
      cleanUp();
      throw error;
    }
  }

  async #firstProcess(
    { child, output }: { readonly child: ChildProcess; readonly output: ContainerOutput },
    place: Place,
    recipe: Recipe,
  ): Promise<number> {
    const { id } = place.spec;
    const end = new AbortController();
    const timer = setTimeout(
      () => end.abort(startFailed(id, `the runtime made no container within ${startTimeoutMs} ms`)),
      startTimeoutMs,
    );
    const started = recipe.started(place, end.signal);
    void childExit(child).then(({ code, signal }) => {
      const words =
        recipe.failure(place, code) ?? launcherFailure(code) ?? `it ended with ${signal ?? `exit status ${code}`}`;
      end.abort(startFailed(id, `${words}${wordsOf(output)}`));
    });
    try {
      return await started;
    } finally {
      clearTimeout(timer);
    }
  }

  #launch(): Launch {
    const { machine, groups, launcher, joinsGroup } = this.#options;
    this.#count += 1;
    const group = groups?.create(`c${this.#count}`);
    const child = spawnLauncher({ machine, memberFiles: joinsGroup ? (group?.memberFiles ?? []) : [], ...launcher });
    return { child, group };
  }

  #refill(): void {
    if (this.#closing || this.#spares.length >= sparesMax) return;
    const spare = this.#launch();
    hold(spare.child, false);
    this.#spares.push(spare);
    // Somebody has ended it, or it could not join: the next start makes its own, and says why if it cannot.
    void childExit(spare.child).then(() => {
      if (!this.#spares.includes(spare)) return;
      this.#spares = this.#spares.filter((other) => other !== spare);
      void removeGroup(spare.group);
    });
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#starting);
    const { groups, instance } = this.#options;
    const spares = this.#spares;
    this.#spares = [];
    for (const { child } of spares) {
      hold(child, true);
      child.kill('SIGKILL');
    }
    await Promise.all([...this.#containers.values()].map((container) => container?.[Symbol.asyncDispose]()));
    await Promise.all(spares.map(({ child, group }) => childExit(child).then(() => removeGroup(group))));
    groups?.[Symbol.dispose]();
    instance[Symbol.dispose]();
    this.#keeper[Symbol.dispose]();
  }
}

function pathsOf({ rootDirectory, mounts }: ContainerSpec, directory: string): readonly string[] {
  return [directory, rootDirectory, ...mounts.flatMap((mount) => (mount.kind === 'bind' ? [mount.source] : []))];
}

/** Whether the host stays for a child: for a container yes, for one that waits no. */
function hold(child: ChildProcess, isHeld: boolean): void {
  const verb = isHeld ? 'ref' : 'unref';
  child[verb]();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    const handle: unknown = stream;
    if (typeof handle === 'object' && handle !== null && verb in handle) {
      const method: unknown = Reflect.get(handle, verb);
      if (typeof method === 'function') method.call(handle);
    }
  }
}

/** What a start that failed has written so far. */
function wordsOf({ stderr }: ContainerOutput): string {
  const chunk: unknown = stderr.read();
  const text = Buffer.isBuffer(chunk) ? chunk.subarray(0, causeBytesMax).toString().trim() : '';
  return text === '' ? '' : `: ${text}`;
}
