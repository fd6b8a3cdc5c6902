/** What the runtime of this machine can do of the interface. */
import type { ContainerBackend } from '../containers/backend.ts';
import type { RuntimeCapabilities } from './container-runtime.ts';

const unsupportedEverywhere: RuntimeCapabilities['unsupported'] = [
  { feature: 'network', why: 'a container has a network of its own, without a way out' },
  { feature: 'events.health_status', why: 'there are no health checks' },
  { feature: 'events.network_connect', why: 'there are no networks to connect to' },
  { feature: 'events.network_disconnect', why: 'there are no networks to connect to' },
];

/** With this back end. */
export function localCapabilities({ name, probe }: ContainerBackend): RuntimeCapabilities {
  const limits = { feature: 'limits', why: `the back end "${name}" has no control groups here` };
  return {
    runtime: `local (${name})`,
    version: probe.version,
    supported: ['containers', 'execute', 'logs', 'metrics', 'events', 'volumes', 'mounts', 'stop', 'restart'],
    unsupported: probe.controlGroups === 'none' ? [...unsupportedEverywhere, limits] : unsupportedEverywhere,
  };
}
