/**
 * Two tenants that write a mark of their own wherever they can write, memory, globals and tables, and look first for whatever lies there. They differ in
 * their marks, their memories, their tables, so that one reused for the other shows.
 */
import { guestOf, waiting } from './hostile-guest.ts';

/** How a visit ends once its marks are made. */
export type VisitEnd = 'd' | 't' | 'w' | 'q' | 'm';

interface Tenant {
  readonly mark: number;
  readonly pages: number;
  readonly elements: number;
}

export const tenants: readonly Tenant[] = [
  { mark: 0xa5, pages: 3, elements: 10 },
  { mark: 0x5a, pages: 2, elements: 1_000 },
  { mark: 0xc3, pages: 9, elements: 3 },
];

/** It grows to all that a call may have, and not beyond: a refusal would be another end. */
export const memoryPagesMax = 16;

/** Where the guest's own data ends: everything behind it, the room for what the host brings in aside, has to be blank. */
const ownBytes = 65_536;

/**
 * A visit: traps if anything is not blank, then marks all, then ends as the first letter of the input says: `d`one, a `t`rap, `w`aiting, an endless loop
 * (`q`), a load outside (`m`). An input of two letters grows memory first: one that has grown may not be used again, one that has not may.
 */
export function tenantGuest({ mark, pages, elements }: Tenant): Promise<Uint8Array> {
  const memoryEnd = '(i32.mul (memory.size) (i32.const 65536))';
  const wide = `0x${mark.toString(16).repeat(8)}`;
  const globals = Array.from({ length: 8 }, (_, index) => `$mark${index}`);
  return guestOf({
    memory: `(memory (export "memory") ${pages})`,
    fields: `(table $table ${elements} funcref) (elem declare func $marked) (func $marked)
      ${globals.map((name) => `(global ${name} (mut i64) (i64.const 0))`).join(' ')}
      (global $vector (mut v128) (v128.const i64x2 0 0)) (global $function (mut funcref) (ref.null func))
      (func $lookMemory (local $at i32)
        (local.set $at (i32.const ${ownBytes}))
        (loop $next
          (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) ${memoryEnd}))))
      (func $look
        ${globals.map((name) => `(if (i64.ne (global.get ${name}) (i64.const 0)) (then unreachable))`).join(' ')}
        (if (v128.any_true (global.get $vector)) (then unreachable))
        (if (i32.eqz (ref.is_null (global.get $function))) (then unreachable))
        (if (i32.ne (table.size $table) (i32.const ${elements})) (then unreachable))
        (call $lookMemory) (call $lookTable))
      (func $lookTable (local $at i32)
        (local.set $at (i32.const 0))
        (loop $next
          (if (i32.eqz (ref.is_null (table.get $table (local.get $at)))) (then unreachable))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (table.size $table)))))
      (func $mark
        (memory.fill (i32.const ${ownBytes}) (i32.const ${mark}) (i32.sub ${memoryEnd} (i32.const ${ownBytes})))
        ${globals.map((name) => `(global.set ${name} (i64.const ${wide}))`).join(' ')}
        (global.set $vector (v128.const i64x2 ${wide} ${wide})) (global.set $function (ref.func $marked))
        (drop (table.grow $table (ref.func $marked) (i32.const 500)))
        (table.fill $table (i32.const 0) (ref.func $marked) (table.size $table)))`,
    begin: `(local $how i32)
      (local.set $how (i32.load8_u (local.get 0)))
      (call $look)
      (if (i32.eq (local.get 1) (i32.const 2)) (then (drop (memory.grow (i32.const ${memoryPagesMax - pages})))))
      (call $lookMemory) (call $mark)
      ${endWhen('t', 'unreachable')} ${endWhen('q', '(loop $forever (br $forever))')}
      ${endWhen('m', '(drop (i32.load (i32.const -4)))')} ${endWhen('w', waiting)}
      (return (i32.const 1024))`,
  });
}

function endWhen(letter: string, body: string): string {
  return `(if (i32.eq (local.get $how) (i32.const ${letter.charCodeAt(0)})) (then ${body}))`;
}
