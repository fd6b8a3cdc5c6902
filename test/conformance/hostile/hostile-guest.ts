/** Guests written by hand against the ABI, to do what no compiler does, and how each is met: beside a bystander that must not notice. */
import { expect } from 'vitest';
import { CodedError } from '#wit/errors';
import type { CallStart, Engine, EngineLimits, LoadedComponent, Turn } from '#wit/interfaces';
import { expectUnharmed, limits, loadRaw, nowMs, ok, start } from '../engine-subject.ts';
import { componentOf, honestRealloc } from '../raw-guest.ts';

/** How an attack may end: a code, also where the component is refused before it runs, or `done` or `failed` by the guest's own doing. */
type End = string;

/** A guest and what becomes of it. */
export interface HostileGuest {
  /** What it tries, as the subject of a sentence. */
  readonly tries: string;
  component(): Uint8Array | Promise<Uint8Array>;
  /** The same on every engine, unless engines may differ in where they notice. */
  readonly ends: End | readonly End[];
  /** Where it is not tried: what is known of this engine. */
  readonly not?: Engine['name'];
  readonly limits?: Partial<EngineLimits>;
  readonly start?: Partial<CallStart>;
  /** What `kv.get` is answered with; nothing where absent. */
  readonly answer?: Uint8Array;
  /** What else is true of its turns. */
  prove?(turns: readonly Turn[]): void;
}

/** What a guest is made of: bodies of functions, in text form. */
export interface GuestParts {
  /** Parameters: input, blobs, clock, seed as pointers and lengths; returns the address of a turn. */
  readonly begin?: string;
  readonly resume?: string;
  /** Parameters 0 to 3: old address, old size, alignment, new size. */
  readonly realloc?: string;
  /** Runs after the host has read what `begin` returned. */
  readonly afterBegin?: string;
  readonly start?: string;
  readonly memory?: string;
  /** Further fields of the module. */
  readonly fields?: string;
}

/** Address of the turn that guests return; blank, it is `done("")`. */
export const turnAt = 1024;

const imports: Readonly<Record<string, string>> = {
  $sleep: '(import "aria:host/timer@0.1.0" "sleep" (func $sleep (param f64) (result i32)))',
  $completeSleep: '(import "aria:host/timer@0.1.0" "complete-sleep" (func $completeSleep (param i32 i32)))',
  $clear: '(import "aria:host/timer@0.1.0" "clear" (func $clear (param i32)))',
  $log: '(import "aria:host/log@0.1.0" "write" (func $log (param i32 i32 i32 i32 i32 i32)))',
  $get: '(import "aria:host/kv@0.1.0" "get" (func $get (param i32 i32 i32 i32) (result i32)))',
  $completeGet: '(import "aria:host/kv@0.1.0" "complete-get" (func $completeGet (param i32 i32)))',
  $set: '(import "aria:host/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32) (result i32)))',
  $keys: '(import "aria:host/kv@0.1.0" "keys" (func $keys (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))',
  $compareAndSet:
    '(import "aria:host/kv@0.1.0" "compare-and-set" (func $compareAndSet (param i32 i32 i32 i32 i32 i32 i32) (result i32)))',
};

/** Returns `waiting`. */
export const waiting = `(i32.store8 (i32.const ${turnAt}) (i32.const 2)) (return (i32.const ${turnAt}))`;

/** Returns `done` with the text at an address. */
export function done(pointer = 16, length = 2): string {
  return `${word(0, 0)} ${word(4, pointer)} ${word(8, length)} (return (i32.const ${turnAt}))`;
}

/** Writes a word of the turn. */
export function word(offset: number, value: number): string {
  return `(i32.store (i32.const ${turnAt + offset}) (i32.const ${value}))`;
}

/** Makes a component of parts. The text "ok" lies at 16, "n" at 32, "k" at 40. */
export function guestOf(parts: GuestParts): Promise<Uint8Array> {
  const { begin = done(), resume = done(), realloc = honestRealloc, afterBegin, start: atStart, fields = '' } = parts;
  const bodies = [begin, resume, realloc, afterBegin ?? '', atStart ?? '', fields].join('\n');
  const used = Object.entries(imports).flatMap(([name, text]) =>
    new RegExp(`\\${name}(?![A-Za-z])`).test(bodies) ? [text] : [],
  );
  return componentOf(`(module
    ${used.join('\n    ')}
    ${parts.memory ?? '(memory (export "memory") 2)'}
    (global $free (mut i32) (i32.const 32768))
    (data (i32.const 16) "ok") (data (i32.const 32) "n") (data (i32.const 40) "k")
    ${fields}
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${realloc})
    (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) ${begin} unreachable)
    (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) ${resume} unreachable)
    ${afterBegin === undefined ? '' : `(func (export "cabi_post_aria:host/tool@0.1.0#begin") (param i32) ${afterBegin})`}
    ${atStart === undefined ? '' : `(func $atStart ${atStart}) (start $atStart)`})`);
}

/** Turns of a guest that only starts operations and waits; more are not waited for. */
const turnsMax = 8;

/** Runs a guest to its end on an engine. */
export async function run(engine: Engine, guest: HostileGuest): Promise<{ end: End; turns: readonly Turn[] }> {
  let component: LoadedComponent;
  try {
    component = await engine.load(await engine.compile(await guest.component()));
  } catch (error) {
    if (error instanceof CodedError) return { end: error.code, turns: [] };
    throw error;
  }
  using loaded = component;
  using call = loaded.open({ ...limits, ...guest.limits });
  let turn = await call.begin({ ...start('input'), ...guest.start });
  const turns = [turn];
  while (turn.outcome.kind === 'waiting' && turns.length < turnsMax) {
    turn = await call.resume(
      turn.operations.map(({ id, name }) => ok(id, name === 'kv.get' ? guest.answer : undefined)),
      nowMs,
    );
    turns.push(turn);
  }
  const { outcome } = turn;
  return { end: outcome.kind === 'ended' ? outcome.code : outcome.kind, turns };
}

/**
 * Runs a guest beside a bystander that is suspended meanwhile. The bystander goes on and finds its memory blank, and so does a call after it:
 * nothing of the guest is in either.
 */
export async function attack(engine: Engine, guest: HostileGuest): Promise<void> {
  using bystander = await loadRaw({ engine });
  using before = bystander.open(limits);
  expect((await before.begin(start('swxKO'))).outcome).toEqual({ kind: 'waiting' });
  const { end, turns } = await run(engine, guest);
  expect([guest.ends].flat()).toContain(end);
  const last = turns.at(-1);
  if (last?.outcome.kind === 'ended') expect([last.operations, last.abandoned, last.blobs]).toEqual([[], [], []]);
  guest.prove?.(turns);
  const blank = { kind: 'done', output: '\0'.repeat(65_536) };
  expect((await before.resume([ok(1)], nowMs)).outcome).toEqual(blank);
  using after = bystander.open(limits);
  expect((await after.begin(start('O'))).outcome).toEqual(blank);
  await expectUnharmed({ engine });
}
