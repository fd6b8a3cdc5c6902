/** What the areas of the host tell about themselves: lines of the log, instruments, spans. */
import type { LogEntry } from '#wit/api';

/** JSON values; whatever looks like a secret is redacted before it goes anywhere. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes lines. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** One whose lines all have these fields. */
  child(fields: LogFields): Log;
}

/** The ways into the host. */
export type GatewayName = 'grpc' | 'grpc-unix' | 'websocket' | 'http';

/** The instruments. Labels are of bounded number: names of active tools, codes, gateways. */
export interface Metrics {
  callStarted(labels: { readonly bundle: string; readonly tool: string }): void;
  callFinished(labels: {
    readonly bundle: string;
    readonly tool: string;
    /** `done`, or the code of the failure. */
    readonly outcome: string;
    readonly durationMs: number;
    readonly computeMs: number;
    readonly memoryBytesPeak: number;
  }): void;
  operationFinished(labels: {
    readonly operation: string;
    readonly outcome: string;
    readonly durationMs: number;
  }): void;
  requestFinished(labels: {
    readonly gateway: GatewayName;
    readonly method: string;
    /** `OK`, or a code. */
    readonly code: string;
    readonly durationMs: number;
  }): void;
  connectionOpened(gateway: GatewayName): void;
  connectionClosed(gateway: GatewayName): void;
  bundleChanged(labels: {
    readonly change: 'installed' | 'activated' | 'rolled-back' | 'refused' | 'quarantined';
  }): void;
  bootPhase(labels: { readonly phase: string; readonly durationMs: number }): void;
  /** Values that are read when somebody asks: by name of the gauge. */
  observe(
    gauge: 'components' | 'bundles_active' | 'calls_in_flight' | 'store_bytes' | 'upgrades_waiting',
    read: () => number,
  ): void;
}

/** A span of a trace; `end` ends it once. */
export interface Span {
  readonly traceparent: string;
  set(attributes: Readonly<Record<string, string | number | boolean>>): void;
  end(outcome?: { readonly code: string; readonly message: string }): void;
}

/** Starts spans, with the GenAI names of OpenTelemetry (`execute_tool {name}`). */
export interface Traces {
  start(
    name: string,
    options?: {
      readonly traceparent?: string;
      readonly attributes?: Readonly<Record<string, string | number | boolean>>;
    },
  ): Span;
}

/** All of it. */
export interface Telemetry extends AsyncDisposable {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** A line of a tool or of the host, for the tail and for the log. */
  record(entry: Omit<LogEntry, 'sequence' | 'fields'> & { readonly fields?: LogFields }): void;
}
