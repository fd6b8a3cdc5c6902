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
  logLevels,
} from './events.ts';
export type {
  CallExplanation,
  DivergentPlace,
  Divergence,
  TokenHold,
  TokenQuota,
  TokenState,
  TokenWait,
  WaitsFor,
} from './scheduling.ts';
export { type BootPhase, type HostAddresses, type HostStatus, type PhaseReport, bootPhases } from './status.ts';
export { type HostConnection, type WantedHost, connectHost } from './connect-host.ts';
export { type HostFile, hostFilePath, readHostFile, tokenPath } from './host-file.ts';
export { callRequestJson, callResultJson, callResultOf } from './json-forms.ts';
export { type WebSocketOptions, connectWebSocket } from './web-socket-client.ts';
export { type HostNotification, webSocketCloseCodes, webSocketPath, webSocketProtocol } from './web-socket-protocol.ts';
export { connectGrpc } from './grpc-client.ts';
export type { ClientTls, GrpcTarget } from './grpc-channel.ts';
export {
  type BundleMetadataMessage,
  installResultToMessage,
  uploadChunkBytesMax,
  upgradeToMessage,
} from './grpc-bundles.ts';
export {
  type CallEventMessage,
  type CallRequestMessage,
  callRequestFromMessage,
  callResultToMessage,
  progressToMessage,
} from './grpc-calls.ts';
export { componentDetailsToMessage } from './grpc-components.ts';
export { hostEventToMessage, logEntryToMessage } from './grpc-events.ts';
export { checkRequestKey, isTraceparent, requestKeyPattern } from './request-key.ts';
