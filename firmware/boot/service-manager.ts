/**
 * Tells systemd how the service is: ready, its status in words, that it is alive, that it stops.
 * Node has no datagram sockets of Unix, so each message is a short run of `systemd-notify`; the unit has `NotifyAccess=all` for that.
 * Messages leave one after the other; of several statuses that wait only the last one does.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '#host';

/** Tells; never rejects, since a service runs as well when nobody hears it. */
export interface ServiceManager extends AsyncDisposable {
  /** `READY=1`. Resolves when it was heard. */
  ready(status: string): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** `STOPPING=1`. Resolves when it was heard. */
  stopping(status: string): Promise<void>;
}

export interface ServiceManagerSetup {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` say whether somebody listens; `PATH` finds the program. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Whether the service is well; while it is not, the watchdog hears nothing and starts it anew. */
  readonly healthy?: () => boolean;
  /** Hears once why messages do not leave. */
  readonly onFault: (state: string) => void;
}

/** A message takes a few milliseconds; one that hangs must not hold up the others. */
const messageMsMax = 5000;
const statusCharactersMax = 500;

/** A manager that nobody listens to says nothing. The owner disposes of it. */
export function connectServiceManager(setup: ServiceManagerSetup): ServiceManager {
  return setup.environment['NOTIFY_SOCKET'] ? new Systemd(setup) : silent;
}

const silent: ServiceManager = {
  ready: () => Promise.resolve(),
  status: () => undefined,
  stopping: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** How often the watchdog wants to hear something, halved as its manual says; nothing where it watches nobody or another process. */
export function watchdogMs(environment: ServiceManagerSetup['environment'], pid: number): number | undefined {
  const microseconds = environment['WATCHDOG_USEC'] ?? '';
  const watched = environment['WATCHDOG_PID'];
  if (!/^[1-9]\d{0,14}$/.test(microseconds) || (watched && watched !== String(pid))) return undefined;
  return Math.min(Math.max(1, Math.floor(Number(microseconds) / 2000)), 2 ** 31 - 1);
}

class Systemd implements ServiceManager {
  readonly #setup: ServiceManagerSetup;
  readonly #ended = new AbortController();
  readonly #watching: Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #status: string | undefined;
  #faulty = false;

  constructor(setup: ServiceManagerSetup) {
    this.#setup = setup;
    this.#watching = this.#watch();
  }

  ready(status: string): Promise<void> {
    return this.#say('READY=1', `STATUS=${line(status)}`);
  }

  status(text: string): void {
    const waiting = this.#status !== undefined;
    this.#status = line(text);
    if (!waiting) void this.#enqueue(() => this.#takeStatus());
  }

  stopping(status: string): Promise<void> {
    return this.#say('STOPPING=1', `STATUS=${line(status)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#watching;
    await this.#last;
  }

  /** A watchdog that is fed by a timer of this thread is not fed by a thread that hangs. */
  async #watch(): Promise<void> {
    const { environment, pid, clock, healthy = () => true } = this.#setup;
    const everyMs = watchdogMs(environment, pid);
    if (everyMs === undefined) return;
    while (!this.#ended.signal.aborted) {
      if (healthy()) await this.#say('WATCHDOG=1');
      await clock.sleep(everyMs, this.#ended.signal);
    }
  }

  #takeStatus(): readonly string[] {
    const text = this.#status;
    this.#status = undefined;
    return text === undefined ? [] : [`STATUS=${text}`];
  }

  #say(...messages: readonly string[]): Promise<void> {
    return this.#enqueue(() => messages);
  }

  #enqueue(take: () => readonly string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#send(take()));
    return this.#last;
  }

  #send(messages: readonly string[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const { environment, onFault } = this.#setup;
    const { NOTIFY_SOCKET = '', PATH = '/usr/bin:/bin' } = environment;
    return new Promise((resolve) => {
      execFile('systemd-notify', messages, { env: { NOTIFY_SOCKET, PATH }, timeout: messageMsMax }, (error) => {
        if (error !== null && !this.#faulty) {
          this.#faulty = true;
          onFault(`systemd-notify: ${error.message.split('\n')[0] ?? ''}`);
        }
        resolve();
      });
    });
  }
}

/** A message is a line; a newline in it would begin another one. */
function line(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, statusCharactersMax);
}
