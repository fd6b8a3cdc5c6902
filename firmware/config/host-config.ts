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
  /** OTLP over HTTP; absent: none. */
  readonly otlpEndpoint: string | undefined;
  /** Longest that a stop waits for calls in flight; milliseconds. */
  readonly drainMsMax: number;
  /** What a boot refuses to run below. */
  readonly minimum: { readonly memoryBytes: number; readonly diskBytes: number };
}
