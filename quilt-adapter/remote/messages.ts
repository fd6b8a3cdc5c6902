/** The messages of `quilt.proto` that are used here, as the loader gives them: absent texts are empty, absent messages null. */

export type WireStatus = 'PENDING' | 'RUNNING' | 'EXITED' | 'FAILED';

/** `success` of a bare answer. */
interface Success {
  readonly success: boolean;
  readonly errorMessage: string;
}

interface ById {
  readonly containerId: string;
}

export interface WireMount {
  readonly source: string;
  readonly target: string;
  readonly type: 'BIND' | 'VOLUME' | 'TMPFS';
  readonly readonly: boolean;
  readonly options: Readonly<Record<string, string>>;
}

export interface WireVolume {
  readonly name: string;
  readonly mountPoint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface WireCreate {
  readonly imagePath: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly memoryLimitMb: number;
  readonly cpuLimitPercent: number;
  readonly enablePidNamespace: boolean;
  readonly enableMountNamespace: boolean;
  readonly enableUtsNamespace: boolean;
  readonly enableIpcNamespace: boolean;
  readonly enableNetworkNamespace: boolean;
  readonly name: string;
  readonly asyncMode: boolean;
  readonly mounts: readonly WireMount[];
}

export interface WireContainer {
  readonly containerId: string;
  /** A number: one that this proto does not know. */
  readonly status: WireStatus | number;
  readonly exitCode: number;
  readonly errorMessage: string;
  readonly pid: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly exitedAt: number;
}

export interface WireLogEntry {
  readonly timestamp: number;
  readonly message: string;
}

export interface WireExecution extends Success {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WireContainerMetric {
  readonly containerId: string;
  readonly timestamp: number;
  readonly cpuUsageUsec: number;
  readonly memoryCurrentBytes: number;
  readonly memoryPeakBytes: number;
  readonly memoryLimitBytes: number;
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
}

export interface WireSystemMetrics {
  readonly timestamp: number;
  readonly memoryUsedMb: number;
  readonly memoryTotalMb: number;
  readonly cpuCount: number;
  readonly loadAverage: readonly number[];
  readonly containersTotal: number;
  readonly containersRunning: number;
}

export interface WireAllocation {
  readonly ipAddress: string;
  readonly setupCompleted: boolean;
}

export interface WireEvent {
  readonly eventType: string;
  readonly containerId: string;
  readonly timestamp: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface WireHealth {
  readonly healthy: boolean;
  readonly status: string;
  readonly uptimeSeconds: number;
  readonly containersRunning: number;
  readonly containersTotal: number;
  readonly checks: readonly { readonly name: string; readonly healthy: boolean; readonly message: string }[];
}

export interface WireSystemInfo {
  readonly version: string;
  readonly runtime: string;
  readonly startTime: number;
}

/** Requests and answers by name of the method. */
export interface QuiltRpcs {
  CreateContainer: [WireCreate, Success & ById];
  GetContainerStatus: [ById, WireContainer];
  GetContainerLogs: [ById, { readonly logs: readonly WireLogEntry[] }];
  GetContainerByName: [{ readonly name: string }, ById & { readonly found: boolean; readonly errorMessage: string }];
  StartContainer: [ById, Success & { readonly pid: number }];
  StopContainer: [ById & { readonly timeoutSeconds: number }, Success];
  KillContainer: [ById, Success];
  RemoveContainer: [ById & { readonly force: boolean }, Success];
  ExecContainer: [ById & { readonly command: readonly string[]; readonly captureOutput: boolean }, WireExecution];
  CreateVolume: [
    { readonly name: string; readonly driver: string; readonly labels: Readonly<Record<string, string>> },
    Success & { readonly volume: WireVolume | null },
  ];
  RemoveVolume: [{ readonly name: string; readonly force: boolean }, Success];
  ListVolumes: [object, { readonly volumes: readonly WireVolume[] }];
  GetHealth: [object, WireHealth];
  GetSystemInfo: [object, WireSystemInfo];
  GetMetrics: [
    { readonly containerId?: string; readonly includeSystem?: boolean },
    { readonly containerMetrics: readonly WireContainerMetric[]; readonly systemMetrics: WireSystemMetrics | null },
  ];
  GetContainerNetwork: [ById, Success & { readonly networkConfig: WireAllocation | null }];
  ListNetworkAllocations: [object, { readonly allocations: readonly (WireAllocation & ById)[] }];
}
export type RpcName = keyof QuiltRpcs;
