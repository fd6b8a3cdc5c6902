/** How a host is. */

/** The phases of the boot, in order. */
export const bootPhases = ['machine', 'stores', 'engines', 'bundles', 'apis'] as const;
export type BootPhase = (typeof bootPhases)[number];

/** What became of a phase. */
export interface PhaseReport {
  readonly phase: BootPhase;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Since the start of the process; milliseconds. */
  readonly startedMs?: number;
  readonly durationMs?: number;
  /** What was seen, or what is wrong. */
  readonly detail?: string;
  /** Of a failed phase. */
  readonly remedy?: string;
}

/** Addresses as bound: `host:port`, or the path of a socket. Absent where not listening. */
export interface HostAddresses {
  readonly grpc?: string;
  readonly ws?: string;
  readonly metrics?: string;
  /** gRPC on a Unix socket. */
  readonly api?: string;
  /** Cap'n Proto RPC on a Unix socket. */
  readonly rpc?: string;
  /** The token scheduler, gRPC `quilt.sync.v1` on a Unix socket. */
  readonly quilt?: string;
}

/** A host in a page. */
export interface HostStatus {
  readonly version: string;
  readonly state: 'starting' | 'ready' | 'stopping' | 'failed';
  readonly epoch: string;
  readonly startedAtMs: number;
  readonly uptimeMs: number;
  readonly pid: number;
  readonly boot: readonly PhaseReport[];
  readonly addresses: HostAddresses;
  readonly engine: string;
  /** Runs bundles that nobody signed. */
  readonly allowUnsigned: boolean;
  readonly bundles: { readonly active: number; readonly installed: number; readonly quarantined: number };
  readonly components: {
    readonly tools: number;
    readonly agents: number;
    readonly teams: number;
    readonly pipelines: number;
  };
  readonly calls: { readonly inFlight: number; readonly finished: number; readonly failed: number };
  readonly upgradesWaiting: number;
  readonly store: { readonly bytes: number; readonly bytesMax: number };
  readonly memory: { readonly rssBytes: number };
}
