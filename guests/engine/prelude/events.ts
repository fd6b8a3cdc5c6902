/** https://dom.spec.whatwg.org/#events, for targets that are no nodes: there is no tree, so no capture and no bubbling. */
import { callStartedMs } from '../../sdk/call.ts';
import { native } from '../../sdk/native.ts';

interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
interface ListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: EventTarget & { readonly aborted: boolean };
}
interface Registration {
  readonly type: string;
  readonly listener: Listener;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

let dispatch: (event: Event, target: EventTarget, run: () => void) => void;
let isStopped: (event: Event) => boolean;
let runPassively: (event: Event, passive: boolean, run: () => void) => void;
let reportError: (error: unknown) => void = () => {};

/** Binds what hears of errors that listeners throw; nobody else could. */
export function bindErrorReport(report: (error: unknown) => void): void {
  reportError = report;
}

/** Tells of an error that nobody can catch. */
export function reportUncaught(error: unknown): void {
  reportError(error);
}

export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  readonly #type: string;
  readonly #init: EventInit;
  readonly #timeStamp = native().nowMs() - callStartedMs();
  #target: EventTarget | null = null;
  #dispatching = false;
  #canceled = false;
  #stopped = false;
  #propagationStopped = false;
  #passive = false;

  static {
    dispatch = (event, target, run) => {
      if (event.#dispatching) throw new DOMException('The event is already being dispatched', 'InvalidStateError');
      event.#dispatching = true;
      event.#target = target;
      try {
        run();
      } finally {
        event.#dispatching = false;
        event.#stopped = false;
        event.#propagationStopped = false;
      }
    };
    isStopped = (event) => event.#stopped;
    runPassively = (event, passive, run) => {
      event.#passive = passive;
      run();
      event.#passive = false;
    };
  }

  constructor(type: string, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
    this.#type = `${type}`;
    this.#init = { ...init };
  }

  get type(): string {
    return this.#type;
  }
  get bubbles(): boolean {
    return Boolean(this.#init.bubbles);
  }
  get cancelable(): boolean {
    return Boolean(this.#init.cancelable);
  }
  get composed(): boolean {
    return Boolean(this.#init.composed);
  }
  get target(): EventTarget | null {
    return this.#target;
  }
  get srcElement(): EventTarget | null {
    return this.#target;
  }
  get currentTarget(): EventTarget | null {
    return this.#dispatching ? this.#target : null;
  }
  get eventPhase(): number {
    return this.#dispatching ? Event.AT_TARGET : Event.NONE;
  }
  get defaultPrevented(): boolean {
    return this.#canceled;
  }
  get returnValue(): boolean {
    return !this.#canceled;
  }
  get cancelBubble(): boolean {
    return this.#propagationStopped;
  }
  get isTrusted(): boolean {
    return false;
  }
  get timeStamp(): number {
    return this.#timeStamp;
  }

  composedPath(): EventTarget[] {
    return this.#dispatching && this.#target ? [this.#target] : [];
  }
  preventDefault(): void {
    if (this.cancelable && !this.#passive) this.#canceled = true;
  }
  stopPropagation(): void {
    this.#propagationStopped = true;
  }
  stopImmediatePropagation(): void {
    this.#propagationStopped = true;
    this.#stopped = true;
  }
}

export class CustomEvent<Detail = unknown> extends Event {
  readonly #detail: Detail | null;

  constructor(type: string, init: EventInit & { readonly detail?: Detail } = {}) {
    super(type, init);
    this.#detail = init.detail ?? null;
  }

  get detail(): Detail | null {
    return this.#detail;
  }
}

export class EventTarget {
  readonly #registrations: Registration[] = [];

  addEventListener(type: string, listener: Listener | null, options: boolean | ListenerOptions = {}): void {
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw new TypeError('The "listener" argument must be an instance of EventListener');
    }
    const {
      capture = false,
      once = false,
      passive = false,
      signal,
    } = typeof options === 'boolean' ? { capture: options } : options;
    if (signal?.aborted) return;
    const known = this.#registrations.some(
      (old) => old.type === type && old.listener === listener && old.capture === capture,
    );
    if (known) return;
    this.#registrations.push({ type: `${type}`, listener, capture, once, passive, removed: false });
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener, { capture }), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null, options: boolean | ListenerOptions = {}): void {
    const capture = typeof options === 'boolean' ? options : Boolean(options?.capture);
    const place = this.#registrations.findIndex(
      (old) => old.type === type && old.listener === listener && old.capture === capture,
    );
    if (place === -1) return;
    for (const removed of this.#registrations.splice(place, 1)) removed.removed = true;
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event');
    dispatch(event, this, () => {
      for (const registration of this.#registrations.filter(({ type }) => type === event.type)) {
        if (isStopped(event)) break;
        if (!registration.removed) this.#run(registration, event);
      }
    });
    return !event.defaultPrevented;
  }

  #run({ type, listener, capture, once, passive }: Registration, event: Event): void {
    if (once) this.removeEventListener(type, listener, capture);
    runPassively(event, passive, () => {
      try {
        if (typeof listener === 'function') listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        reportError(error);
      }
    });
  }
}
