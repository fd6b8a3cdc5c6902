/** The gRPC package `aria.v1`: its descriptors, ready to load, and how our errors stand in statuses. */
export { type DescriptorNamespace, hostDescriptor, quiltDescriptor, syncDescriptor } from './descriptors.ts';
export { loadOptions } from './load-options.ts';
export { codeOfStatus, grpcStatuses, statusOfCode } from './status-codes.ts';
export {
  type MessageType,
  type StatusMessages,
  type StatusParts,
  type WireErrorMessage,
  decodeStatus,
  encodeStatus,
  statusDetailsKey,
  wireErrorFromMessage,
  wireErrorToMessage,
} from './status-details.ts';
