/**
 * What a host does for a client. The service implements it for one principal, clients implement it over gRPC and WebSocket, and all are held to one table
 * of conformance cases. Every method rejects with a `CodedError`.
 */
import type {
  ActivationResult,
  BundleVersion,
  InstallResult,
  Upgrade,
  UploadContent,
  UploadOptions,
} from './bundles.ts';
import type { CallOptions, CallRequest, CallResult, RequestOptions } from './calls.ts';
import type { ComponentDetails, ComponentKind, ComponentPage, ComponentQuery } from './components.ts';
import type { EventQuery, HostEvent, LogEntry, LogQuery } from './events.ts';
import type { CallExplanation, Divergence, TokenState } from './scheduling.ts';
import type { HostStatus } from './status.ts';

/** What a client may do, each with all of the one before: look; call and upload; approve, downgrade, stop. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** The interface of a host. */
export interface AriaApi {
  /** Of a viewer. */
  status(options?: RequestOptions): Promise<HostStatus>;
  /** Of a viewer. */
  listComponents(query?: ComponentQuery, options?: RequestOptions): Promise<ComponentPage>;
  /** Of a viewer. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`. */
  getComponent(
    wanted: { readonly name: string; readonly kind?: ComponentKind },
    options?: RequestOptions,
  ): Promise<ComponentDetails>;
  /** Of an operator. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`, `UNAVAILABLE`, `RATE_LIMITED`; what becomes of the call itself is its result. */
  callTool(call: CallRequest, options?: CallOptions): Promise<CallResult>;
  /** Who holds resource tokens, who waits, and how far quotas are used. Of a viewer. */
  tokens(options?: RequestOptions): Promise<TokenState>;
  /** Where a call is that runs, waits, or ended a while ago, and why. Of a viewer. @throws {CodedError} `NOT_FOUND`. */
  why(callId: string, options?: RequestOptions): Promise<CallExplanation>;
  /**
   * Runs a call on both substrates and compares. Its effects happen once: what one was told by the host, the other is told, too. Of an operator.
   * @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`, `CONTAINERS_UNAVAILABLE`; `UNAVAILABLE` for a tool that only runs in a container.
   */
  diverge(call: CallRequest, options?: RequestOptions): Promise<Divergence>;
  /** All versions, the newest of a bundle first. Of a viewer. */
  listBundles(options?: RequestOptions): Promise<readonly BundleVersion[]>;
  /** Verifies, keeps, compiles and activates, or leaves the version waiting for an approval. Of an operator. @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`. */
  upload(content: UploadContent, options?: UploadOptions): Promise<InstallResult>;
  /** Activates the version that was active before, or one that is named. Of an operator. @throws {CodedError} `BUNDLE_NOT_FOUND`. */
  rollback(
    wanted: { readonly name: string; readonly version?: string },
    options?: RequestOptions,
  ): Promise<ActivationResult>;
  /** Forgets a version; the active one only as the last of its bundle, which is uninstalled then. Of an operator. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_IN_USE`. */
  removeVersion(wanted: { readonly name: string; readonly version: string }, options?: RequestOptions): Promise<void>;
  /** What waits for an approval, the oldest first. Of a viewer. */
  listUpgrades(options?: RequestOptions): Promise<readonly Upgrade[]>;
  /** Grants what an upgrade asks for and activates it. Of an administrator. @throws {CodedError} `NOT_FOUND`. */
  approve(id: string, options?: RequestOptions): Promise<ActivationResult>;
  /** Refuses an upgrade; its version stays installed. Of an administrator. @throws {CodedError} `NOT_FOUND`. */
  reject(id: string, options?: RequestOptions): Promise<void>;
  /** Ends with the signal, with the host, or with `SLOW_READER` where the reader falls behind by more than the backlog. Of a viewer. */
  events(query?: EventQuery): AsyncIterable<HostEvent>;
  /** The same for lines of logs. Of an operator. */
  logs(query?: LogQuery): AsyncIterable<LogEntry>;
}
