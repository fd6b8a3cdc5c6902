/** What the service needs of the areas beside it, as the subset that it uses. Each is implemented in the folder named. */
import type { Bundle } from '#wit/bundle';
import type {
  ComponentDetails,
  ComponentKind,
  ComponentPage,
  ComponentQuery,
  EventCursor,
  EventKind,
  HostEvent,
  LogEntry,
  LogQuery,
  Provenance,
  Upgrade,
} from '#wit/api';
import type { CallOutcome, ToolCall } from '#wit/interfaces';
import type { Manifest, ManifestTool } from '#wit/manifest';
import type { TokenScheduler } from '#quilt-adapter/sync';

/** A version in the store. Its `hash`, BLAKE3 of the archive, is its identity. */
export interface StoredVersion {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly manifestHash: string;
  readonly archiveBytes: number;
  /** Of the signature; 0 for an unsigned one. */
  readonly sequence: number;
  /** The text of the signature file. */
  readonly signature: string | undefined;
  readonly keyId: string | undefined;
  readonly installedAtMs: number;
  /** Why its content may not be used; absent where it is fine. */
  readonly quarantined?: string;
}

/** A bundle's active version. */
export interface Activation {
  readonly name: string;
  readonly hash: string;
  readonly version: string;
  readonly activatedAtMs: number;
  /** What a rollback goes back to; absent where there is none. */
  readonly previousHash?: string;
}

/** How much of the store is used. */
export interface StoreUsage {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly objects: number;
}

/** Whose signature a bundle has. */
export interface SignedBy {
  readonly signature: string | undefined;
  readonly keyId: string | undefined;
  readonly sequence: number;
}

/** `firmware/bundles`: content by hash, versions, activations. Every change is one commit; after a crash it has happened or it has not. */
export interface BundleStore extends Disposable {
  /** All versions, the newest of a bundle first. */
  versions(): readonly StoredVersion[];
  version(hash: string): StoredVersion | undefined;
  activations(): readonly Activation[];
  activation(name: string): Activation | undefined;
  /**
   * Keeps a verified bundle; the same hash again changes nothing, or repairs what was damaged, or takes a newer signature. `commit` runs last in the transaction that keeps it, also
   * where it was there: what it writes is kept with the version or not at all, and what it throws is thrown.
   * @throws {CodedError} `BUNDLE_DOWNGRADE`, `BUNDLE_VERSION_TAKEN`, `STORE_FULL`, `IO_FAILED`.
   */
  install(
    bundle: Bundle,
    signedBy: SignedBy,
    options: { readonly allowDowngrade: boolean; readonly commit?: (version: StoredVersion) => void },
  ): Promise<{ readonly version: StoredVersion; readonly unchanged: boolean }>;
  /** Makes a version the active one of its name. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_QUARANTINED`. */
  activate(hash: string): Activation;
  /** Takes a bundle out of service; its versions stay. Nothing where none is active. */
  deactivate(name: string): void;
  /** Forgets a version; its content goes with the next collection. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_IN_USE`. */
  remove(hash: string): void;
  /** The manifest, its bytes compared with their hash. A corrupt one is quarantined. @throws {CodedError} `BUNDLE_QUARANTINED`. */
  manifest(hash: string): Manifest;
  /** The whole bundle, every byte verified. @throws {CodedError} `BUNDLE_QUARANTINED`. */
  open(hash: string): Promise<Bundle>;
  /** Frees what no version needs. `held`: versions that calls in flight run on. */
  collect(held: ReadonlySet<string>): { readonly objects: number; readonly bytes: number };
  usage(): StoreUsage;
}

/** What a verified signature says. */
export interface Trusted extends SignedBy {
  /** The name under which the host trusts the key; absent for an unsigned bundle. */
  readonly keyName: string | undefined;
  /** The key is somebody else's. */
  readonly thirdParty: boolean;
}

/** A version that is to become the active one of its bundle. */
export interface GateCandidate {
  readonly version: StoredVersion;
  readonly manifest: Manifest;
  /** The manifest that it would replace; absent where there is none, or none that can be read. */
  readonly active: Manifest | undefined;
  readonly keyName: string | undefined;
  /** The schemas and sizes of both, for the difference that a person looks at; without it an upgrade has none. */
  readonly contents?: { readonly before: BundleContents; readonly after: BundleContents };
}

/** What of a bundle stands beside its manifest. */
export type BundleContents = Pick<Bundle, 'files' | 'size'>;

/** `firmware/trust`: whose bundles run, and what they may touch. */
export interface Trust {
  /** Checks the signature over the archive, and that its comment is of this bundle. @throws {CodedError} `SIGNATURE_…`. */
  verify(archive: Uint8Array, bundle: Bundle, signature: string | undefined): Trusted;
  /** Checks a version of the store again, by the part of its signature that needs no archive. @throws {CodedError} `SIGNATURE_…`. */
  recheck(version: StoredVersion): Trusted;
  /**
   * What a version asks for beyond what was granted to its bundle, which waits from now on; or `undefined` where nothing has to be approved, and what it
   * asks for is granted. Whoever activates it does so in the same transaction.
   */
  gate(candidate: GateCandidate): Upgrade | undefined;
  /** What waits, the oldest first. */
  upgrades(): readonly Upgrade[];
  upgrade(id: string): Upgrade | undefined;
  /** Grants what it asks for; it no longer waits. */
  approve(id: string, by: string): Upgrade;
  reject(id: string, by: string): Upgrade;
}

/** `firmware/registry`: runs calls of active versions; loads a tool with its first call, drains versions that were replaced. */
export interface Programs extends AsyncDisposable {
  /** Compiles everything of a bundle that is about to be kept, so that no call waits for it. @throws {CodedError} `COMPONENT_…`, `BUILD_FAILED`. */
  prepare(bundle: Bundle, signal?: AbortSignal): Promise<void>;
  /** `substrate`: where the tool is placed; in the sandbox where absent. */
  run(
    target: { readonly hash: string; readonly tool: string; readonly substrate?: Placement['substrate'] },
    call: ToolCall,
    signal?: AbortSignal,
  ): Promise<CallOutcome>;
  /** Versions that calls run on. */
  held(): ReadonlySet<string>;
  /** Lets a version go when its last call has ended. */
  retire(hash: string): Promise<void>;
}

/** What an active version brings to the registry. */
export interface ActiveBundle {
  readonly hash: string;
  /** Signed with a key that is somebody else's. */
  readonly thirdParty: boolean;
  readonly manifest: Manifest;
  readonly provenance: Provenance;
}

/** `firmware/events`: the event stream and the tail of the log. */
export interface EventLog {
  readonly epoch: string;
  publish(kind: EventKind, data: Readonly<Record<string, unknown>>): HostEvent;
  subscribe(query: {
    readonly after?: EventCursor;
    readonly kinds?: readonly EventKind[];
    readonly signal: AbortSignal;
  }): AsyncIterable<HostEvent>;
}

/** `firmware/telemetry`: lines of logs, redacted, for subscribers. */
export interface LogTail {
  subscribe(query: LogQuery & { readonly signal: AbortSignal }): AsyncIterable<LogEntry>;
}

/** A component that is active. */
export interface ResolvedComponent {
  readonly kind: ComponentKind;
  readonly name: string;
  /** Of its bundle. */
  readonly bundle: string;
  readonly version: string;
  readonly hash: string;
}

/** A tool that is active, with what admission and placement ask. */
export interface ResolvedTool extends ResolvedComponent {
  readonly tool: ManifestTool;
  readonly provenance: Provenance;
  readonly thirdParty: boolean;
}

/** Where a tool runs, and why, in words. */
export interface Placement {
  readonly substrate: 'wasm' | 'container' | 'host';
  readonly reasons: readonly string[];
}

/** `quilt-adapter`: who may hold what. */
export type Scheduler = Pick<
  TokenScheduler,
  'tryAcquire' | 'acquire' | 'release' | 'releaseHolder' | 'view' | 'reasons'
>;

/** `firmware/registry`: the components of the active versions, by name. */
export interface Registry {
  /** All active versions at once. */
  replace(bundles: readonly ActiveBundle[]): void;
  /** One bundle's active version in place of the one before. */
  set(bundle: ActiveBundle): void;
  /** A bundle that is no longer active. */
  delete(name: string): void;
  /** @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`. */
  resolve(name: string, kind?: ComponentKind): ResolvedComponent;
  /** The same for a tool. `bundle`: only of that one. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`. */
  resolveTool(name: string, bundle?: string): ResolvedTool;
  /** @throws {CodedError} `REQUEST_INVALID` for a page token that is none of its own. */
  list(query: ComponentQuery): ComponentPage;
  /** @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`, `BUNDLE_QUARANTINED`. */
  details(name: string, kind?: ComponentKind): Promise<ComponentDetails>;
  counts(): Readonly<Record<ComponentKind, number>>;
}
