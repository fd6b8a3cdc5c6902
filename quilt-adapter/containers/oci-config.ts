/** `config.json` of a bundle (OCI runtime specification 1.0.2), for crun and runc. */
import type { ContainerMount, ContainerSpec } from './backend.ts';
import { seccompProfile } from './seccomp.ts';
import { bpfSeccomp, ociSeccomp } from './seccomp-formats.ts';
import type { SyscallArchitecture } from './syscalls.ts';

/** Inside every container: a user with no rights, and no name on the machine. */
export const containerUserId = 1000;
/** How many ids of the machine a container's user namespace has. */
const userRangeSize = 65_536;
/** What of /proc says more of the machine than of the container. */
export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/config.gz',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmsg',
  '/proc/kpagecgroup',
  '/proc/kpagecount',
  '/proc/kpageflags',
  '/proc/latency_stats',
  '/proc/modules',
  // Whoever opens one may have the kernel watch the pressure of the whole machine for him.
  '/proc/pressure',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/slabinfo',
  '/proc/sysrq-trigger',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/vmallocinfo',
];
/** What of /proc a process with rights could write. */
export const readOnlyPaths: readonly string[] = ['/proc/bus', '/proc/driver', '/proc/fs', '/proc/irq', '/proc/sys'];

const noCapabilities = { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] };

type BindMount = Extract<ContainerMount, { readonly kind: 'bind' }>;

/** What of the machine a bundle depends on. */
export interface BundleOptions {
  readonly architecture: SyscallArchitecture;
  /** First id of the machine that belongs to containers. */
  readonly userBase: number;
  /** Whether ids inside are of a namespace of their own; without, the process is `userBase` + 1000 of the machine. */
  readonly userNamespace: boolean;
  /** For a runtime that makes its control groups by itself. */
  readonly groupPath: string | undefined;
  readonly openFilesMax: number;
  /** The root directory, as the container's user reaches it. */
  readonly rootPath: string;
  /** The source of a bind mount, as the runtime reaches it. */
  readonly sourceOf: (mount: BindMount) => string;
}

/** The configuration of a container. */
export function ociConfig(spec: ContainerSpec, options: BundleOptions): object {
  const { userNamespace, userBase, groupPath, architecture } = options;
  const profile = seccompProfile(spec.profile);
  const mapping = [{ containerID: 0, hostID: userBase, size: userRangeSize }];
  const namespaces = ['pid', 'ipc', 'uts', 'mount', 'network', 'cgroup', ...(userNamespace ? ['user'] : [])];
  return {
    ociVersion: '1.0.2',
    process: ociProcess(spec, options),
    root: { path: options.rootPath, readonly: true },
    hostname: 'aria',
    mounts: [...ownMounts(spec, userOf(options)), ...spec.mounts.map((mount) => ociMount(mount, options))],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      ...(userNamespace && { uidMappings: mapping, gidMappings: mapping }),
      ...(groupPath !== undefined && { cgroupsPath: groupPath, resources: resources(spec) }),
      // Of the container's own network namespace: the way out listens where the tool's libraries expect the server, at 443.
      ...(spec.profile.network && { sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' } }),
      seccomp: ociSeccomp(profile, architecture),
      maskedPaths,
      readonlyPaths: readOnlyPaths,
    },
    // crun takes our own program, so that it has nothing to compile and refuses with the same errors as with bubblewrap.
    annotations: { 'run.oci.seccomp_bpf_data': bpfSeccomp(profile, architecture).toString('base64') },
  };
}

/** `process` of a configuration, and the whole file of a further process. */
export function ociProcess(
  { args, environment, workingDirectory }: Pick<ContainerSpec, 'args' | 'environment' | 'workingDirectory'>,
  options: BundleOptions,
): object {
  const { openFilesMax } = options;
  return {
    terminal: false,
    user: { uid: userOf(options), gid: userOf(options) },
    args,
    env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    cwd: workingDirectory,
    capabilities: noCapabilities,
    noNewPrivileges: true,
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: openFilesMax, hard: openFilesMax },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ],
  };
}

/** The process's id, as its own user namespace counts. */
function userOf({ userNamespace, userBase }: BundleOptions): number {
  return userNamespace ? containerUserId : userBase + containerUserId;
}

function ownMounts({ limits, profile }: ContainerSpec, user: number): object[] {
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'noexec', 'mode=755', 'size=64k', 'ro'],
    },
    tmpfs('/tmp', { bytes: limits.temporaryBytesMax, user, executable: profile.nativeCode === true }),
  ];
}

function ociMount(mount: ContainerMount, bundle: BundleOptions): object {
  if (mount.kind === 'tmpfs') return tmpfs(mount.target, { bytes: mount.bytesMax, user: userOf(bundle) });
  const options = ['bind', mount.writable ? 'rw' : 'ro', 'nosuid', 'nodev', 'noexec', 'private'];
  return { destination: mount.target, type: 'bind', source: bundle.sourceOf(mount), options };
}

/**
 * Inodes cost memory that is not counted as the file system's: one for each 4 KiB, and some to begin with. runc gives it the mode of the
 * directory below, so it belongs to the user.
 */
function tmpfs(destination: string, { bytes, user, executable = false }: MemoryMount): object {
  const inodes = 128 + Math.ceil(bytes / 4096);
  const ownership = ['mode=1777', `uid=${user}`, `gid=${user}`];
  const flags = ['nosuid', 'nodev', ...(executable ? [] : ['noexec'])];
  const options = [...flags, ...ownership, `size=${bytes}`, `nr_inodes=${inodes}`];
  return { destination, type: 'tmpfs', source: 'tmpfs', options };
}

interface MemoryMount {
  readonly bytes: number;
  readonly user: number;
  /** Whether code may be loaded from it. */
  readonly executable?: boolean;
}

/** The same limits as the group above has: runc writes them into the group that it joins. */
function resources({ limits: { memoryBytesMax, processesMax, cpusMax } }: ContainerSpec): object {
  return {
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: memoryBytesMax, swap: memoryBytesMax },
    pids: { limit: processesMax },
    cpu: { period: 100_000, quota: Math.max(1000, Math.round(cpusMax * 100_000)) },
  };
}
