/** Guests that take time, memory or stack without end while they run. */
import { expect } from 'vitest';
import { callLimits } from '#host';
import { type HostileGuest, done, guestOf, waiting } from './hostile-guest.ts';

const mebibyte = 1024 * 1024;
const untilRefused = (pages: number): string =>
  `(loop $more (br_if $more (i32.ne (memory.grow (i32.const ${pages})) (i32.const -1))))`;
const short = { computeMsMax: 50 };
/**
 * V8's optimising compiler leaves the check for an interruption out of loops that call, as bulk instructions do, and out of calls in tail position. The
 * call ends at its deadline; its thread cannot be ended. Nothing that arc builds has such loops.
 */
const notOnV8 = { limits: short, not: 'v8' } as const;

/** Bulk instructions whose end lies outside; each would be 4 GiB. */
const beyond: Readonly<Record<string, string>> = {
  'memory.fill': '(memory.fill (i32.const 0) (i32.const 65) (i32.const -1))',
  'memory.copy': '(memory.copy (i32.const 1) (i32.const 0) (i32.const -1))',
  'memory.init': '(memory.init $segment (i32.const 0) (i32.const 0) (i32.const -1))',
  'table.fill': '(table.fill $table (i32.const 0) (ref.null func) (i32.const -1))',
  'table.copy': '(table.copy $table $table (i32.const 1) (i32.const 0) (i32.const -1))',
  'table.init': '(table.init $table $elements (i32.const 0) (i32.const 0) (i32.const -1))',
};

const segments = '(table $table 8 funcref) (data $segment "data") (elem $elements func $nothing) (func $nothing)';

const timeGuests: readonly HostileGuest[] = [
  {
    tries: 'filling all of its memory again and again',
    component: () =>
      guestOf({
        begin: `${untilRefused(1)} (loop $more
          (memory.fill (i32.const 0) (i32.const 65) (i32.mul (memory.size) (i32.const 65536))) (br $more))`,
      }),
    ends: 'DEADLINE_EXCEEDED',
    ...notOnV8,
  },
  {
    tries: 'copying all of its memory again and again',
    component: () =>
      guestOf({
        begin: `${untilRefused(1)} (loop $more
          (memory.copy (i32.const 1) (i32.const 0) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))) (br $more))`,
      }),
    ends: 'DEADLINE_EXCEEDED',
    ...notOnV8,
  },
  {
    tries: 'asking for memory without end that it does not get',
    component: () => guestOf({ begin: '(loop $more (drop (memory.grow (i32.const 65535))) (br $more))' }),
    ends: 'DEADLINE_EXCEEDED',
    limits: short,
  },
  {
    tries: 'looping through calls in tail position',
    component: () => guestOf({ fields: '(func $next (return_call $next))', begin: `(call $next) ${done()}` }),
    ends: ['DEADLINE_EXCEEDED', 'COMPONENT_INVALID'],
    ...notOnV8,
  },
  {
    tries: 'logging without end',
    component: () =>
      guestOf({
        begin:
          '(loop $more (call $log (i32.const 1) (i32.const 0) (i32.const 60000) (i32.const 0) (i32.const 0) (i32.const 0)) (br $more))',
      }),
    ends: 'DEADLINE_EXCEEDED',
    limits: short,
  },
  {
    tries: 'starting and giving up operations without end',
    component: () => guestOf({ begin: '(loop $more (call $clear (call $sleep (f64.const 1))) (br $more))' }),
    ends: ['DEADLINE_EXCEEDED', 'OPERATIONS_EXCEEDED', 'VALUE_TOO_LARGE'],
    limits: short,
  },
  {
    tries: 'looping after its result has been read',
    component: () => guestOf({ afterBegin: '(loop $forever (br $forever))' }),
    ends: 'DEADLINE_EXCEEDED',
    limits: short,
  },
];

const spaceGuests: readonly HostileGuest[] = [
  {
    tries: 'growing memory a page at a time to the end, and a million times beyond',
    component: () =>
      guestOf({
        fields: '(global $left (mut i32) (i32.const 1000000))',
        begin: `${untilRefused(1)} (loop $more (drop (memory.grow (i32.const 1)))
          (global.set $left (i32.sub (global.get $left) (i32.const 1))) (br_if $more (global.get $left))) ${done()}`,
      }),
    ends: 'done',
    prove: ([turn]) => expect(turn?.memoryBytes).toBe(16 * mebibyte),
  },
  ...Object.entries(beyond).map(([name, instruction]): HostileGuest => ({
    tries: `a ${name} of 4 GiB`,
    component: () => guestOf({ fields: segments, begin: `${instruction} ${done()}` }),
    ends: 'TOOL_TRAPPED',
  })),
  {
    tries: 'a flood of log lines that name all of its memory',
    component: () =>
      guestOf({
        fields: '(global $left (mut i32) (i32.const 5))',
        begin: `${untilRefused(1)} (loop $more
          (call $log (i32.const 1) (i32.const 4096) (i32.const 16000000) (i32.const 1) (i32.const 4096) (i32.const 16000000))
          (global.set $left (i32.sub (global.get $left) (i32.const 1))) (br_if $more (global.get $left))) ${done()}`,
      }),
    ends: ['done', 'VALUE_TOO_LARGE'],
    prove: (turns) => {
      const lines = turns.flatMap(({ logs }) => logs);
      expect(lines.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThanOrEqual(callLimits.logBytesMax);
    },
  },
  {
    tries: 'operations whose arguments name the same megabytes again and again',
    component: () =>
      guestOf({
        begin: `${untilRefused(1)} (loop $more
          (drop (call $get (i32.const 32) (i32.const 1) (i32.const 4096) (i32.const 16000000))) (br $more))`,
      }),
    ends: ['VALUE_TOO_LARGE', 'OPERATIONS_EXCEEDED'],
  },
  {
    tries: 'more operations than may be open, then waiting',
    component: () =>
      guestOf({
        begin: `(loop $more (br_if $more (i32.lt_u (call $sleep (f64.const 1)) (i32.const 100000)))) ${waiting}`,
      }),
    ends: 'OPERATIONS_EXCEEDED',
  },
];

const stackGuests: readonly HostileGuest[] = [
  {
    tries: 'recursion through a table',
    component: () =>
      guestOf({
        fields: `(type $void (func)) (table $table 1 funcref) (elem (i32.const 0) $down)
          (func $down (call_indirect $table (type $void) (i32.const 0)) (call_indirect $table (type $void) (i32.const 0)))`,
        begin: `(call $down) ${done()}`,
      }),
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'recursion with a thousand locals in each frame',
    component: () => {
      const params = Array.from({ length: 500 }, () => '(local i64)').join(' ');
      const keep = Array.from(
        { length: 500 },
        (_, index) => `(local.set ${index + 1} (i64.extend_i32_u (local.get 0)))`,
      );
      const use = Array.from({ length: 500 }, (_, index) => `(local.get ${index + 1}) i64.add`);
      return guestOf({
        fields: `(func $down (param i32) (result i64) ${params} ${keep.join(' ')}
          (call $down (i32.add (local.get 0) (i32.const 1))) ${use.join(' ')})`,
        begin: `(drop (call $down (i32.const 0))) ${done()}`,
      });
    },
    ends: 'TOOL_TRAPPED',
  },
  {
    tries: 'recursion in its allocator, under the host',
    component: () =>
      guestOf({
        fields: '(func $down (result i32) (i32.add (call $down) (call $down)))',
        realloc: '(call $down)',
      }),
    ends: ['TOOL_TRAPPED', 'MEMORY_EXCEEDED'],
  },
  {
    tries: 'recursion after its result has been read',
    component: () => guestOf({ fields: '(func $down (call $down) (call $down))', afterBegin: '(call $down)' }),
    ends: 'TOOL_TRAPPED',
  },
];

export const exhaustionGuests: readonly HostileGuest[] = [...timeGuests, ...spaceGuests, ...stackGuests];
