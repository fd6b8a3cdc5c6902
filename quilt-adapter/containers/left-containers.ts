/** Removing what an earlier process left, for a host that does not open a back end yet. */
import { findHierarchies } from './control-groups.ts';
import type { BackendOptions } from './open-named.ts';
import { type OrphansRemoved, removeOrphans } from './orphans.ts';

/** As `ContainerBackend.removeOrphans`, of every back end. Looks at a few directories where there is nothing. */
export function removeLeftContainers({
  stateDirectory,
  owner,
  controlGroupName = 'aria',
}: Pick<BackendOptions, 'stateDirectory' | 'owner' | 'controlGroupName'>): Promise<OrphansRemoved> {
  return removeOrphans({ stateDirectory, owner, controlGroupName, hierarchies: findHierarchies() });
}
