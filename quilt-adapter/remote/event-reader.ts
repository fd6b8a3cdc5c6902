/** Events from now on, out of a stream that never says what is new. */
import { type ContainerEvent, containerEventKinds } from '../runtime/container-runtime.ts';
import { ChannelFailure } from './channel-failure.ts';
import type { WireEvent } from './messages.ts';
import { EventRing, PassReader, type RingPass, silenceMsMax } from './quirks/event-ring.ts';
import { timeMs } from './quirks/time-units.ts';
import type { QuiltRequests } from './requests.ts';

/** How long the daemon may be away before a reader is told. */
const awayMsMax = 60_000;

/** What somebody wants to see; all where it is absent. Unknown filters are no filter for the daemon, so it gets none. */
export interface EventQuery {
  readonly containers: ReadonlySet<string> | undefined;
  readonly kinds: ReadonlySet<string> | undefined;
}

/** The daemon's own time, which its events have. */
export async function daemonTimeMs(requests: QuiltRequests, signal: AbortSignal): Promise<number> {
  const { systemMetrics } = await requests.look('GetMetrics', { includeSystem: true }, signal);
  return timeMs('system', systemMetrics?.timestamp ?? 0) ?? requests.settings.clock.nowMs();
}

/** Events since a time of the daemon's clock, until the signal. @throws {CodedError} where the daemon stays away. */
export async function* readEvents(
  requests: QuiltRequests,
  { sinceMs, query }: { readonly sinceMs: Promise<number>; readonly query: Promise<EventQuery> },
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  const { clock, eventPollMs } = requests.settings;
  const begun = await Promise.all([sinceMs, query]).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (begun === undefined) return;
  const ring = new EventRing(begun[0]);
  const { containers, kinds } = begun[1];
  let seenMs = clock.nowMs();
  while (!signal.aborted) {
    const pass = await readPass(requests, signal);
    if (pass instanceof ChannelFailure) {
      if (signal.aborted) return;
      if (!pass.coded.wire.retryable || clock.nowMs() - seenMs > awayMsMax) throw pass.coded;
    } else {
      seenMs = clock.nowMs();
      for (const wire of ring.take(pass)) {
        const event = eventOf(wire);
        if (event === undefined || containers?.has(event.container) === false || kinds?.has(event.kind) === false)
          continue;
        yield event;
        if (signal.aborted) return;
      }
    }
    await clock.sleep(eventPollMs, signal);
  }
}

/** Once through the ring, until it starts again or nothing more comes. */
async function readPass(requests: QuiltRequests, signal: AbortSignal): Promise<RingPass | ChannelFailure> {
  const { clock, timeouts } = requests.settings;
  const reader = new PassReader();
  const silent = new AbortController();
  let heardMs = clock.nowMs();
  const listening = new AbortController();
  const watch = async (): Promise<void> => {
    for (let leftMs: number = silenceMsMax; leftMs > 0; leftMs = heardMs + silenceMsMax - clock.nowMs()) {
      await clock.sleep(leftMs, listening.signal);
      if (listening.signal.aborted) return;
    }
    silent.abort();
  };
  const watching = watch();
  try {
    const travel = { timeoutMs: timeouts.readMs, signal: AbortSignal.any([signal, silent.signal]) };
    for await (const event of requests.channel.events({}, travel)) {
      heardMs = clock.nowMs();
      if (reader.add(event)) return reader.pass(true);
    }
    return reader.pass(false);
  } catch (error) {
    if (!(error instanceof ChannelFailure)) throw error;
    return silent.signal.aborted ? reader.pass(false) : error;
  } finally {
    listening.abort();
    await watching;
  }
}

function eventOf({ eventType, containerId, timestamp, attributes }: WireEvent): ContainerEvent | undefined {
  const kind = containerEventKinds.find((one) => one === eventType);
  return kind === undefined
    ? undefined
    : { kind, container: containerId, atMs: timeMs('event', timestamp) ?? 0, attributes };
}
