/**
 * A guest without a language: its input is a program of one-letter commands, so that a case can say exactly what crosses the border, also what no
 * compiler would produce. A turn runs commands until one of them returns; the next turn goes on behind it.
 */
import { componentEmbed, componentNew, parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';
import { witText } from '#wit/host-package';

/** What each letter does. */
export const commands = {
  /** Returns `waiting`, `done("ok")`, `failed`. */
  w: waitingTurn(),
  d: doneTurn('i32.const 16', 'i32.const 2'),
  e: failedTurn(),
  /** Returns as output the whole program. */
  i: doneTurn('global.get $text', 'global.get $length'),
  /** Returns as output as many bytes as the memory has after the first page. */
  O: doneTurn('i32.const 65536', '(i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536))'),
  /** Returns an outcome that does not exist; a turn outside memory; blobs outside memory. */
  I: '(i32.store8 (i32.const 1024) (i32.const 9)) (return (i32.const 1024))',
  Z: '(return (i32.const -8))',
  Y: '(i32.store (i32.const 1072) (i32.const 2147483640)) (global.set $blobs (i32.const 4)) ' + waitingTurn(false),
  /** Starts `timer.sleep(7)`, `kv.get("n", "k")`, `kv.set("n", "k", blob 0)`, the same with blob 7. */
  s: '(global.set $last (call $sleep (f64.const 7)))',
  g: '(global.set $last (call $get (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1)))',
  p: '(global.set $last (call $set (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 0)))',
  P: '(global.set $last (call $set (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 7)))',
  N: '(global.set $last (call $set (i32.const 32) (i32.const 1) (i32.const 40) (i32.const 1) (i32.const -1)))',
  /** Gives up the operation that was started last; one that nobody started. */
  c: '(call $clear (global.get $last))',
  C: '(call $clear (i32.const 4000))',
  /** Takes the first ready operation as a sleep, as a get; one that is not ready. Results lie at 1200. */
  x: '(call $completeSleep (global.get $ready) (i32.const 1200))',
  y: '(call $completeGet (global.get $ready) (i32.const 1200))',
  X: '(call $completeSleep (i32.const 4000) (i32.const 1200))',
  V: '(call $completeSleep (i32.const -1) (i32.const 1200))',
  /** Traps unless the completion taken last is `ok`; unless it is `err`. */
  K: '(if (i32.load8_u (i32.const 1200)) (then unreachable))',
  E: '(if (i32.eqz (i32.load8_u (i32.const 1200))) (then unreachable))',
  /** Adds a blob of 3 bytes to the turn. */
  b: addBlob('i32.const 48', 'i32.const 3'),
  /** Adds a blob of 60 KiB; the same one a thousand times. */
  H: addBlob('i32.const 4096', 'i32.const 61440'),
  M: `(loop $more ${addBlob('i32.const 4096', 'i32.const 61440')} (br_if $more (i32.lt_u (global.get $blobs) (i32.const 1000))))`,
  T: `(loop $more ${addBlob('i32.const 48', 'i32.const 1')} (br_if $more (i32.lt_u (global.get $blobs) (i32.const 1025))))`,
  /** Logs `ok`; 60 KiB. */
  l: '(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))',
  L: '(call $log (i32.const 3) (i32.const 4096) (i32.const 61440) (i32.const 0) (i32.const 0) (i32.const 0))',
  /** A log level that does not exist; a message outside memory. */
  J: '(call $log (i32.const 77) (i32.const 16) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))',
  j: '(call $log (i32.const 1) (i32.const -16) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 0))',
  /** Unreachable, a load outside memory, a division by zero, endless recursion, an endless loop. */
  t: 'unreachable',
  m: '(drop (i32.load (i32.const -4)))',
  v: '(drop (i32.div_u (i32.const 1) (i32.const 0)))',
  r: '(call $recurse)',
  q: '(loop $forever (br $forever))',
  /** Computes for some milliseconds. */
  h: '(global.set $count (i32.const 3000000)) (loop $work (global.set $count (i32.sub (global.get $count) (i32.const 1))) (br_if $work (global.get $count)))',
  /** Grows memory by a page; by pages until it is refused. */
  G: '(drop (memory.grow (i32.const 1)))',
  F: '(loop $grow (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))',
  /** Writes over the second page. */
  S: '(memory.fill (i32.const 65536) (i32.const 65) (i32.const 65536))',
  /** Begins the program again. */
  R: '(global.set $at (i32.const 0))',
} as const;

function waitingTurn(reset = true): string {
  return `(i32.store8 (i32.const 1024) (i32.const 2)) ${endTurn(reset)}`;
}

function doneTurn(pointer: string, length: string): string {
  const wrap = (text: string): string => (text.startsWith('(') ? text : `(${text})`);
  return `(i32.store8 (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) ${wrap(pointer)}) (i32.store (i32.const 1032) ${wrap(length)}) ${endTurn()}`;
}

function failedTurn(): string {
  const strings =
    '(i32.store (i32.const 1028) (i32.const 24)) (i32.store (i32.const 1032) (i32.const 6)) (i32.store (i32.const 1036) (i32.const 16)) (i32.store (i32.const 1040) (i32.const 2))';
  return `(i32.store8 (i32.const 1024) (i32.const 1)) ${strings} (i32.store8 (i32.const 1044) (i32.const 1)) (i32.store8 (i32.const 1048) (i32.const 0)) (i32.store8 (i32.const 1060) (i32.const 0)) ${endTurn()}`;
}

function endTurn(reset = true): string {
  const list = reset ? '(i32.store (i32.const 1072) (i32.const 32768))' : '';
  return `${list} (i32.store (i32.const 1076) (global.get $blobs)) (global.set $blobs (i32.const 0)) (return (i32.const 1024))`;
}

function addBlob(pointer: string, length: string): string {
  const entry = '(i32.add (i32.const 32768) (i32.mul (global.get $blobs) (i32.const 8)))';
  return `(i32.store ${entry} (${pointer})) (i32.store (i32.add ${entry} (i32.const 4)) (${length})) (global.set $blobs (i32.add (global.get $blobs) (i32.const 1)))`;
}

/** An allocator that does what it is for: never frees, grows memory as it has to. The body of a function with `(global $free (mut i32) …)`. */
export const honestRealloc = `(local $at i32)
  (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
  (global.set $free (i32.add (local.get $at) (local.get 3)))
  (block $fits
    (loop $grow
      (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
      unreachable))
  (local.get $at)`;

function guestText(): string {
  const cases = Object.entries(commands).map(
    ([letter, body]) => `(if (i32.eq (local.get $c) (i32.const ${letter.charCodeAt(0)})) (then ${body}))`,
  );
  return `(module
    (import "aria:host/timer@0.1.0" "sleep" (func $sleep (param f64) (result i32)))
    (import "aria:host/timer@0.1.0" "complete-sleep" (func $completeSleep (param i32 i32)))
    (import "aria:host/timer@0.1.0" "clear" (func $clear (param i32)))
    (import "aria:host/log@0.1.0" "write" (func $log (param i32 i32 i32 i32 i32 i32)))
    (import "aria:host/kv@0.1.0" "get" (func $get (param i32 i32 i32 i32) (result i32)))
    (import "aria:host/kv@0.1.0" "complete-get" (func $completeGet (param i32 i32)))
    (import "aria:host/kv@0.1.0" "set" (func $set (param i32 i32 i32 i32 i32) (result i32)))
    (import "aria:host/kv@0.1.0" "complete-set" (func $completeSet (param i32 i32)))
    (memory (export "memory") 2)
    (data (i32.const 16) "ok") (data (i32.const 24) "BROKEN") (data (i32.const 32) "n") (data (i32.const 40) "k") (data (i32.const 48) "abc")
    (global $text (mut i32) (i32.const 0)) (global $length (mut i32) (i32.const 0)) (global $at (mut i32) (i32.const 0))
    (global $ready (mut i32) (i32.const 0)) (global $last (mut i32) (i32.const 0)) (global $blobs (mut i32) (i32.const 0))
    (global $count (mut i32) (i32.const 0)) (global $free (mut i32) (i32.const 49152))
    (func $recurse (call $recurse) (call $recurse))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${honestRealloc})
    (func $run (result i32) (local $c i32)
      (loop $next
        (if (i32.ge_u (global.get $at) (global.get $length)) (then unreachable))
        (local.set $c (i32.load8_u (i32.add (global.get $text) (global.get $at))))
        (global.set $at (i32.add (global.get $at) (i32.const 1)))
        ${cases.join('\n        ')}
        (br $next))
      unreachable)
    (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32)
      (global.set $text (local.get 0)) (global.set $length (local.get 1)) (call $run))
    (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32)
      (if (local.get 1) (then (global.set $ready (i32.load (local.get 0))))) (call $run)))`;
}

/** The world of the guest; `world` may say what else it is. */
const rawWorld = 'world raw { import log; import timer; import kv; export tool; }';

/** Makes a component of a core module in text form. */
export async function componentOf(text: string, world = rawWorld): Promise<Uint8Array> {
  const interfaces = (['types', 'log', 'timer', 'kv', 'vectors', 'tool'] as const).map((name) =>
    witText(name).replace(/^package [^;]*;/m, ''),
  );
  const witSource = `package aria:host@0.1.0;\n${interfaces.join('\n')}\n${world}`;
  const binary = await componentEmbed({ binary: await parse(text), witSource, world: 'raw' });
  return componentNew(binary, []);
}

let made: Promise<Uint8Array> | undefined;

/** The guest as a component. */
export function rawGuest(): Promise<Uint8Array> {
  return (made ??= componentOf(guestText()));
}

/** The guest with its component's text changed, as whoever embeds a component may write it. */
export async function changedGuest(change: (text: string) => string): Promise<Uint8Array> {
  const text = await print(await rawGuest());
  const changed = change(text);
  if (changed === text) throw new Error('nothing of the component was changed');
  return parse(changed);
}

/** Begins with `vectors.upsert` of so many items, each of which names the same 64 KiB of numbers. */
export function vectorGuest(items: number): Promise<Uint8Array> {
  const field = (offset: number, value: string): string =>
    `(i32.store (i32.add (local.get $at) (i32.const ${offset})) (i32.const ${value}))`;
  const text = `(module
    (import "aria:host/vectors@0.1.0" "upsert" (func $upsert (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 16)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "aria:host/tool@0.1.0#begin") (param i32 i32 i32 i32 f64 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.const 131072))
      (loop $next
        ${field(4, '1')} ${field(8, '65536')} ${field(12, '8192')}
        (local.set $at (i32.add (local.get $at) (i32.const 28)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const ${131_072 + 28 * items}))))
      (drop (call $upsert (i32.const 16) (i32.const 1) (i32.const 131072) (i32.const ${items})))
      (i32.store8 (i32.const 2048) (i32.const 2)) (i32.const 2048))
    (func (export "aria:host/tool@0.1.0#resume") (param i32 i32 i32 i32 f64) (result i32) unreachable))`;
  return componentOf(text, 'world raw { import vectors; export tool; }');
}
