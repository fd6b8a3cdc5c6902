/** crun and runc: the same bundle and the same commands, but for whose control groups they are. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ContainerBackend, ContainerSpec, RunningContainer } from './backend.ts';
import { checkSpec } from './check-spec.ts';
import { fileContent } from './file-watch.ts';
import { type BundleOptions, containerUserId, ociConfig } from './oci-config.ts';
import { executeInContainer } from './oci-execute.ts';
import { type OciOptions, runtimeError, runtimeWords } from './oci-runtime.ts';
import type { Place, Recipe } from './workplace.ts';

/** A back end over an OCI runtime. It owns the workplace. */
export function openOciBackend(options: OciOptions): ContainerBackend {
  const { name, workplace, bundle, probe, removeOrphans } = options;
  const recipe = ociRecipe(options);
  const id = bundle.userBase + containerUserId;
  return {
    name,
    probe,
    user: { uid: id, gid: id },
    async start(spec: ContainerSpec): Promise<RunningContainer> {
      checkSpec(spec);
      return workplace.start(spec, recipe);
    },
    removeOrphans,
    [Symbol.asyncDispose]: () => workplace[Symbol.asyncDispose](),
  };
}

function ociRecipe(options: OciOptions): Recipe {
  const { name, machine, runtimeDirectory, bundle } = options;
  const bundleOptions = ({ spec, group, stage }: Place): BundleOptions => ({
    ...bundle,
    groupPath: name === 'runc' ? group?.path : undefined,
    openFilesMax: Math.min(spec.limits.openFilesMax, machine.openFilesMax),
    // Sources of mounts are opened by the runtime while it still is root; the root directory is not.
    rootPath: stage.reach(spec.rootDirectory),
    // crun 1.8.1 in a user namespace drops nosuid, nodev and noexec of a mount that may be written.
    sourceOf: ({ source, writable }) => (name === 'crun' && writable ? stage.reachInert(source) : source),
  });
  return {
    prepare(place) {
      const config = JSON.stringify(ociConfig(place.spec, bundleOptions(place)));
      writeFileSync(path.join(place.directory, 'config.json'), config, { mode: 0o600 });
      return [
        ...runtimeWords(options, place.directory),
        'run',
        // Keeps runc's control group, so that it can be read after the end.
        ...(name === 'runc' ? ['--keep'] : []),
        ...['--bundle', place.directory, '--pid-file', path.join(place.directory, 'pid'), place.spec.id],
      ];
    },
    started: ({ directory }, signal) => fileContent(directory, 'pid', wholeNumber, signal),
    failure: ({ directory }, exitCode) => (exitCode === 0 ? undefined : runtimeError(directory)),
    execute: (place, command, signal) =>
      executeInContainer(options, { place, bundle: bundleOptions(place) }, command, signal),
    forget: ({ spec }) => rmSync(path.join(runtimeDirectory, spec.id), { recursive: true, force: true }),
  };
}

/** A pid file's content; undefined while it is not written. */
function wholeNumber(text: string): number | undefined {
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
