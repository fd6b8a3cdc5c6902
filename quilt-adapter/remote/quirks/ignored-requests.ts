/** What the daemon accepts and does not do: what CreateContainer gets for it, and how the capability report says it. */
import type { ContainerRequest } from '../../runtime/container-runtime.ts';
import type { WireCreate } from '../messages.ts';

const mebibyte = 2 ** 20;
/** The wire's limit of an int32. */
const int32Max = 2 ** 31 - 1;

/** Limits and namespaces as the wire has them: sent all the same, for a daemon that one day looks at them. */
export function ignoredFields(
  limits: ContainerRequest['limits'],
): Omit<WireCreate, 'imagePath' | 'command' | 'name' | 'mounts'> {
  const { memoryBytesMax, cpusMax } = limits ?? {};
  return {
    environment: {},
    workingDirectory: '',
    memoryLimitMb: memoryBytesMax === undefined ? 0 : Math.min(Math.ceil(memoryBytesMax / mebibyte), int32Max),
    cpuLimitPercent: cpusMax === undefined ? 0 : cpusMax * 100,
    enablePidNamespace: true,
    enableMountNamespace: true,
    enableUtsNamespace: true,
    enableIpcNamespace: true,
    // The one flag that counts: without it, what ends at once is lost before it was ready.
    enableNetworkNamespace: true,
    asyncMode: false,
  };
}

/** Parts of the interface that do nothing here, each with what happens instead. */
export const neverWorks: readonly { readonly feature: string; readonly why: string }[] = [
  { feature: 'create.start: false', why: 'the daemon starts what it creates; refused' },
  {
    feature: 'create.limits',
    why: 'sent and ignored by the daemon: memory, CPU and processes are not bounded by what is asked',
  },
  {
    feature: 'create.profile',
    why: 'the workload is root with all capabilities of the daemon, without seccomp; it shares processes, host name and IPC with the machine',
  },
  { feature: 'create.mounts.readOnly', why: 'read-only mounts are writable at this daemon; refused' },
  {
    feature: 'environment isolation',
    why: "workloads and commands inherit the daemon's whole environment, secrets included",
  },
  { feature: 'stop.TERM', why: 'StopContainer never works; containers are killed' },
  { feature: 'restart of failed', why: 'the daemon starts exited containers only' },
  {
    feature: 'logs.stdout',
    why: "what a workload writes goes to the daemon's own output; logs hold lifecycle lines. Use execute, or a mount",
  },
  { feature: 'execute.bytes', why: 'the wire has text: output that is no UTF-8 comes changed' },
  {
    feature: 'execute.cancel',
    why: 'a command that its caller leaves goes on in the container, and keeps its place until it ends',
  },
  { feature: 'info.exitedAtMs', why: 'the daemon never says when one ended' },
  { feature: 'metrics.processes', why: 'the wire has no such figure; on control groups v1 the others are absent, too' },
  { feature: 'network', why: 'no interface is set up: containers reach nobody, whatever address they are given' },
  {
    feature: 'list of others',
    why: 'there is no ListContainers: the list holds what this connection created; others are found by id or name',
  },
  { feature: 'labels', why: 'kept by this connection, and lost with it' },
  {
    feature: 'events',
    why: 'only created and removed ever come; of more than 1000 between two looks the oldest are lost',
  },
  {
    feature: 'authentication',
    why: 'the daemon has none and no TLS: whoever reaches its address is root on its machine',
  },
];

/** What depends on which daemon it is. */
export const stockOnly: readonly { readonly feature: string; readonly why: string }[] = [
  {
    feature: 'create.command with arguments',
    why: 'the daemon takes all but [A-Za-z0-9._/:-] out of a command; refused',
  },
  {
    feature: 'create.environment',
    why: 'ignored by the daemon, and it takes no shell line that could set it; refused',
  },
  {
    feature: 'create.workingDirectory',
    why: 'ignored by the daemon, and it takes no shell line that could change it; refused',
  },
  { feature: 'info.exitCode', why: 'ends that were not 0 are reported as 0; a 0 is therefore given as not known' },
];
