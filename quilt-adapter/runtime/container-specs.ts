/** From the definition of a container to what a back end starts: looked up and checked in the moment of each start. */
import { realpath } from 'node:fs/promises';
import type { ContainerSpec } from '../containers/backend.ts';
import { checkSpec } from '../containers/check-spec.ts';
import type { ContainerDefinition } from './container-definition.ts';
import { specInvalid } from './errors.ts';
import { planMounts } from './mount-plan.ts';
import { isPlainPath, isWithin } from './mount-rules.ts';
import type { VolumeDirectory } from './volume-directory.ts';

/** What specs are made with. */
export interface SpecContext {
  /** The directory of the image `bun`. */
  rootDirectory(image: string): Promise<string>;
  /** Directories of the machine below which root directories may lie. */
  readonly imageRoots: readonly string[];
  /** Directories of the machine below which binds may lie. */
  readonly bindRoots: readonly string[];
  /** Directories of the host: never mounted. */
  readonly own: readonly string[];
  readonly volumes: VolumeDirectory;
  /** All other containers that exist. */
  others(id: string): readonly { readonly definition: ContainerDefinition }[];
}

/** The image of this host. */
const ownImage = 'bun';
/** What a command finds where its request says nothing else. */
export const environmentDefaults: Readonly<Record<string, string>> = {
  PATH: '/bin:/usr/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
};

/** The spec of one run. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export async function specOf(
  context: SpecContext,
  { id, definition }: { readonly id: string; readonly definition: ContainerDefinition },
  run: string,
): Promise<ContainerSpec> {
  const { image, command, environment, workingDirectory, limits, profile } = definition;
  const rootDirectory = await rootDirectoryOf(context, image);
  const { volumes, bindRoots: roots, own } = context;
  const binds = { roots, own, writable: await writableSources(context.others(id)) };
  const spec: ContainerSpec = {
    id: run,
    args: command,
    environment: { ...environmentDefaults, ...environment },
    workingDirectory,
    rootDirectory,
    mounts: await planMounts(definition.mounts, { volumes, binds }),
    limits,
    profile,
  };
  // The back end does the same; here a request is refused before it is somebody's container.
  checkSpec(spec);
  return spec;
}

/** What containers may write to on the machine: they could replace what lies in it. */
async function writableSources(
  containers: readonly { readonly definition: ContainerDefinition }[],
): Promise<readonly string[]> {
  const sources = containers
    .flatMap(({ definition }) => definition.mounts)
    .flatMap((mount) => (mount.kind === 'bind' && !mount.readOnly ? [mount.source] : []));
  return Promise.all([...new Set(sources)].map(resolved));
}

async function rootDirectoryOf({ rootDirectory, imageRoots }: SpecContext, image: string): Promise<string> {
  if (image === ownImage) return rootDirectory(image);
  const invalid = (message: string): Error => specInvalid('use the image', [{ path: 'image', message }]);
  if (!isPlainPath(image)) throw invalid(`must be "${ownImage}" or the absolute path of a root directory`);
  const roots = await Promise.all(imageRoots.map(resolved));
  const path = await realpath(image).catch(() => undefined);
  if (path === undefined || !roots.some((root) => isWithin(root, path)))
    throw invalid(`"${image}" lies in none of the directories that this host takes images from`);
  return path;
}

/** A path as it is; one that does not exist stays as it is said. */
function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
