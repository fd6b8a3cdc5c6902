/** Containers with a life of their own, as people and agents ask for them: here on this machine, or at a remote Quilt daemon. */
import type { ContainerLimits, ContainerProfile, ExecuteResult } from '../containers/backend.ts';

/** Quilt's states. `created` has not been started; `exited` and `failed` may be started again. */
export const containerStates = ['created', 'starting', 'running', 'exited', 'failed'] as const;
export type ContainerState = (typeof containerStates)[number];

/** Quilt's events. */
export const containerEventKinds = [
  'created',
  'started',
  'stopped',
  'died',
  'removed',
  'exec_started',
  'exec_died',
  'resource_limit',
  'health_status',
  'network_connect',
  'network_disconnect',
  'volume_mount',
  'volume_unmount',
] as const;
export type ContainerEventKind = (typeof containerEventKinds)[number];

/** What somebody mounts. */
export type RequestedMount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'tmpfs'; readonly target: string; readonly bytesMax: number };

/** A container to create. */
export interface ContainerRequest {
  /** Unique among those that exist; drawn where absent. */
  readonly name?: string;
  /** `bun`, the image of this host, or the path of a root directory or archive where the runtime allows it. */
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly mounts?: readonly RequestedMount[];
  readonly limits?: Partial<ContainerLimits>;
  readonly profile?: Partial<ContainerProfile>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Started with its creation; true where absent. */
  readonly start?: boolean;
}

/** What is known of a container. Times are milliseconds since 1970. */
export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly state: ContainerState;
  readonly pid: number | undefined;
  readonly exitCode: number | undefined;
  /** Why it died, where a limit or a signal did it. */
  readonly cause: string | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly exitedAtMs: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** A line of a container's output. */
export interface ContainerLogLine {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr' | 'runtime';
  readonly text: string;
}

/** What a container uses. Absent: the runtime cannot know. */
export interface ContainerMetrics {
  readonly id: string;
  readonly atMs: number;
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly memoryBytesPeak: number | undefined;
  readonly memoryBytesMax: number | undefined;
  readonly processes: number | undefined;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
}

/** What the machine uses. */
export interface SystemMetrics {
  readonly atMs: number;
  readonly cpuCount: number;
  readonly loadAverage: readonly number[];
  readonly memoryBytes: number;
  readonly memoryBytesUsed: number;
  readonly containersTotal: number;
  readonly containersRunning: number;
}

/** How a container reaches others. */
export interface ContainerNetwork {
  readonly id: string;
  /** `none`: no way out. `proxy`: through the host, by tokens. `bridge`: a remote daemon's own. */
  readonly mode: 'none' | 'proxy' | 'bridge';
  readonly address: string | undefined;
  /** `host:port` that it may reach. */
  readonly allowed: readonly string[];
}

/** A named directory that outlives containers. */
export interface Volume {
  readonly name: string;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly mountPoint: string;
}

/** Something that happened. */
export interface ContainerEvent {
  readonly kind: ContainerEventKind;
  readonly container: string;
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a runtime can do of the interface; `why` says what stands against the rest. */
export interface RuntimeCapabilities {
  readonly runtime: string;
  readonly version: string | undefined;
  readonly supported: readonly string[];
  readonly unsupported: readonly { readonly feature: string; readonly why: string }[];
}

/** Containers. Names are taken wherever an id is. Every failure is a `CodedError`. */
export interface ContainerRuntime extends AsyncDisposable {
  capabilities(signal?: AbortSignal): Promise<RuntimeCapabilities>;
  /** @throws `CONTAINER_SPEC_INVALID`, `CONTAINER_NAME_TAKEN`, `CONTAINER_START_FAILED`, `OVERLOADED`. */
  create(request: ContainerRequest, signal?: AbortSignal): Promise<ContainerInfo>;
  /** @throws `NOT_FOUND`, `CONTAINER_STATE_INVALID`, `CONTAINER_START_FAILED`. */
  start(container: string, signal?: AbortSignal): Promise<ContainerInfo>;
  /** `TERM`, and `KILL` after the time. */
  stop(container: string, options: { readonly timeoutMs: number }, signal?: AbortSignal): Promise<ContainerInfo>;
  kill(container: string, signal?: AbortSignal): Promise<ContainerInfo>;
  /** A running one only with `force`. @throws `CONTAINER_STATE_INVALID`. */
  remove(container: string, options: { readonly force: boolean }, signal?: AbortSignal): Promise<void>;
  execute(
    container: string,
    command: {
      readonly args: readonly string[];
      readonly environment?: Readonly<Record<string, string>>;
      readonly workingDirectory?: string;
      readonly timeoutMs?: number;
    },
    signal?: AbortSignal,
  ): Promise<ExecuteResult>;
  info(container: string, signal?: AbortSignal): Promise<ContainerInfo>;
  list(query?: { readonly state?: ContainerState }, signal?: AbortSignal): Promise<readonly ContainerInfo[]>;
  /** The newest lines, oldest first. */
  logs(container: string, query: { readonly tail: number }, signal?: AbortSignal): Promise<readonly ContainerLogLine[]>;
  metrics(container: string, signal?: AbortSignal): Promise<ContainerMetrics>;
  system(signal?: AbortSignal): Promise<SystemMetrics>;
  network(container: string, signal?: AbortSignal): Promise<ContainerNetwork>;
  /** All networks, by container. */
  topology(signal?: AbortSignal): Promise<readonly ContainerNetwork[]>;
  /** From now on, until the signal. */
  events(
    query: { readonly containers?: readonly string[]; readonly kinds?: readonly ContainerEventKind[] },
    signal: AbortSignal,
  ): AsyncIterable<ContainerEvent>;
  createVolume(
    volume: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<Volume>;
  removeVolume(name: string, options: { readonly force: boolean }, signal?: AbortSignal): Promise<void>;
  volumes(signal?: AbortSignal): Promise<readonly Volume[]>;
}
