/** Each container gets an address from the daemon's table, and no interface: its own check refuses the names that it gives them. */
import type { ContainerNetwork } from '../../runtime/container-runtime.ts';
import type { WireAllocation } from '../messages.ts';

/** The network of a container. An address counts once the daemon says that it has set it up. */
export function containerNetwork(id: string, allocation: WireAllocation | undefined): ContainerNetwork {
  if (allocation?.setupCompleted !== true) return { id, mode: 'none', address: undefined, allowed: [] };
  return { id, mode: 'bridge', address: allocation.ipAddress === '' ? undefined : allocation.ipAddress, allowed: [] };
}
