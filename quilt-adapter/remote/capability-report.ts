/** What of the interface works with the daemon that answers now. */
import type { ContainerRuntime, RuntimeCapabilities } from '../runtime/container-runtime.ts';
import { wordsOf } from './errors.ts';
import type { PeerKnowledge } from './peer.ts';
import { neverWorks, stockOnly } from './quirks/ignored-requests.ts';
import type { QuiltRequests } from './requests.ts';

/** Every method has some use with every daemon. */
const methods = [
  'capabilities',
  'create',
  'start',
  'stop',
  'kill',
  'remove',
  'execute',
  'info',
  'list',
  'logs',
  'metrics',
  'system',
  'network',
  'topology',
  'events',
  'createVolume',
  'removeVolume',
  'volumes',
] as const satisfies readonly (keyof ContainerRuntime)[];

/** Asks the daemon, and says what stands against the rest. @throws {CodedError} where it cannot be reached. */
export async function capabilityReport(
  requests: QuiltRequests,
  peer: PeerKnowledge,
  signal?: AbortSignal,
): Promise<RuntimeCapabilities> {
  const health = await requests.look('GetHealth', {}, signal);
  const system = await requests.look('GetSystemInfo', {}, signal);
  // What was found out about an earlier process of the daemon no longer counts.
  peer.isOpen(system.startTime);
  const failing = health.checks
    .filter((check) => !check.healthy)
    .map(({ name, message }) => `${wordsOf(name)}: ${wordsOf(message)}`);
  const ill = {
    feature: 'health',
    why: `the daemon says ${wordsOf(health.status)}${failing.length > 0 ? ` (${failing.join('; ')})` : ''}`,
  };
  const open = {
    feature: 'peer',
    why: 'not known yet whether the daemon is patched; the first command with arguments finds out',
  };
  return {
    runtime: `quilt (${peer.kind}, ${wordsOf(system.runtime)})`,
    version: system.version === '' ? undefined : wordsOf(system.version),
    supported: [...methods, ...(peer.kind === 'patched' ? stockOnly.map(({ feature }) => feature) : [])],
    unsupported: [
      ...(health.healthy ? [] : [ill]),
      ...(peer.kind === 'unknown' ? [open] : []),
      ...(peer.kind === 'patched' ? [] : stockOnly),
      ...neverWorks,
    ],
  };
}
