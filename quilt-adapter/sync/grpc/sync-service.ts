/** `quilt.sync.v1.SyncService`: the methods, without the library. */
import type { CodedError } from '#wit/errors';
import type { SyncClock } from '../clock.ts';
import type { AcquireRequest, Grant, TokenScheduler } from '../scheduler.ts';
import { grantToMessage, viewToMessage } from './answers.ts';
import type { Connection } from './connection.ts';
import { grantUnknown, waitCancelled } from './errors.ts';
import type { EventFeed } from './event-feed.ts';
import type { GrantSeal } from './grant-seal.ts';
import type { SyncServerLimits } from './limits.ts';
import { type AcquireMessage, acquireRequestOf, externalHolder, grantOf, leaseOf } from './requests.ts';

/** One request on its way. */
export interface SyncRequest {
  readonly connection: Connection;
  /** Aborted when its client has gone or its deadline has passed. */
  readonly signal: AbortSignal;
  /** Ends a stream with an error, although its client takes nothing. */
  readonly cut: (error: CodedError) => void;
  /** Calls when the answer could not be sent whole; at most once. */
  readonly onLost: (lost: () => void) => void;
  /** Calls when the answer has left, or never will. */
  readonly onSent: (sent: () => void) => void;
}

/** What the methods work on. */
export interface SyncServiceSetting {
  readonly scheduler: TokenScheduler;
  /** The scheduler's. */
  readonly clock: Pick<SyncClock, 'nowMs'>;
  readonly feed: EventFeed;
  readonly seal: GrantSeal;
  readonly limits: SyncServerLimits;
}

/** A method with one answer. */
export type UnaryRun = (message: never, request: SyncRequest) => object | Promise<object>;
/** A method with answers in groups, from the moment that it returns. */
export type StreamRun = (message: never, request: SyncRequest) => AsyncIterable<readonly object[]>;

/** The methods, by their names in the .proto file. */
export interface SyncMethods {
  readonly unary: Readonly<Record<string, UnaryRun>>;
  readonly stream: Readonly<Record<string, StreamRun>>;
}

/** A scheduler's methods. */
export function syncService(setting: SyncServiceSetting): SyncMethods {
  const { scheduler, clock, seal } = setting;
  const answer = (grant: Grant): object => grantToMessage(grant, seal.seal(grant.id), clock.nowMs());
  return {
    unary: {
      Acquire: async (message: AcquireMessage, request) =>
        answer(await acquire(setting, acquireRequestOf(message), request)),
      TryAcquire: (message: AcquireMessage, request) => {
        const grant = scheduler.tryAcquire(acquireRequestOf(message));
        if (grant === undefined) return {};
        request.onLost(() => scheduler.release(grant.id));
        return { grant: answer(grant) };
      },
      Renew: (message: { readonly grant: string; readonly leaseMs?: number }) => {
        const leaseMs = leaseOf(message);
        const grant = seal.open(grantOf(message));
        if (grant === undefined) throw grantUnknown();
        return answer(scheduler.renew(grant, leaseMs));
      },
      Release: (message: { readonly grant: string }) => {
        const grant = seal.open(grantOf(message));
        if (grant !== undefined) scheduler.release(grant);
        return {};
      },
      ReleaseHolder: ({ clientKey, holder }: { readonly clientKey: string; readonly holder: string }) => {
        scheduler.releaseHolder(externalHolder(clientKey, holder));
        return {};
      },
      Check: (message: { readonly grant: string; readonly epoch: number }) => {
        const grant = seal.open(grantOf(message));
        return { current: grant !== undefined && scheduler.isCurrent(grant, message.epoch) };
      },
      GetState: (_: object, { connection, onSent }) => {
        onSent(connection.begin('states'));
        return viewToMessage(scheduler.view(), setting.limits.stateBytesMax);
      },
      Explain: ({ clientKey, holder }: { readonly clientKey?: string; readonly holder: string }) => ({
        reasons: scheduler.reasons(clientKey === undefined ? holder : externalHolder(clientKey, holder)),
      }),
    },
    stream: { Watch: (_: object, request) => watch(setting, request) },
  };
}

async function acquire(
  { scheduler }: SyncServiceSetting,
  wanted: AcquireRequest,
  { connection, signal, onLost }: SyncRequest,
): Promise<Grant> {
  const end = connection.begin('waits');
  try {
    const grant = await scheduler.acquire(wanted, signal);
    // Nobody would learn of it.
    if (signal.aborted) {
      scheduler.release(grant.id);
      throw waitCancelled();
    }
    onLost(() => scheduler.release(grant.id));
    return grant;
  } finally {
    end();
  }
}

/** Subscribes at once, not when the first event is asked for. */
function watch(
  { feed }: SyncServiceSetting,
  { connection, signal, cut, onSent }: SyncRequest,
): AsyncIterable<readonly object[]> {
  onSent(connection.begin('watches'));
  const backlog = feed.open(cut);
  signal.addEventListener('abort', () => backlog[Symbol.dispose](), { once: true });
  if (signal.aborted) backlog[Symbol.dispose]();
  return (async function* groups() {
    try {
      for (let events = await backlog.take(); events.length > 0; events = await backlog.take()) yield events;
    } finally {
      backlog[Symbol.dispose]();
    }
  })();
}
