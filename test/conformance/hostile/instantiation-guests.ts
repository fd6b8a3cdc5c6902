/** Guests that attack while they are instantiated, or by what they ask for before they run. */
import { expect } from 'vitest';
import { type HostileGuest, done, guestOf } from './hostile-guest.ts';

const table = (limits: string): string => `(table $table ${limits} funcref)`;

export const instantiationGuests: readonly HostileGuest[] = [
  {
    tries: 'a start function that loops',
    component: () => guestOf({ start: '(loop $forever (br $forever))' }),
    ends: 'DEADLINE_EXCEEDED',
    limits: { computeMsMax: 50 },
  },
  {
    tries: 'a start function that traps',
    component: () => guestOf({ start: 'unreachable' }),
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'a start function that recurses without end',
    component: () => guestOf({ start: '(call $atStart) (call $atStart)' }),
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'a start function that takes all memory that it gets',
    component: () =>
      guestOf({ start: '(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))' }),
    ends: 'done',
    prove: ([turn]) => expect(turn?.memoryBytes).toBe(16 * 1024 * 1024),
  },
  {
    // Where an instance is made for a call they are operations of its first turn.
    tries: 'a start function that starts operations before there is a call',
    component: () => guestOf({ start: '(drop (call $sleep (f64.const 1))) (drop (call $sleep (f64.const 1)))' }),
    ends: ['TOOL_TRAPPED', 'OPERATIONS_EXCEEDED', 'done'],
  },
  {
    tries: 'a memory that begins with 4 GiB',
    component: () => guestOf({ memory: '(memory (export "memory") 65536)' }),
    ends: 'MEMORY_EXCEEDED',
  },
  {
    tries: 'a data segment beyond its memory',
    component: () => guestOf({ fields: '(data (i32.const -8) "out of bounds")' }),
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'an element segment beyond its table',
    component: () => guestOf({ fields: `${table('1 1')} (elem (i32.const 7) $nothing) (func $nothing)` }),
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'a table that begins with ten million elements',
    component: () => guestOf({ fields: table('10000000') }),
    ends: ['COMPONENT_INVALID', 'MEMORY_EXCEEDED', 'TOOL_TRAPPED'],
  },
  {
    tries: 'a table that declares the largest maximum, and grows by the largest step',
    component: () =>
      guestOf({
        fields: table('0 4294967295'),
        begin: `(if (i32.ne (table.grow $table (ref.null func) (i32.const -1)) (i32.const -1)) (then unreachable)) ${done()}`,
      }),
    ends: 'done',
  },
  {
    tries: 'a table that grows until it is refused',
    component: () =>
      guestOf({
        fields: table('0'),
        begin: `(loop $more (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
          (if (i32.gt_u (table.size $table) (i32.const 65536)) (then unreachable)) ${done()}`,
      }),
    ends: 'done',
  },
  {
    tries: 'twenty tables',
    component: () => guestOf({ fields: '(table 1 funcref)'.repeat(20) }),
    ends: ['COMPONENT_INVALID', 'MEMORY_EXCEEDED', 'TOOL_TRAPPED'],
  },
  {
    tries: 'a wait for another thread, which there is not',
    component: () =>
      guestOf({ begin: `(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))) ${done()}` }),
    ends: ['COMPONENT_INVALID', 'TOOL_TRAPPED'],
  },
  {
    tries: 'a second memory',
    component: () => guestOf({ fields: '(memory $other 1)' }),
    ends: 'COMPONENT_INVALID',
  },
  {
    tries: 'a memory with 64-bit addresses',
    component: () => guestOf({ fields: '(memory $other i64 1)' }),
    ends: 'COMPONENT_INVALID',
  },
  {
    tries: 'objects of the collector that are linked without end',
    component: () =>
      guestOf({
        fields:
          '(type $block (array (mut i64))) (type $link (struct (field (ref null $link)) (field (ref null $block))))',
        begin: `(local $last (ref null $link))
          (loop $more (local.set $last (struct.new $link (local.get $last) (array.new_default $block (i32.const 131072)))) (br $more))`,
      }),
    ends: 'COMPONENT_INVALID',
  },
];
