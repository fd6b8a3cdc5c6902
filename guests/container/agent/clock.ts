/** The clock of the turn: it stands still while a turn runs, as in the guest engine, and goes on with what the host says. */
import { defineProperty } from './captured.ts';

let turnNowMs = 0;

/** What `Date` shows, milliseconds since 1970. */
export function nowMs(): number {
  return turnNowMs;
}

/** Sets the clock, at the beginning of a turn. */
export function setNowMs(ms: number): void {
  turnNowMs = ms;
}

/** Makes `Date` show the clock of the turn. What Bun keeps for itself, such as times of files, goes by its own. */
export function installClock(): void {
  const { construct } = Reflect;
  const shown = (): number => Math.trunc(turnNowMs);
  const handler: ProxyHandler<DateConstructor> = {
    construct: (target, args: readonly unknown[], newTarget) =>
      construct(target, args.length === 0 ? [shown()] : args, newTarget) as object,
    apply: (target) => new target(shown()).toString(),
  };
  defineProperty(Date, 'now', { value: shown, writable: true, enumerable: false, configurable: true });
  const clocked = new Proxy(Date, handler);
  defineProperty(Date.prototype, 'constructor', {
    value: clocked,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  defineProperty(globalThis, 'Date', { value: clocked, writable: true, enumerable: false, configurable: true });
}
