/** From what a container asks to mount to what its back end mounts: in the moment of each start, since places change between two of them. */
import type { ContainerMount } from '../containers/backend.ts';
import { type BindRules, resolveBindSource } from './bind-source.ts';
import type { RequestedMount } from './container-runtime.ts';
import { specInvalid } from './errors.ts';
import type { VolumeDirectory } from './volume-directory.ts';

/** What a plan is made with. */
export interface MountPlanContext {
  readonly volumes: VolumeDirectory;
  readonly binds: BindRules;
}

/**
 * Resolves and checks mounts.
 * @throws {CodedError} `CONTAINER_SPEC_INVALID`, with every mount that cannot be.
 */
export async function planMounts(
  mounts: readonly RequestedMount[],
  context: MountPlanContext,
): Promise<readonly ContainerMount[]> {
  const planned: ContainerMount[] = [];
  const violations: { readonly path: string; readonly message: string }[] = [];
  for (const [index, mount] of mounts.entries()) {
    const source = await sourceOf(mount, context);
    if ('why' in source) violations.push({ path: `mounts.${index}.source`, message: source.why });
    else planned.push(source.mount);
  }
  if (violations.length > 0) throw specInvalid('mount', violations);
  return planned;
}

async function sourceOf(
  mount: RequestedMount,
  { volumes, binds }: MountPlanContext,
): Promise<{ readonly mount: ContainerMount } | { readonly why: string }> {
  const { target } = mount;
  switch (mount.kind) {
    case 'tmpfs':
      return { mount: { kind: 'tmpfs', target, bytesMax: mount.bytesMax } };
    case 'volume': {
      const source = await volumes.source(mount.source);
      if (source === undefined) return { why: `there is no volume "${mount.source}"` };
      return { mount: { kind: 'bind', source, target, writable: !mount.readOnly } };
    }
    case 'bind': {
      const source = await resolveBindSource(mount.source, binds);
      if (source.kind === 'refused') return { why: source.why };
      return { mount: { kind: 'bind', source: source.path, target, writable: !mount.readOnly } };
    }
  }
}
