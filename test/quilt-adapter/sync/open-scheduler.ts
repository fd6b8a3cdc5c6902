/** A scheduler and what happens in it, for tests. */
import type { CodedError } from '#wit/errors';
import { parseToken } from '#wit/tokens';
import type { SyncLimits } from '../../../quilt-adapter/sync/limits.ts';
import type {
  AcquireRequest,
  Grant,
  Quota,
  SchedulerEvent,
  TokenScheduler,
} from '../../../quilt-adapter/sync/scheduler.ts';
import { type SyncStore, createMemorySyncStore } from '../../../quilt-adapter/sync/store.ts';
import { createTokenScheduler } from '../../../quilt-adapter/sync/token-scheduler.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A request of a shop's. */
export function ask(holder: string, tokens: readonly string[], more: Partial<AcquireRequest> = {}): AcquireRequest {
  return { holder, label: `shop/${holder}`, tokens: tokens.map(parseToken), ...more };
}

/** What `open` opens. */
export interface Opened {
  readonly scheduler: TokenScheduler;
  readonly events: readonly SchedulerEvent[];
  readonly clock: VirtualClock;
  readonly store: SyncStore;
  /** Those that waited and were granted. */
  readonly order: readonly string[];
  wait(request: AcquireRequest): Promise<Grant>;
}

/** A scheduler on a virtual clock. */
export function open({
  quotas = [],
  limits = {},
  store = createMemorySyncStore(),
  clock = new VirtualClock(),
  bootId = 'boot-1',
}: {
  readonly quotas?: readonly Quota[];
  readonly limits?: Partial<SyncLimits>;
  readonly store?: SyncStore;
  readonly clock?: VirtualClock;
  readonly bootId?: string;
} = {}): Opened {
  const events: SchedulerEvent[] = [];
  const scheduler = createTokenScheduler({
    ...{ quotas, limits, store, clock, bootId },
    onEvent: (event) => events.push(event),
  });
  const order: string[] = [];
  const wait = (request: AcquireRequest): Promise<Grant> => {
    const grant = scheduler.acquire(request);
    void grant.then(({ holder }) => order.push(holder)).catch(() => undefined);
    return grant;
  };
  return { scheduler, events, clock, store, order, wait };
}

/** Lets settled promises be heard of. */
export async function ticks(): Promise<void> {
  for (let tick = 0; tick < 6; tick += 1) await undefined;
}
/** What a promise is rejected with. */
export function refused(promise: Promise<unknown>): Promise<CodedError> {
  return promise.then(
    () => Promise.reject(new Error('was granted')),
    (error: CodedError) => error,
  );
}
