/** The event stream of a host: numbered, kept as far back as the backlog goes, resumed by cursor. */
import type { EventCursor, EventKind, HostEvent } from '#wit/api';
import type { Clock } from '#host';
import type { EventLog } from '../service/ports.ts';
import { cursorInvalid, slowReader } from './errors.ts';
import { Ring } from './ring.ts';

/** Readers at the same time: more than there are connections, so that the gateways' maximum is the one that is met. */
const subscribersMaxDefault = 4096;

/** What an event log is made of. */
export interface EventLogOptions {
  /** Of this run of the host. */
  readonly epoch: string;
  /** Events that are kept, from 1 up. */
  readonly backlog: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly subscribersMax?: number;
  /** What the data of an event goes through before anybody sees it: the redaction of `firmware/telemetry`. */
  readonly clean?: (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Creates the event stream of one run of the host. */
export function createEventLog(options: EventLogOptions): EventLog {
  const { epoch, backlog, clock, clean } = options;
  const ring = new Ring<HostEvent>({
    itemsMax: backlog,
    topicOf: (event) => event.kind,
    readersMax: options.subscribersMax ?? subscribersMaxDefault,
  });
  return {
    epoch,
    publish(kind, data) {
      const facts = { epoch, sequence: ring.last + 1, atMs: clock.nowMs(), kind };
      const event =
        clean === undefined ? { ...facts, data: Object.freeze({ ...data }) } : lateEvent(facts, data, clean);
      ring.push(Object.freeze(event));
      return event;
    },
    subscribe({ after, kinds, signal }) {
      const topics = kinds === undefined ? undefined : new Set<string>(kinds);
      const start = startOf({ ring, epoch, after, topics });
      const lost = start.lost && lostEvent({ epoch, atMs: clock.nowMs(), ...start.lost });
      return ring.read({
        after: lost?.sequence ?? start.after,
        ...(lost === undefined ? {} : { notice: lost }),
        ...(topics === undefined ? {} : { topics }),
        tooSlow: (sequence) => slowReader({ epoch, sequence, backlog }),
        signal,
      });
    },
  };
}

/**
 * Cleaned when somebody looks at it, once: nobody follows most events, and a call, which is two of them, takes less than the cleaning of both.
 * The data must not change meanwhile.
 */
function lateEvent(
  facts: Omit<HostEvent, 'data'>,
  data: HostEvent['data'],
  clean: NonNullable<EventLogOptions['clean']>,
): HostEvent {
  let raw: HostEvent['data'] | undefined = { ...data };
  let cleaned: HostEvent['data'] | undefined;
  return {
    ...facts,
    get data() {
      cleaned ??= Object.freeze(clean(raw ?? {}));
      raw = undefined;
      return cleaned;
    },
  };
}

interface Lost {
  readonly from: number;
  readonly to: number;
  readonly previous?: EventCursor;
}

/** Behind which number to begin, and what cannot be replayed. */
function startOf({
  ring,
  epoch,
  after,
  topics,
}: {
  readonly ring: Ring<HostEvent>;
  readonly epoch: string;
  readonly after: EventCursor | undefined;
  readonly topics: ReadonlySet<string> | undefined;
}): { readonly after: number; readonly lost?: Lost } {
  if (after === undefined) return { after: ring.last };
  if (!Number.isSafeInteger(after.sequence) || after.sequence < 0)
    throw cursorInvalid(`the sequence ${after.sequence} is not a whole number from 0 up`);
  const oldest = ring.first - 1;
  if (after.epoch !== epoch) return { after: oldest, lost: { from: 1, to: oldest, previous: after } };
  if (after.sequence > ring.last)
    throw cursorInvalid(`the sequence ${after.sequence} has not happened, the last one is ${ring.last}`);
  if (ring.gone(topics) <= after.sequence) return { after: after.sequence };
  return { after: oldest, lost: { from: after.sequence + 1, to: oldest } };
}

/**
 * Says that events `from` to `to` of this epoch are not there any more; `to` is below `from` where none of them was lost.
 * `previous`: the cursor, where it is of another run of the host: what came behind it there is lost, too. Whoever resumes behind this
 * event's own cursor misses nothing that is still there.
 */
function lostEvent({ epoch, atMs, from, to, previous }: Lost & { epoch: string; atMs: number }): HostEvent {
  const kind: EventKind = 'events.lost';
  const data = Object.freeze({ epoch, from, to, ...(previous === undefined ? {} : { previous: { ...previous } }) });
  return Object.freeze({ epoch, sequence: to, atMs, kind, data });
}
