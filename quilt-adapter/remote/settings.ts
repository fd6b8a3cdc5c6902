/** What a connection to a Quilt daemon can be told, and its defaults. Figures come from measurements of the real daemon; README.md says which. */
import { type QuiltClock, machineClock } from './clock.ts';
import { optionInvalid } from './errors.ts';

/** How long each kind of request may take, in milliseconds. */
export interface QuiltTimeouts {
  /** What only looks. Blocked worker threads let even a health check wait 12.1 s. */
  readonly readMs: number;
  /** Create, start, kill, remove, volumes: what is answered at once, by a daemon whose threads are free. */
  readonly changeMs: number;
  /** From the answer of a create until the container has left `PENDING`: a start of the daemon as published fails after 12.2 s, and some never end. */
  readonly startMs: number;
  /** From a kill until the status says so. */
  readonly settleMs: number;
  /** Of a command in a container, where its caller says nothing. */
  readonly executeMs: number;
  /** Of a command that its caller has left: how long it keeps its place among those that run. */
  readonly executeMsMax: number;
}

/** What is repeated, and how often. */
export interface QuiltRetries {
  /** Tries of one request that is safe to repeat; 1: none is repeated. */
  readonly triesMax: number;
  /** Doubles from try to try, with up to half of it taken off at random. */
  readonly delayMs: number;
  readonly delayMsMax: number;
  /** Tries of a create that finds the database locked; 20 at a time needed 56 together. */
  readonly lockedTriesMax: number;
}

/** Which daemon is there: as published, with `quilt-usable.patch`, or to be found out with the first command that has arguments. */
export type QuiltPeer = 'stock' | 'patched' | 'auto';

/** What `connectQuilt` takes. */
export interface QuiltOptions {
  /** `host:port` or `unix:PATH`; `127.0.0.1:50051` where absent. */
  readonly address?: string;
  /** `auto` where absent. */
  readonly peer?: QuiltPeer;
  /** Images by name: paths of `.tar.gz` archives on the daemon's machine. */
  readonly images?: Readonly<Record<string, string>>;
  readonly timeouts?: Partial<QuiltTimeouts>;
  readonly retries?: Partial<QuiltRetries>;
  /** Commands that run in containers at the same time; one less than the daemon's cores where absent, and at least one. */
  readonly executionsMax?: number;
  /** Containers that start at the same time; others wait. */
  readonly startsMax?: number;
  /** Containers that this connection keeps in its list. */
  readonly containersMax?: number;
  /** How often the daemon is asked for events. */
  readonly eventPollMs?: number;
  readonly clock?: QuiltClock;
  /** From 0 up to and without 1. */
  readonly random?: () => number;
}

/** Options with their defaults. */
export interface QuiltSettings extends Required<Omit<QuiltOptions, 'timeouts' | 'retries' | 'executionsMax'>> {
  readonly timeouts: QuiltTimeouts;
  readonly retries: QuiltRetries;
  readonly executionsMax: number | undefined;
}

const timeoutDefaults: QuiltTimeouts = {
  readMs: 20_000,
  changeMs: 20_000,
  startMs: 15_000,
  settleMs: 10_000,
  executeMs: 60_000,
  executeMsMax: 600_000,
};
const retryDefaults: QuiltRetries = { triesMax: 5, delayMs: 100, delayMsMax: 2_000, lockedTriesMax: 60 };
/** More starts at a time only make the database refuse: 4 of 20 are always under way. */
const startsMaxDefault = 4;
const containersMaxDefault = 1_000;
const eventPollMsDefault = 500;
/** Of Node's timers. */
const durationMsMax = 2 ** 31 - 1;

/** Fills in what is absent. @throws {CodedError} `CONFIG_INVALID`. */
export function quiltSettings(options: QuiltOptions): QuiltSettings {
  const settings: QuiltSettings = {
    address: options.address ?? '127.0.0.1:50051',
    peer: options.peer ?? 'auto',
    images: options.images ?? {},
    timeouts: { ...timeoutDefaults, ...options.timeouts },
    retries: { ...retryDefaults, ...options.retries },
    executionsMax: options.executionsMax,
    startsMax: options.startsMax ?? startsMaxDefault,
    containersMax: options.containersMax ?? containersMaxDefault,
    eventPollMs: options.eventPollMs ?? eventPollMsDefault,
    clock: options.clock ?? machineClock,
    random: options.random ?? Math.random,
  };
  checkAddress(settings.address);
  const { timeouts, retries, executionsMax, startsMax, containersMax, eventPollMs } = settings;
  const counts = { ...retries, startsMax, containersMax, ...(executionsMax !== undefined && { executionsMax }) };
  for (const [name, value] of Object.entries({ ...timeouts, ...counts, eventPollMs })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > durationMsMax)
      throw optionInvalid(name, `${value} is not a whole number from 1 to ${durationMsMax}`);
  }
  return settings;
}

function checkAddress(address: string): void {
  if (/^unix:.{1,107}$/s.test(address) && !address.includes('\0')) return;
  const port = Number(/^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(address)?.[1]);
  if (port >= 1 && port <= 65_535) return;
  throw optionInvalid('address', `"${address.slice(0, 200)}" is neither host:port nor unix:PATH`);
}
