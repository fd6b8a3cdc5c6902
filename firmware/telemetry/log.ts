/** The log of a host: lines of JSON by pino, and the same lines for the tail. Every word of a line went through the redactor. */
import { type Logger, pino } from 'pino';
import { type LogEntry, logLevels } from '#wit/api';
import type { Clock } from '#host';
import type { LogTailStore } from './log-tail.ts';
import type { Redactor } from './redactor.ts';
import type { Log, LogFields } from './telemetry.ts';

/** A level of a line. */
export type LogLevel = LogEntry['level'];

/** What a log is made of. */
export interface LogParts {
  readonly redactor: Redactor;
  readonly tail: LogTailStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The lowest that is written; the tail keeps the others, too. */
  readonly level: LogLevel;
  readonly sink: { write(line: string): void };
}

/** A line before it is cleaned. */
export type RawEntry = Omit<LogEntry, 'sequence' | 'fields'> & { readonly fields?: LogFields };

/** Fields that stand beside the message, since one searches by them. */
type LiftedName = 'requestId' | 'callId' | 'traceId';
/** What they may look like; anything else stays among the fields. */
const idForm = /^[A-Za-z0-9._:-]{1,128}$/;

/** Writes a line of a tool or of the host, and keeps it for the tail. Never throws. */
export function createRecord(parts: LogParts): (entry: RawEntry) => void {
  const { redactor, tail, level, sink } = parts;
  const logger = createPino(sink);
  const lowest = logLevels.indexOf(level);
  return (entry) => {
    const { ids, rest } = lift(entry);
    const message = redactor.message(entry.message);
    const source = redactor.name(entry.source);
    const fields = redactor.fields(rest);
    const identity = Object.fromEntries(
      Object.entries(ids).map(([name, value]) => [name, redactor.name(value)]),
    ) as Partial<Record<LiftedName, string>>;
    const { traceId, ...named } = identity;
    tail.push({
      atMs: entry.atMs,
      level: entry.level,
      source,
      message,
      ...named,
      fields: traceId === undefined ? fields : { ...fields, traceId },
    });
    if (logLevels.indexOf(entry.level) < lowest) return;
    const time = isoTime(entry.atMs);
    logger[entry.level]({ time, source, ...identity, ...(isEmpty(fields) ? {} : { fields }) }, message);
  };
}

/** A log whose lines all have these fields and the source `host`. */
export function createLog(record: (entry: RawEntry) => void, clock: Pick<Clock, 'nowMs'>, bound: LogFields = {}): Log {
  const write = (level: LogLevel, message: string, fields?: LogFields): void =>
    record({ atMs: clock.nowMs(), level, source: 'host', message, fields: join(bound, fields) });
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (fields) => createLog(record, clock, join(bound, fields)),
  };
}

/** Time is the entry's, since a line of a tool is written later than it was said. */
function createPino(sink: { write(line: string): void }): Logger {
  return pino(
    {
      level: 'debug',
      base: null,
      messageKey: 'message',
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
}

/** Fields with a getter that throws cannot be copied; they are walked as they are. */
function join(bound: LogFields, fields: LogFields | undefined): LogFields {
  if (fields === undefined) return bound;
  try {
    return { ...bound, ...fields };
  } catch {
    return { ...bound, fields };
  }
}

function lift(entry: RawEntry): { readonly ids: Record<string, string>; readonly rest: LogFields } {
  const { requestId, callId, traceId, ...rest } = join({}, entry.fields) as Record<string, unknown>;
  const ids: Record<string, string> = {};
  const kept: Record<string, unknown> = {};
  for (const [name, own, field] of [
    ['requestId', entry.requestId, requestId],
    ['callId', entry.callId, callId],
    ['traceId', undefined, traceId],
  ] as const) {
    if (isId(own)) ids[name] = own;
    else if (isId(field)) ids[name] = field;
    // What is none, or is another one than the line's own, stays where it was.
    if (field !== undefined && field !== ids[name]) kept[name] = field;
  }
  return { ids, rest: { ...rest, ...kept } };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && idForm.test(value);
}

function isEmpty(fields: LogFields): boolean {
  for (const name in fields) if (Object.hasOwn(fields, name)) return false;
  return true;
}

/** A clock that is far off must not take the log down. */
function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
