/** The newest lines of the log in memory, for those who look at them and for those who follow. */
import { type LogEntry, logLevels } from '#wit/api';
import { slowReader, tailInvalid } from '../events/errors.ts';
import { Ring } from '../events/ring.ts';
import type { LogTail } from '../service/ports.ts';

/** Followers at the same time. */
const subscribersMaxDefault = 1024;
/** Of all lines together: lines of the largest size cannot take the memory of the host. */
const bytesMaxDefault = 16 * 1024 * 1024;
/** What a line costs beside its text. */
const entryBytes = 256;
/** As many as the contract says. */
const tailDefault = 1000;

/** How much is kept. */
export interface LogTailOptions {
  /** Lines; at least the 1,000 of the contract where the caller follows it. */
  readonly backlog: number;
  readonly bytesMax?: number;
  readonly subscribersMax?: number;
}

/** The tail, and the way into it. */
export interface LogTailStore extends LogTail {
  /** Keeps a line that was cleaned. */
  push(entry: Omit<LogEntry, 'sequence'>): void;
}

/** Creates an empty tail. */
export function createLogTail({ backlog, bytesMax, subscribersMax }: LogTailOptions): LogTailStore {
  const ring = new Ring<LogEntry>({
    itemsMax: backlog,
    bytesMax: bytesMax ?? bytesMaxDefault,
    bytesOf,
    topicOf: (entry) => entry.level,
    readersMax: subscribersMax ?? subscribersMaxDefault,
  });
  return {
    push: (entry) => ring.push(Object.freeze({ ...entry, sequence: ring.last + 1 })),
    subscribe({ follow = false, tail = tailDefault, level = 'info', source, signal }) {
      if (!Number.isSafeInteger(tail) || tail < 0) throw tailInvalid(tail);
      const topics = new Set<string>(logLevels.slice(logLevels.indexOf(level)));
      const matches = (entry: LogEntry): boolean => source === undefined || isOf(entry, source);
      const wanted = (entry: LogEntry): boolean => topics.has(entry.level) && matches(entry);
      return ring.read({
        after: behindWhich(ring, tail, wanted),
        ...(follow ? {} : { until: ring.last }),
        topics,
        matches,
        tooSlow: (sequence) => slowReader({ sequence, backlog }),
        signal,
      });
    },
  };
}

/** Number of the line before the last `tail` lines that are wanted. */
function behindWhich(ring: Ring<LogEntry>, tail: number, wanted: (entry: LogEntry) => boolean): number {
  let left = tail;
  let sequence = ring.last;
  for (; sequence >= ring.first && left > 0; sequence -= 1) {
    const entry = ring.at(sequence);
    if (entry !== undefined && wanted(entry)) left -= 1;
  }
  return sequence;
}

/** `bundle` has the lines of all its tools. */
function isOf(entry: LogEntry, source: string): boolean {
  return entry.source === source || entry.source.startsWith(`${source}/`);
}

/** Kept once with the entry's text: two bytes a character at most, and something for every field. */
function bytesOf(entry: LogEntry): number {
  return entryBytes + 2 * (entry.message.length + entry.source.length) + bytesOfValue(entry.fields);
}

function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return 16 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 16;
  return Object.entries(value).reduce((bytes, [name, part]) => bytes + 32 + 2 * name.length + bytesOfValue(part), 32);
}
