import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { EventCursor, EventKind, HostEvent } from '#wit/api';
import { createEventLog } from '../../../firmware/events/event-log.ts';
import { fuzz, fuzzTimeoutMs } from '../../fuzz.ts';

const epoch = 'epoch-1';
const clock = { nowMs: () => 7 };
const endless = new AbortController().signal;

function eventLog(backlog: number, subscribersMax = 100) {
  return createEventLog({ epoch, backlog, clock, subscribersMax });
}

function publish(log: ReturnType<typeof eventLog>, count: number, kind: EventKind = 'call.started'): void {
  for (let index = 0; index < count; index += 1) log.publish(kind, { index });
}

function open(events: AsyncIterable<HostEvent>): AsyncIterator<HostEvent> {
  return events[Symbol.asyncIterator]();
}

async function take(events: AsyncIterator<HostEvent>, count: number): Promise<number[]> {
  const sequences: number[] = [];
  for (let index = 0; index < count; index += 1) sequences.push((await events.next()).value.sequence);
  return sequences;
}

/** Whether a promise is settled once everything that is due has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(
    () => (done = true),
    () => (done = true),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('an event log', () => {
  test('numbers events from 1 without gaps, with its epoch and the time of its clock', () => {
    const log = eventLog(2);
    const events = [1, 2, 3].map((value) => log.publish('host.ready', { value }));
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(events[2]).toEqual({ epoch, sequence: 3, atMs: 7, kind: 'host.ready', data: { value: 3 } });
  });

  test('publishes what cannot be changed any more, also by the one who published', () => {
    const data = { value: 1 };
    const event = eventLog(2).publish('host.ready', data);
    data.value = 2;
    expect(event.data).toEqual({ value: 1 });
    expect(Object.isFrozen(event) && Object.isFrozen(event.data)).toBe(true);
  });

  test('publishes data that went through the redaction', () => {
    const log = createEventLog({ epoch, backlog: 2, clock, clean: () => ({ clean: true }) });
    expect(log.publish('host.ready', { token: 'x' }).data).toEqual({ clean: true });
  });

  test('cleans the data of an event when somebody looks at it, once, with the secrets that are known then', async () => {
    const secrets = new Set<unknown>();
    let cleaned = 0;
    const clean = (data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
      cleaned += 1;
      return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, secrets.has(value) ? '' : value]));
    };
    const log = createEventLog({ epoch, backlog: 3, clock, clean });
    for (const value of ['a', 'b', 'c', 'd']) log.publish('host.ready', { value });
    expect(cleaned).toBe(0);
    secrets.add('d');
    const read = async (): Promise<unknown[]> => {
      const reader = open(log.subscribe({ after: { epoch, sequence: 1 }, signal: endless }));
      return [(await reader.next()).value, (await reader.next()).value, (await reader.next()).value];
    };
    const [, , last] = await read();
    expect(JSON.parse(JSON.stringify(last))).toEqual({
      epoch,
      sequence: 4,
      atMs: 7,
      kind: 'host.ready',
      data: { value: '' },
    });
    expect(await read()).toEqual(await read());
    expect(cleaned).toBeLessThanOrEqual(3);
  });

  test('gives a subscriber without a cursor only what comes behind its subscription, also what comes before its first read', async () => {
    const log = eventLog(10);
    publish(log, 3);
    const events = log.subscribe({ signal: endless });
    publish(log, 2);
    expect(await take(open(events), 2)).toEqual([4, 5]);
  });

  test('replays behind a cursor, then goes on live, without a gap and without a repetition', async () => {
    const log = eventLog(10);
    publish(log, 5);
    const events = open(log.subscribe({ after: { epoch, sequence: 2 }, signal: endless }));
    expect(await take(events, 2)).toEqual([3, 4]);
    publish(log, 1);
    expect(await take(events, 2)).toEqual([5, 6]);
    const waiting = events.next();
    publish(log, 2);
    expect((await waiting).value.sequence).toBe(7);
    expect(await take(events, 1)).toEqual([8]);
  });

  test('hands every subscriber the very same object', async () => {
    const log = eventLog(10);
    const live = open(log.subscribe({ signal: endless })).next();
    const event = log.publish('host.ready', {});
    const replayed = open(log.subscribe({ after: { epoch, sequence: 0 }, signal: endless })).next();
    expect((await live).value).toBe(event);
    expect((await replayed).value).toBe(event);
  });
});

describe('a cursor', () => {
  test('of the oldest event that can be followed loses nothing, one before it begins with events.lost', async () => {
    const log = eventLog(3);
    publish(log, 8);
    const fits = open(log.subscribe({ after: { epoch, sequence: 5 }, signal: endless }));
    expect(await take(fits, 3)).toEqual([6, 7, 8]);
    const old = open(log.subscribe({ after: { epoch, sequence: 4 }, signal: endless }));
    const first = (await old.next()).value;
    expect(first).toMatchObject({ kind: 'events.lost', epoch, data: { epoch, from: 5, to: 5 } });
    expect(await take(old, 3)).toEqual([6, 7, 8]);
  });

  test('of events.lost resumes behind what was lost', async () => {
    const log = eventLog(3);
    publish(log, 8);
    const lost = (await open(log.subscribe({ after: { epoch, sequence: 0 }, signal: endless })).next()).value;
    const { epoch: cursorEpoch, sequence } = lost as HostEvent;
    const again = open(log.subscribe({ after: { epoch: cursorEpoch, sequence }, signal: endless }));
    expect(await take(again, 3)).toEqual([6, 7, 8]);
  });

  test('of another run of the host begins with events.lost, then with all that is there', async () => {
    const log = eventLog(3);
    publish(log, 2);
    const after: EventCursor = { epoch: 'epoch-0', sequence: 77 };
    const events = open(log.subscribe({ after, signal: endless }));
    const lost = (await events.next()).value as HostEvent;
    expect(lost).toMatchObject({ kind: 'events.lost', epoch, sequence: 0, data: { from: 1, to: 0, previous: after } });
    expect(await take(events, 2)).toEqual([1, 2]);
  });

  test('loses nothing where only events that it does not want have gone', async () => {
    const log = eventLog(3);
    log.publish('host.ready', {});
    publish(log, 5);
    const unharmed = open(log.subscribe({ after: { epoch, sequence: 1 }, kinds: ['host.ready'], signal: endless }));
    const waiting = unharmed.next();
    expect(await settled(waiting)).toBe(false);
    const harmed = open(log.subscribe({ after: { epoch, sequence: 0 }, kinds: ['host.ready'], signal: endless }));
    expect((await harmed.next()).value.kind).toBe('events.lost');
  });

  test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, 4])(
    'with the sequence %d, which no event has, is refused',
    (sequence) => {
      const log = eventLog(3);
      publish(log, 3);
      expect(() => log.subscribe({ after: { epoch, sequence }, signal: endless })).toThrow(
        expect.objectContaining({ code: 'REQUEST_INVALID' }),
      );
    },
  );

  test('of the newest event waits', async () => {
    const log = eventLog(3);
    publish(log, 3);
    const waiting = open(log.subscribe({ after: { epoch, sequence: 3 }, signal: endless })).next();
    expect(await settled(waiting)).toBe(false);
  });
});

describe('a reader', () => {
  test('may be as far behind as the backlog goes, one more ends it with the last number that it got', async () => {
    const log = eventLog(4);
    const events = open(log.subscribe({ signal: endless }));
    publish(log, 1);
    expect(await take(events, 1)).toEqual([1]);
    publish(log, 4);
    expect(await take(events, 1)).toEqual([2]);
    publish(log, 2);
    await expect(events.next()).rejects.toMatchObject({
      code: 'SLOW_READER',
      wire: { details: { epoch, sequence: 2, backlog: 4 }, retryable: true },
    });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test('that filters and never matches is never slow', async () => {
    const log = eventLog(4);
    const events = open(log.subscribe({ kinds: ['bundle.removed'], signal: endless }));
    const waiting = events.next();
    publish(log, 1000);
    expect(await settled(waiting)).toBe(false);
    log.publish('bundle.removed', {});
    expect((await waiting).value.sequence).toBe(1001);
    // Busy with that one, while nothing for it goes by.
    publish(log, 1000);
    log.publish('bundle.removed', {});
    expect(await take(events, 1)).toEqual([2002]);
  });

  test('that filters and is busy ends as soon as one that it wants has gone', async () => {
    const log = eventLog(4);
    const events = open(log.subscribe({ kinds: ['bundle.removed'], signal: endless }));
    log.publish('bundle.removed', {});
    publish(log, 4);
    await expect(events.next()).rejects.toMatchObject({ code: 'SLOW_READER', wire: { details: { sequence: 0 } } });
  });

  test('ends at once with its signal, whether it waits or has events to read', async () => {
    const log = eventLog(10);
    const stop = new AbortController();
    const waits = open(log.subscribe({ signal: stop.signal }));
    const waiting = waits.next();
    const reads = open(log.subscribe({ after: { epoch, sequence: 0 }, signal: stop.signal }));
    const pending = reads.next();
    publish(log, 3);
    await Promise.all([waiting, pending]);
    const next = waits.next();
    await Promise.all([next, waits.next()]);
    const last = waits.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await reads.next()).toEqual({ done: true, value: undefined });
  });

  test('of a signal that is aborted already ends at once and takes no place', async () => {
    const log = eventLog(10, 1);
    const aborted = AbortSignal.abort();
    expect(await open(log.subscribe({ signal: aborted })).next()).toEqual({ done: true, value: undefined });
    open(log.subscribe({ signal: endless }));
    expect(getEventListeners(aborted, 'abort')).toHaveLength(0);
  });

  test('leaves no listener and no place behind, however it ends', async () => {
    const log = eventLog(2, 1);
    const shared = new AbortController();
    for (let round = 0; round < 100; round += 1) {
      const returned = open(log.subscribe({ signal: shared.signal }));
      const waiting = returned.next();
      await returned.return?.();
      expect(await waiting).toEqual({ done: true, value: undefined });
      const slow = open(log.subscribe({ signal: shared.signal }));
      publish(log, 3);
      await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_READER' });
      const stop = new AbortController();
      const stopped = open(log.subscribe({ signal: stop.signal }));
      stop.abort();
      expect((await stopped.next()).done).toBe(true);
      expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    }
    expect(getEventListeners(shared.signal, 'abort')).toHaveLength(0);
  });

  test('leaves its place when a loop over it breaks', async () => {
    const log = eventLog(5, 1);
    for (let round = 0; round < 3; round += 1) {
      const events = log.subscribe({ signal: endless });
      publish(log, 1);
      for await (const event of events) {
        expect(event.kind).toBe('call.started');
        break;
      }
    }
  });

  test('finds a place up to the maximum, and none one past it', async () => {
    const log = eventLog(5, 3);
    const events = [1, 2, 3].map(() => open(log.subscribe({ signal: endless })));
    expect(() => open(log.subscribe({ signal: endless }))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    await events[0]?.return?.();
    open(log.subscribe({ signal: endless }));
  });

  test('asked twice before the first answer gives two events in order', async () => {
    const log = eventLog(5);
    const events = open(log.subscribe({ signal: endless }));
    const answers = [events.next(), events.next(), events.next()];
    publish(log, 3);
    expect((await Promise.all(answers)).map(({ value }) => value.sequence)).toEqual([1, 2, 3]);
  });

  test('may publish while it reads', async () => {
    const log = eventLog(5);
    const seen: number[] = [];
    const events = log.subscribe({ signal: endless });
    publish(log, 1);
    for await (const { sequence } of events) {
      seen.push(sequence);
      if (sequence === 20) break;
      publish(log, 1);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});

test(
  'Readers of any speed get every event that they want in order, or are told that one has gone',
  async () => {
    const kinds: readonly EventKind[] = ['call.started', 'call.finished', 'host.ready'];
    await fuzz(async (random) => {
      const backlog = 1 + random.below(6);
      const log = eventLog(backlog);
      const published: HostEvent[] = [];
      const wanted = random.oneIn(2) ? undefined : kinds.filter(() => random.oneIn(2));
      const after = random.below(4);
      for (let count = after; count > 0; count -= 1) published.push(log.publish(random.pick(kinds), {}));
      const events = open(
        log.subscribe({
          after: { epoch, sequence: after },
          ...(wanted === undefined ? {} : { kinds: wanted }),
          signal: endless,
        }),
      );
      const isWanted = (event: HostEvent): boolean => wanted === undefined || wanted.includes(event.kind);
      let position = after;
      for (let step = 0; step < 12; step += 1) {
        for (let count = random.below(4); count > 0; count -= 1) published.push(log.publish(random.pick(kinds), {}));
        const next = published.find((event) => event.sequence > position && isWanted(event));
        const reading = events.next();
        if (next === undefined) {
          // It waits: the next one for it comes at once.
          const kind = wanted === undefined ? 'host.ready' : wanted[0];
          if (kind === undefined) return;
          const event = log.publish(kind, {});
          published.push(event);
          expect((await reading).value).toBe(event);
          position = event.sequence;
        } else if (next.sequence <= published.length - backlog) {
          await expect(reading).rejects.toMatchObject({ code: 'SLOW_READER' });
          return;
        } else {
          expect((await reading).value).toBe(next);
          position = next.sequence;
        }
      }
    });
  },
  fuzzTimeoutMs,
);
