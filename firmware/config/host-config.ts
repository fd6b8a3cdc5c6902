/** The settings of a host, complete and frozen: what `aria.toml`, the environment and the flags come to. */
import type { LogEntry, Role } from '#wit/api';
import type { TrustedKeySetting } from '#wit/trust';

/** A TCP address to listen on; port 0: any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Another bearer token than the one of the first boot. */
export interface AccessTokenConfig {
  readonly name: string;
  readonly role: Role;
  /** A file of mode 0600 that holds it. */
  readonly file: string;
}

/** Files in PEM. */
export interface TlsConfig {
  readonly certificate: string;
  readonly key: string;
  /** Clients need a certificate of this authority; their role is by common name. */
  readonly clientAuthority?: string;
  readonly clientRoles: ReadonlyMap<string, Role>;
}

/** Maxima of the APIs. */
export interface ApiLimits {
  readonly connectionsMax: number;
  readonly messageBytesMax: number;
  /** Calls that run or wait at the same time. */
  readonly callsInFlightMax: number;
  /** Requests a second of one client, and how many at once. */
  readonly requestsPerSecond: number;
  readonly requestsBurst: number;
  /** Events that the host keeps for those who resume, and that a slow reader may be behind. */
  readonly eventBacklog: number;
  readonly logBacklog: number;
}

/** Containers of tools. */
export interface ContainersConfig {
  /** `off`: this host has none. */
  readonly backend: 'auto' | 'crun' | 'runc' | 'bubblewrap' | 'none' | 'off';
  readonly allowNone: boolean;
  /** Memory of those that wait for a call. */
  readonly poolBytes: number;
  readonly cacheDirectory: string;
  readonly runningMax: number;
  readonly reuse: 'call' | 'session';
  /** Whether the tools that create containers are served. */
  readonly tools: boolean;
  /** Of these tools, for one session. */
  readonly createsPerMinute: number;
  /** Address of a remote Quilt daemon; this machine where absent. */
  readonly quilt: string | undefined;
}

/** Where tools run beside where arc placed them. */
export interface PlacementConfig {
  readonly unsigned: 'built' | 'container';
  readonly thirdParty: 'built' | 'container';
}

/** A quota on tokens, as the scheduler takes it. */
export interface QuotaConfig {
  readonly name: string;
  /** Canonical text. */
  readonly token: string;
  readonly rule:
    | { readonly kind: 'concurrency'; readonly max: number }
    | { readonly kind: 'rate'; readonly max: number; readonly perMs: number }
    | { readonly kind: 'capacity'; readonly max: number };
}

/** The settings of a host. */
export interface HostConfig {
  /** `$ARIA_HOME`, absolute. */
  readonly home: string;
  /** Of the sockets, absolute. */
  readonly runDirectory: string;
  readonly allowUnsigned: boolean;
  readonly trust: readonly TrustedKeySetting[];
  readonly engine: 'auto' | 'wasmtime' | 'v8';
  /** Absent: not listening. */
  readonly grpc: ListenAddress | undefined;
  readonly web: ListenAddress | undefined;
  readonly metrics: ListenAddress | undefined;
  /** Members of the group are operators on `api.sock`. */
  readonly socketGroup: string | undefined;
  readonly tls: TlsConfig | undefined;
  readonly accessTokens: readonly AccessTokenConfig[];
  /** Beside `localhost`, `127.0.0.1`, `[::1]` with the bound port. */
  readonly webHosts: readonly string[];
  readonly webOrigins: readonly string[];
  readonly limits: ApiLimits;
  readonly store: {
    readonly bytesMax: number;
    /** Inactive versions of a bundle that are kept. */
    readonly versionsKept: number;
    readonly compiledDirectory: string;
    readonly compiledBytesMax: number;
  };
  readonly log: {
    readonly level: LogEntry['level'];
    /** stderr where absent. */
    readonly file: string | undefined;
  };
  readonly containers: ContainersConfig;
  readonly placement: PlacementConfig;
  readonly scheduler: {
    /** Where it is served to other processes; absent: nowhere. */
    readonly socket: string | undefined;
    readonly waitersMax: number;
    readonly quotas: readonly QuotaConfig[];
  };
  /** OTLP over HTTP; absent: none. */
  readonly otlpEndpoint: string | undefined;
  /** Longest that a stop waits for calls in flight; milliseconds. */
  readonly drainMsMax: number;
  /** What a boot refuses to run below. */
  readonly minimum: { readonly memoryBytes: number; readonly diskBytes: number };
}
