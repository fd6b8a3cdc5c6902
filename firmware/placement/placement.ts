/** Where a tool runs: where arc placed it, unless the policy of the host asks for a container. */
import type { PlacementConfig } from '../config/host-config.ts';
import type { Placement, ResolvedTool } from '../service/ports.ts';

/** Decides. Never from a container into the sandbox of the host: what asked for one has a reason. */
export function placementOf(
  { tool, provenance, thirdParty }: Pick<ResolvedTool, 'tool' | 'provenance' | 'thirdParty'>,
  policy: PlacementConfig,
): Placement {
  if (tool.substrate === 'container')
    return { substrate: 'container', reasons: tool.placement ?? ['its bundle places it there'] };
  if (provenance.key === undefined && policy.unsigned === 'container')
    return { substrate: 'container', reasons: ['nobody signed its bundle, and placement.unsigned is "container"'] };
  if (thirdParty && policy.thirdParty === 'container')
    return {
      substrate: 'container',
      reasons: [`the key "${provenance.key?.name ?? ''}" is a third party’s, and placement.third_party is "container"`],
    };
  return { substrate: 'wasm', reasons: ['nothing asks for a container'] };
}
