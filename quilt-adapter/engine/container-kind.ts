/** Which containers are alike: what a tool needs, as the kind of a container, and as the spec of one. */
import { join, posix } from 'node:path';
import type { ManifestTool } from '#wit/manifest';
import { type Token, parseToken } from '#wit/tokens';
import { agentPlace, startsNothing } from '#wit/turns';
import type { ContainerBackend, ContainerLimits, ContainerProfile, ContainerSpec } from '../containers/backend.ts';
import type { ContainerEngineLimits } from './limits.ts';

/** What containers of one kind have in common. */
export interface ContainerKind {
  readonly profile: ContainerProfile;
  readonly limits: ContainerLimits;
}

/** The kind that a tool runs in. */
export function kindOf(tool: ManifestTool, limits: ContainerEngineLimits): ContainerKind {
  const tokens = tool.tokens.map(parseToken);
  const has = (kind: Token['kind']): boolean => tokens.some((token) => token.kind === kind);
  const { resources = {} } = tool;
  const step = limits.memoryStepBytes;
  const temporaryBytesMax = resources.temporaryBytes ?? limits.temporaryBytes;
  return {
    profile: { network: has('net'), spawn: has('spawn'), nativeCode: tool.native === true },
    limits: {
      memoryBytesMax: Math.ceil(tool.memoryBytes / step) * step + limits.allowanceBytes,
      cpusMax: resources.cpus ?? limits.cpus,
      processesMax: resources.processes ?? limits.processes,
      openFilesMax: limits.openFiles,
      temporaryBytesMax,
    },
  };
}

/** Kinds as keys of a pool. */
export function keyOf({ profile, limits }: ContainerKind): string {
  return JSON.stringify([
    profile.network,
    profile.spawn,
    profile.nativeCode === true,
    limits.memoryBytesMax,
    limits.cpusMax,
    limits.processesMax,
    limits.openFilesMax,
    limits.temporaryBytesMax,
  ]);
}

/** The kind of a key. */
export function kindOfKey(key: string): ContainerKind {
  const [network, spawn, nativeCode, memoryBytesMax, cpusMax, processesMax, openFilesMax, temporaryBytesMax] =
    JSON.parse(key) as readonly [boolean, boolean, boolean, number, number, number, number, number];
  return {
    profile: { network, spawn, nativeCode },
    limits: { memoryBytesMax, cpusMax, processesMax, openFilesMax, temporaryBytesMax },
  };
}

/** Where a container is on the machine. */
interface Place {
  readonly id: string;
  readonly backend: ContainerBackend;
  readonly rootDirectory: string;
  readonly directory: string;
  /** Files in `directory`. */
  readonly hosts: string;
  readonly socket: string;
}

const directoryInside = '/run/aria';
const bun = '/bin/bun';

/** What the agent is told to give up before it is given a tool. Where nothing filters system calls there is nothing to give up. */
function givenUp({ profile }: ContainerKind, { probe }: ContainerBackend): readonly string[] {
  return profile.spawn || !probe.seccomp ? [] : [startsNothing];
}

/** The spec of a container of a kind. The back end `none` translates paths of a spec; in what is said later they are the machine's own. */
export function specOf(
  kind: ContainerKind,
  { id, backend, rootDirectory, directory, hosts, socket }: Place,
): { readonly spec: ContainerSpec; readonly directoryInside: string } {
  const bind = (source: string, target: string) => ({ kind: 'bind', source, target, writable: false }) as const;
  const spec: ContainerSpec = {
    id,
    args: [bun, '--no-install', agentPlace, posix.join(directoryInside, socket), ...givenUp(kind, backend)],
    environment: {
      HOME: '/tmp',
      PATH: posix.dirname(bun),
      TMPDIR: '/tmp',
      TZ: 'UTC',
      NO_COLOR: '1',
      DO_NOT_TRACK: '1',
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
      // Bun does not see the limit of its control group, and would collect too late.
      BUN_JSC_forceRAMSize: String(Math.floor(kind.limits.memoryBytesMax / 2)),
    },
    workingDirectory: '/tmp',
    rootDirectory,
    mounts: [bind(directory, directoryInside), bind(join(directory, hosts), '/etc/hosts')],
    limits: kind.limits,
    profile: kind.profile,
  };
  return { spec, directoryInside: backend.name === 'none' ? directory : directoryInside };
}
