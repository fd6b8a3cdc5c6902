/** A container tool as others see it, and who calls it. */
import type { ErrorCode } from '#wit/errors';
import type { Token } from '#wit/tokens';
import type { Clock } from '../pool/ports.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { SessionContainers } from './session-containers.ts';

/** Names of the tools. */
export const containerToolNames = [
  'createContainer',
  'startContainer',
  'execInContainer',
  'stopContainer',
  'removeContainer',
  'listContainers',
  'getContainerStatus',
  'getContainerLogs',
  'getSystemMetrics',
  'getNetworkTopology',
  'getContainerNetworkInfo',
  'executeContainerWorkload',
] as const;
export type ContainerToolName = (typeof containerToolNames)[number];

/** A tool of the runtime itself, as data for a registry. Schemas are JSON Schema 2020-12. */
export interface ContainerTool {
  readonly name: ContainerToolName;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema: Readonly<Record<string, unknown>>;
  /** What a caller must have. */
  readonly tokens: readonly string[];
  readonly effect: 'idempotent' | 'at-most-once';
  readonly timeoutMs: number;
}

/** What an agent is doing, for the environment of its workloads. */
export interface WorkloadContext {
  readonly agentName: string;
  readonly stepCount: number;
  readonly totalSteps: number;
  readonly memorySize: number;
  readonly maxMemory: number;
  readonly successCount: number;
  readonly failureCount: number;
}

/** Who calls a tool. */
export interface ContainerToolCaller {
  readonly callId: string;
  /** Its containers are its own: no other session sees or touches them. */
  readonly session: string;
  readonly tokens: readonly Token[];
  /** Sees and controls the containers of all sessions, and mounts directories of the machine. */
  readonly admin?: boolean;
  readonly workload?: WorkloadContext;
}

/** A call as the audit has it. */
export interface ContainerToolAudit {
  readonly callId: string;
  readonly session: string;
  readonly tool: string;
  readonly outcome: 'done' | ErrorCode;
  /** Ids of the containers that it was about. */
  readonly containers: readonly string[];
  /** What was run, without its environment. */
  readonly command?: readonly string[];
  readonly atMs: number;
  readonly durationMs: number;
}

/** What a tool works with during one call. */
export interface ToolContext {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly caller: ContainerToolCaller;
  readonly containers: SessionContainers;
  readonly signal: AbortSignal;
  /** The process that keeps a workload's container up. */
  keepAlive(image: string): readonly string[];
  /** For the audit. */
  about(facts: { readonly container?: string; readonly command?: readonly string[] }): void;
}
