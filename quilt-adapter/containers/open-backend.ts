/** Opens a back end: the best that works here, or the one that was asked for. */
import { type BackendName, type BackendProbe, type ContainerBackend, backendNames } from './backend.ts';
import { containersUnavailable } from './errors.ts';
import { type BackendOptions, openNamed } from './open-named.ts';
import { probeBackend } from './probe.ts';

export { type BackendOptions, openNamed } from './open-named.ts';

/** Which back end, and for whom. */
export interface OpenBackendOptions extends BackendOptions {
  readonly choice: 'auto' | BackendName;
  /** Whether `none`, which isolates nothing, may be used where it is chosen or nothing else works. */
  readonly allowNone: boolean;
}

/**
 * Probes in the order of preference and opens the first that works. It does not remove orphans: the caller does, once.
 * @throws `CONTAINERS_UNAVAILABLE`, with what stands against each.
 */
export async function openBackend({ choice, allowNone, ...options }: OpenBackendOptions): Promise<ContainerBackend> {
  const probes: BackendProbe[] = [];
  for (const name of choice === 'auto' ? backendNames : [choice]) {
    if (name === 'none' && !allowNone) continue;
    const probe = await probeBackend(name, options);
    if (probe.usable) return openNamed(name, probe, options);
    probes.push(probe);
  }
  if (choice === 'none')
    throw containersUnavailable(
      choice,
      'it isolates nothing, and that is not allowed here',
      'Allow it for trusted tools, or install crun, runc or bubblewrap',
    );
  throw containersUnavailable(choice, probes.map(objection).join('; '), remedyOf(probes));
}

function objection({ name, findings }: BackendProbe): string {
  const against = findings.findLast(({ ok }) => !ok);
  return against ? `${name}: ${against.what}? ${against.seen}` : `${name}: it does not work`;
}

function remedyOf(probes: readonly BackendProbe[]): string {
  const remedies = probes.flatMap(({ findings }) => findings.findLast(({ ok }) => !ok)?.remedy ?? []);
  return remedies[0] ?? 'Install crun, runc or bubblewrap';
}
