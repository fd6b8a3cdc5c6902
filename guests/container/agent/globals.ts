/** Which globals a tool sees: those of the guest engine, or, for a tool of the engine `bun`, Bun's own with our clock, randomness and timers. */
import { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } from './captured.ts';
import { nowMs } from './clock.ts';
import { type BunTimers, makeBunTimers } from './bun-timers.ts';
import { guestGlobals } from './guest-globals.ts';
import { randomBytes, randomNumber } from './random.ts';

/** What of the prelude stands in a tool of the engine `bun`, too: lines, and what the host's tokens decide. */
const preludeInBun: readonly string[] = ['console'];

type Descriptors = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/** Bun's own globals, taken before the prelude is installed. */
export function takeGlobals(): Descriptors {
  const taken = new Map<PropertyKey, PropertyDescriptor>();
  for (const key of ownKeys(globalThis)) {
    const descriptor = getOwnPropertyDescriptor(globalThis, key);
    if (descriptor) taken.set(key, descriptor);
  }
  return taken;
}

/** `Math.random` by the seed of the call, for every tool. */
export function installRandom(): void {
  define(Math, 'random', () => randomNumber());
}

/** Removes what a guest engine does not have, but for `Bun`, which cannot be removed. */
export function narrowToGuest(): void {
  const kept = new Set<PropertyKey>(guestGlobals);
  for (const key of ownKeys(globalThis)) if (!kept.has(key) && typeof key === 'string') deleteProperty(globalThis, key);
  // The guest engine has no names of zones.
  for (const name of ['toString', 'toTimeString'] as const) {
    const own = Date.prototype[name];
    define(Date.prototype, name, function (this: Date) {
      return own.call(this).replace(/ \([^)]*\)$/, '');
    });
  }
}

/** Gives a tool of the engine `bun` the globals of Bun back. `network`: whether it may open connections; else `fetch` is the prelude's, which says what is missing. */
export function widenToBun(own: Descriptors, network: boolean): BunTimers {
  const prelude = new Set<PropertyKey>([...preludeInBun, 'Date', ...(network ? [] : ['fetch'])]);
  for (const [key, descriptor] of own)
    if (!prelude.has(key) && descriptor.configurable === true) defineProperty(globalThis, key, descriptor);
  define(performance, 'now', () => nowMs() - startedMs);
  const startedMs = nowMs();
  define(crypto, 'getRandomValues', getRandomValues);
  define(crypto, 'randomUUID', randomUuid);
  const timers = makeBunTimers();
  for (const name of ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] as const)
    define(globalThis, name, timers[name]);
  return timers;
}

const randomBytesMax = 65_536;

function getRandomValues<View extends ArrayBufferView>(view: View): View {
  if (!ArrayBuffer.isView(view) || view instanceof DataView)
    throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  if (view.byteLength > randomBytesMax)
    throw new DOMException(`The requested length exceeds ${randomBytesMax} bytes`, 'QuotaExceededError');
  randomBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return view;
}

/** Version 4, RFC 9562. */
function randomUuid(): string {
  const bytes = new Uint8Array(16);
  randomBytes(bytes);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function define(target: object, name: string, value: unknown): void {
  defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}
