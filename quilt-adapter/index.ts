/** Containers: back ends, the engine that runs tools in them, containers with a life of their own. The token scheduler has doors of its own in `sync/`. */
export type { ContainerBackend } from './containers/backend.ts';
export { removeLeftContainers } from './containers/left-containers.ts';
export { openBackend } from './containers/open-backend.ts';
export { probeBackends } from './containers/probe.ts';
export { buildRootDirectory, warmRootDirectory } from './containers/root-directory.ts';
export { type ContainerEngine, createContainerEngine } from './engine/engine.ts';
export type { EgressRecord } from './proxy/audit.ts';
export type { Connect, Resolve } from './proxy/connect.ts';
export { createCallServices } from './proxy/call-services.ts';
export { connectQuilt } from './remote/connect-quilt.ts';
export type { ContainerRuntime } from './runtime/container-runtime.ts';
export { createLocalRuntime } from './runtime/local-runtime.ts';
export { containerToolNames } from './tools/container-tool.ts';
export { containerTools } from './tools/container-tools.ts';
export { type ContainerTools, createContainerTools } from './tools/create-container-tools.ts';
