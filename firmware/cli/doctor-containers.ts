/** Whether this machine can isolate tools in containers, and by what. */
import { constants } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { probeBackends } from '#quilt-adapter';
import { systemState } from '#wit/errors';
import { type Check, Fault, type Scene, type Warning } from './doctor-check.ts';

type Probe = Awaited<ReturnType<typeof probeBackends>>[number];

export const containerChecks: readonly Check[] = [
  {
    name: 'containers',
    remedy: 'Install crun, runc or bubblewrap, or set containers.backend to "off"',
    look: backendWorks,
  },
];

/** A machine without containers runs everything that arc has placed in the sandbox. */
async function backendWorks({ config }: Scene): Promise<string | Warning> {
  const { backend, allowNone, cacheDirectory } = config.containers;
  if (backend === 'off') return 'off: tools that need a container are refused';
  const stateDirectory = await mkdtemp(join(tmpdir(), 'aria-doctor-'));
  try {
    const probes = await probeBackends({ stateDirectory, owner: 'doctor' });
    const usable = probes.filter((probe) => probe.usable && (probe.name !== 'none' || allowNone));
    const chosen = backend === 'auto' ? usable[0] : usable.find(({ name }) => name === backend);
    const detail = probes
      .filter(({ name }) => name !== 'none')
      .map(probeText)
      .join('; ');
    const place = chosen && (await objectionTo(cacheDirectory));
    if (place !== undefined)
      return { detail: `tools that need a container are refused: ${place}`, remedy: cacheRemedy };
    if (chosen?.name === 'none')
      return { detail: `none: nothing isolates container tools here; ${detail}`, remedy: remedyOf(probes) };
    if (chosen) return `${chosen.name} is used; ${detail}`;
    const remedy = remedyOf(probes);
    if (backend === 'auto') return { detail: `tools that need a container are refused; ${detail}`, remedy };
    throw new Fault(`containers.backend is "${backend}", which does not work; ${detail}`, remedy);
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

const cacheRemedy = 'Let this user write it, or set containers.cache_directory to another directory';

/** What keeps the root file system of containers from being made there. */
async function objectionTo(directory: string): Promise<string | undefined> {
  try {
    if (!(await stat(directory)).isDirectory())
      return `containers.cache_directory cannot be made, since "${directory}" is no directory`;
    await access(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && dirname(directory) !== directory) return objectionTo(dirname(directory));
    return `containers.cache_directory cannot be used: "${directory}": ${systemState(error)}`;
  }
}

function probeText({ name, usable, version, controlGroups, userNamespace, seccomp, findings }: Probe): string {
  if (!usable) {
    const against = findings.findLast(({ ok }) => !ok);
    return `${name} does not work${against ? `: ${against.what}? ${against.seen}` : ''}`;
  }
  const has = [
    controlGroups === 'none' ? 'no control groups' : `control groups ${controlGroups}`,
    userNamespace ? 'users of its own' : 'no users of its own',
    seccomp ? 'seccomp' : 'no seccomp',
  ];
  return `${name}${version === undefined ? '' : ` ${version}`}: ${has.join(', ')}`;
}

function remedyOf(probes: readonly Probe[]): string {
  const remedies = probes.flatMap(({ findings }) => findings.findLast(({ ok }) => !ok)?.remedy ?? []);
  return remedies[0] ?? 'Install crun, runc or bubblewrap';
}
