/** The interface of a host for its clients: types, and the clients that speak to it. */
export { type AriaApi, type Role, roles } from './api.ts';
export type {
  ActivationResult,
  BundleVersion,
  InstallResult,
  Upgrade,
  UploadContent,
  UploadOptions,
  VersionState,
} from './bundles.ts';
export type { CallOptions, CallProgress, CallRequest, CallResult, RequestOptions } from './calls.ts';
export {
  type ComponentDetails,
  type ComponentKind,
  type ComponentPage,
  type ComponentQuery,
  type ComponentSummary,
  type Provenance,
  componentKinds,
} from './components.ts';
export {
  type EventCursor,
  type EventKind,
  type EventQuery,
  type HostEvent,
  type LogEntry,
  type LogQuery,
  eventKinds,
} from './events.ts';
export { type BootPhase, type HostAddresses, type HostStatus, type PhaseReport, bootPhases } from './status.ts';
