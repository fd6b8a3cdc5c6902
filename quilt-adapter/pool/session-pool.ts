/**
 * Items that stay with a session: its calls use the same one, one after the other, until none of them has used it for a while. A session is
 * one of one tenant; the same name with another tenant is another session, and what one has used is never given to another.
 */
import { Alarm } from './alarm.ts';
import { poolClosed, takeCancelled, tooManySessions, tooManyWaiters } from './errors.ts';
import { type SessionPoolLimits, sessionPoolDefaults } from './limits.ts';
import type { Clock, PoolItem } from './ports.ts';

/** Where items come from: a warm pool. */
export interface ItemSource<Item> {
  take(key: string, signal?: AbortSignal): Promise<Item>;
}

/** How a session pool is made. */
export interface SessionPoolOptions<Item extends PoolItem> extends SessionPoolLimits {
  /** Its items belong to the session pool once taken; the source itself does not. */
  readonly source: ItemSource<Item>;
  readonly clock: Clock;
  /** An item could not be ended. Never throws. */
  onEndFailed?(error: unknown): void;
}

/** Whose item is wanted. */
export interface SessionKey {
  /** A kind of the source. */
  readonly key: string;
  readonly session: string;
  readonly tenant: string;
}

/** The use of an item by one call. Leaving its scope gives the item to the session's next call. */
export interface Lease<Item> extends Disposable {
  readonly item: Item;
  /** Whether an earlier call of the session has used it. */
  readonly reused: boolean;
  /** The item is not fit for a further call: it is ended as soon as the lease is given back. */
  spoil(): void;
}

/** How a session pool is doing. */
export interface SessionPoolFigures {
  readonly sessions: number;
  readonly inUse: number;
  readonly waiting: number;
  /** Leases of an item that the session had already. */
  readonly reused: number;
  readonly leases: number;
}

interface Place<Item> {
  item: Item | undefined;
  uses: number;
  busy: boolean;
  spoiled: boolean;
  idleSinceMs: number;
  readonly queue: (() => void)[];
}

/** See above. Leaving its scope ends all items, those of open leases included. */
export class SessionPool<Item extends PoolItem> implements AsyncDisposable {
  readonly #options: SessionPoolOptions<Item> & Required<SessionPoolLimits>;
  readonly #places = new Map<string, Place<Item>>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #alarm: Alarm;
  #leases = 0;
  #reused = 0;

  constructor(options: SessionPoolOptions<Item>) {
    this.#options = { ...sessionPoolDefaults, ...options };
    this.#alarm = new Alarm(options.clock, () => this.#review());
  }

  /**
   * Waits until the session's earlier calls are done and lends its item, or a new one where it has none that lives.
   * @throws {CodedError} `UNAVAILABLE`, `OVERLOADED`, `CANCELLED`, or what the source was rejected with.
   */
  async take(wanted: SessionKey, signal?: AbortSignal): Promise<Lease<Item>> {
    if (this.#closing.signal.aborted) throw poolClosed();
    if (signal?.aborted) throw takeCancelled(signal);
    const name = nameOf(wanted);
    const place = this.#place(name);
    if (place.busy) await this.#turn(place, signal);
    place.busy = true;
    try {
      const reused = place.item !== undefined;
      const item = place.item ?? (await this.#fresh(place, wanted.key, signal));
      place.uses += 1;
      this.#leases += 1;
      if (reused) this.#reused += 1;
      return this.#lease(name, place, { item, reused });
    } catch (error) {
      this.#release(name, place);
      throw error;
    }
  }

  /** Ends the items of a session of a tenant; calls that use one of them keep it until they are done. */
  endSession({ session, tenant }: Omit<SessionKey, 'key'>): void {
    for (const [name, place] of this.#places) {
      if (!isOf(name, { session, tenant })) continue;
      place.spoiled = true;
      if (!place.busy) this.#drop(name, place);
    }
  }

  figures(): SessionPoolFigures {
    const places = [...this.#places.values()];
    return {
      sessions: places.length,
      inUse: places.filter(({ busy }) => busy).length,
      waiting: places.reduce((sum, { queue }) => sum + queue.length, 0),
      reused: this.#reused,
      leases: this.#leases,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(poolClosed());
      this.#alarm[Symbol.dispose]();
      for (const place of this.#places.values()) {
        for (const turn of place.queue.splice(0)) turn();
        this.#endItem(place);
      }
      this.#places.clear();
    }
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #place(name: string): Place<Item> {
    const known = this.#places.get(name);
    if (known) return known;
    if (this.#places.size >= this.#options.sessionsMax) this.#evictIdle();
    const place: Place<Item> = {
      item: undefined,
      uses: 0,
      busy: false,
      spoiled: false,
      idleSinceMs: this.#options.clock.nowMs(),
      queue: [],
    };
    this.#places.set(name, place);
    return place;
  }

  /** Ends what has been idle for longest; the sessions in use keep theirs. */
  #evictIdle(): void {
    let longest: { readonly name: string; readonly place: Place<Item> } | undefined;
    for (const [name, place] of this.#places)
      if (!place.busy && (!longest || place.idleSinceMs < longest.place.idleSinceMs)) longest = { name, place };
    if (!longest) throw tooManySessions(this.#options.sessionsMax);
    this.#drop(longest.name, longest.place);
  }

  /** Resolves when it is this call's turn: the place stays busy from one to the next. */
  #turn(place: Place<Item>, signal: AbortSignal | undefined): Promise<void> {
    const { waitersMax } = this.#options;
    if (place.queue.length >= waitersMax) throw tooManyWaiters(waitersMax);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const turn = (): void => {
      signal?.removeEventListener('abort', cancel);
      if (this.#closing.signal.aborted) reject(poolClosed());
      else resolve();
    };
    const cancel = (): void => {
      const at = place.queue.indexOf(turn);
      if (at === -1 || !signal) return;
      place.queue.splice(at, 1);
      reject(takeCancelled(signal));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    place.queue.push(turn);
    return promise;
  }

  async #fresh(place: Place<Item>, key: string, signal: AbortSignal | undefined): Promise<Item> {
    const { signal: closing } = this.#closing;
    const item = await this.#options.source.take(key, signal ? AbortSignal.any([signal, closing]) : closing);
    place.item = item;
    place.uses = 0;
    const gone = (): void => {
      if (place.item === item) place.item = undefined;
    };
    void item.died.then(gone, gone);
    if (!closing.aborted) return item;
    this.#endItem(place);
    throw poolClosed();
  }

  #lease(
    name: string,
    place: Place<Item>,
    { item, reused }: { readonly item: Item; readonly reused: boolean },
  ): Lease<Item> {
    let open = true;
    return {
      item,
      reused,
      spoil: () => {
        if (open) place.spoiled = true;
      },
      [Symbol.dispose]: () => {
        if (!open) return;
        open = false;
        this.#release(name, place);
      },
    };
  }

  #release(name: string, place: Place<Item>): void {
    if (this.#closing.signal.aborted) return;
    if (place.spoiled || place.uses >= this.#options.usesMax) this.#endItem(place);
    place.spoiled = false;
    const next = place.queue.shift();
    if (next) return next();
    place.busy = false;
    place.idleSinceMs = this.#options.clock.nowMs();
    if (!place.item) this.#places.delete(name);
    else this.#alarm.setBy(place.idleSinceMs + this.#options.idleMs);
  }

  /** Ends what was idle for long enough; the clock is asked again for the rest. */
  #review(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [name, place] of this.#places) {
      if (place.busy) continue;
      const untilMs = place.idleSinceMs + this.#options.idleMs;
      if (!place.item || untilMs <= nowMs || place.idleSinceMs > nowMs) this.#drop(name, place);
      else this.#alarm.setBy(untilMs);
    }
  }

  #drop(name: string, place: Place<Item>): void {
    this.#places.delete(name);
    this.#endItem(place);
  }

  #endItem(place: Place<Item>): void {
    const { item } = place;
    place.item = undefined;
    if (!item) return;
    const task = this.#end(item).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #end(item: Item): Promise<void> {
    try {
      await item[Symbol.asyncDispose]();
    } catch (error) {
      this.#options.onEndFailed?.(error);
    }
  }
}

function nameOf({ key, session, tenant }: SessionKey): string {
  return JSON.stringify([tenant, session, key]);
}

function isOf(name: string, { session, tenant }: Omit<SessionKey, 'key'>): boolean {
  return name.startsWith(`${JSON.stringify([tenant, session]).slice(0, -1)},`);
}
