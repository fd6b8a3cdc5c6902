/** What happens in a host, in order. */
import type { RequestOptions } from './calls.ts';

/** The kinds of events. `events.lost`: the backlog no longer holds what was asked for; its data has the numbers. */
export const eventKinds = [
  'host.ready',
  'host.stopping',
  'bundle.uploaded',
  'bundle.installed',
  'bundle.activated',
  'bundle.rolled-back',
  'bundle.removed',
  'bundle.quarantined',
  'upgrade.waiting',
  'upgrade.approved',
  'upgrade.rejected',
  'call.waiting',
  'call.started',
  'call.finished',
  'tokens.deadlock',
  'tokens.expired',
  'tokens.serialised',
  'tokens.unproven',
  'container.started',
  'container.died',
  'container.failed',
  'events.lost',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** Something that happened. */
export interface HostEvent {
  /** Of one run of the host: numbers of different epochs are not compared. */
  readonly epoch: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: EventKind;
  /** JSON values; by kind. No secret and no input or output of a call. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The event after which to go on. */
export interface EventCursor {
  readonly epoch: string;
  readonly sequence: number;
}

/** Which events. */
export interface EventQuery extends RequestOptions {
  /** Goes on behind this one; only new ones where absent. */
  readonly after?: EventCursor;
  /** Only these; all where absent. */
  readonly kinds?: readonly EventKind[];
}

/** The levels of a line of a log, the lowest first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** A line of a log. */
export interface LogEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly level: (typeof logLevels)[number];
  /** `host`, or `bundle/tool`. */
  readonly source: string;
  readonly message: string;
  readonly callId?: string;
  readonly requestId?: string;
  /** JSON values, redacted. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Which lines. */
export interface LogQuery extends RequestOptions {
  /** Goes on with lines that come; ends after those that are there where absent. */
  readonly follow?: boolean;
  /** At most so many of those that are there; 1,000 where absent, which is also what a host keeps at least. */
  readonly tail?: number;
  /** The lowest level; `info` where absent. */
  readonly level?: LogEntry['level'];
  /** Only of this tool or of this bundle. */
  readonly source?: string;
}
