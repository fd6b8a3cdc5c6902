/** What starts one isolated process: crun, runc, bubblewrap, or nothing at all. */

/** A directory or file of the machine inside the container, or an empty one in memory. */
export type ContainerMount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly writable: boolean }
  | { readonly kind: 'tmpfs'; readonly target: string; readonly bytesMax: number };

/** What a container may use. */
export interface ContainerLimits {
  /** Of the control group: anonymous memory, tmpfs and page cache that cannot go. */
  readonly memoryBytesMax: number;
  /** Cores, as 0.5. */
  readonly cpusMax: number;
  /** Processes and threads. */
  readonly processesMax: number;
  readonly openFilesMax: number;
  /** `/tmp`. */
  readonly temporaryBytesMax: number;
}

/** What its system calls may reach; all else of the allow list is the same for everybody. */
export interface ContainerProfile {
  /** Sockets of the network families, inside an empty network namespace. */
  readonly network: boolean;
  /** Starting other programs. */
  readonly spawn: boolean;
  /** Loading compiled code from `/tmp`; absent for no. It gives no program the right to be started. */
  readonly nativeCode?: boolean;
}

/** A process to isolate. */
export interface ContainerSpec {
  /** `[a-z0-9-]`, 1 to 64; unique on the machine. */
  readonly id: string;
  /** Absolute inside the container. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** A directory of the machine that becomes `/`, read-only. */
  readonly rootDirectory: string;
  readonly mounts: readonly ContainerMount[];
  readonly limits: ContainerLimits;
  readonly profile: ContainerProfile;
}

/** Why a container is no longer there. `cause` is the machine's own word, for `details.cause`. */
export interface ContainerExit {
  readonly kind: 'exited' | 'memory' | 'processes' | 'signal' | 'killed' | 'failed-to-start';
  /** Absent where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly cause: string;
}

/** What it has used so far. Figures that a back end cannot know are absent. */
export interface ContainerUsage {
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly memoryBytesPeak: number | undefined;
  readonly processes: number | undefined;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
}

/** A running container. Leaving the scope kills it and removes what is its own on the machine. */
export interface RunningContainer extends AsyncDisposable {
  readonly id: string;
  /** Of its first process, as the machine counts. */
  readonly pid: number;
  /** A read that nobody makes stops the container: whoever starts one reads both. */
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  /** Resolves when nothing of it runs any more; never rejects. */
  readonly exited: Promise<ContainerExit>;
  usage(): Promise<ContainerUsage>;
  /** To its first process; `KILL` to all of them. */
  signal(name: 'TERM' | 'KILL'): Promise<void>;
  /** A further process in it. Rejects with `UNAVAILABLE` where the back end cannot. */
  execute(
    command: {
      readonly args: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly workingDirectory: string;
    },
    signal: AbortSignal,
  ): Promise<ExecuteResult>;
}

/** What a further process came to. */
export interface ExecuteResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Bytes of either that were dropped over the maximum. */
  readonly bytesDropped: number;
}

/** The back ends. */
export const backendNames = ['crun', 'runc', 'bubblewrap', 'none'] as const;
export type BackendName = (typeof backendNames)[number];

/** One finding of a probe: what was looked at, what was seen, and what to do. */
export interface ProbeFinding {
  readonly what: string;
  readonly ok: boolean;
  readonly seen: string;
  readonly remedy: string | undefined;
}

/** Whether a back end works here, and what it isolates. */
export interface BackendProbe {
  readonly name: BackendName;
  readonly usable: boolean;
  readonly version: string | undefined;
  readonly findings: readonly ProbeFinding[];
  /** Who enforces memory, CPU and processes; `none`: nobody. */
  readonly controlGroups: 'v1' | 'v2' | 'none';
  readonly userNamespace: boolean;
  readonly seccomp: boolean;
}

/** Starts containers. */
export interface ContainerBackend extends AsyncDisposable {
  readonly name: BackendName;
  readonly probe: BackendProbe;
  /** Who the processes are on the machine: the owner of what they may write, as a volume. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** @throws {CodedError} `CONTAINER_START_FAILED`, `CONTAINER_SPEC_INVALID`; nothing is left then. */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Ends and removes whatever containers of earlier processes of this owner left: processes, control groups, mounts, files. */
  removeOrphans(): Promise<{ readonly containers: number; readonly findings: readonly string[] }>;
}
