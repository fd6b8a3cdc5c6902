/** A remote Quilt daemon as a container runtime. */
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { RemoteRuntime } from './remote-runtime.ts';
import { type QuiltOptions, quiltSettings } from './settings.ts';

/** Connects with the first request; the caller closes it. @throws {CodedError} `CONFIG_INVALID` for an option that cannot be. */
export function connectQuilt(options: QuiltOptions = {}): ContainerRuntime {
  return new RemoteRuntime(quiltSettings(options));
}
