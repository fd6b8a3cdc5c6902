/** Between the words of the tools and those of the runtime. */
import type { z } from 'zod';
import type { ContainerLimits, ExecuteResult } from '../containers/backend.ts';
import type {
  ContainerInfo,
  ContainerLogLine,
  ContainerNetwork,
  ContainerRequest,
  RequestedMount,
} from '../runtime/container-runtime.ts';
import { toolMaxima } from './limits.ts';
import type { containerOutput, createInput, executeOutput, logsOutput, networkOutput } from './schemas.ts';
import { ownLabelPrefix } from './session-containers.ts';

const mebibyte = 1024 * 1024;

/** What a tool's input asks a runtime for, name and labels aside. */
export function requestOf(
  input: Pick<
    z.output<typeof createInput>,
    'image' | 'command' | 'environment' | 'workingDirectory' | 'mounts' | 'limits' | 'network' | 'subprocesses'
  >,
): ContainerRequest {
  const { image, command, environment, workingDirectory, network, subprocesses } = input;
  const { memoryMiB, cpus, processes, temporaryMiB } = input.limits;
  const limits: Partial<ContainerLimits> = {
    ...(memoryMiB !== undefined && { memoryBytesMax: memoryMiB * mebibyte }),
    ...(cpus !== undefined && { cpusMax: cpus }),
    ...(processes !== undefined && { processesMax: processes }),
    ...(temporaryMiB !== undefined && { temporaryBytesMax: temporaryMiB * mebibyte }),
  };
  return {
    image,
    command,
    environment,
    workingDirectory,
    limits,
    mounts: input.mounts.map(mountOf),
    profile: { network, spawn: subprocesses },
  };
}

function mountOf(mount: z.output<typeof createInput>['mounts'][number]): RequestedMount {
  switch (mount.kind) {
    case 'tmpfs':
      return { kind: 'tmpfs', target: mount.target, bytesMax: mount.mebibytes * mebibyte };
    case 'volume':
      return { kind: 'volume', source: mount.volume, target: mount.target, readOnly: mount.readOnly };
    case 'bind':
      return mount;
  }
}

/** A container as its session sees it: without what is the machine's. */
export function containerForm(info: ContainerInfo, name: string): z.input<typeof containerOutput> {
  const { id, image, command, state, createdAtMs, labels } = info;
  return {
    id,
    name,
    image,
    command: [...command],
    state,
    createdAtMs,
    ...present({
      exitCode: info.exitCode,
      cause: info.cause,
      startedAtMs: info.startedAtMs,
      exitedAtMs: info.exitedAtMs,
    }),
    labels: Object.fromEntries(Object.entries(labels).filter(([label]) => !label.startsWith(ownLabelPrefix))),
  };
}

/** What a command came to. Bytes that are no UTF-8 become replacement characters. */
export function executeForm(result: ExecuteResult): z.input<typeof executeOutput> {
  return {
    ...present({ exitCode: result.exitCode, signal: result.signal }),
    stdout: new TextDecoder().decode(result.stdout),
    stderr: new TextDecoder().decode(result.stderr),
    bytesDropped: result.bytesDropped,
  };
}

/** The newest lines that there is room for. */
export function logsForm(lines: readonly ContainerLogLine[]): z.input<typeof logsOutput> {
  let from = lines.length;
  let characters = 0;
  for (; from > 0; from -= 1) {
    characters += lines[from - 1]?.text.length ?? 0;
    if (characters > toolMaxima.logCharacters) break;
  }
  return {
    lines: lines.slice(from).map(({ atMs, stream, text }) => ({ atMs, stream, text })),
    linesLeftOut: from,
  };
}

/** How a container reaches others. */
export function networkForm({ id, mode, address, allowed }: ContainerNetwork): z.input<typeof networkOutput> {
  return { id, mode, ...present({ address }), allowed: [...allowed] };
}

/** Without what is not known: an output has no `undefined`. */
export function present<Fields extends Readonly<Record<string, unknown>>>(
  fields: Fields,
): { [key in keyof Fields]?: Exclude<Fields[key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [key in keyof Fields]?: Exclude<Fields[key], undefined>;
  };
}
