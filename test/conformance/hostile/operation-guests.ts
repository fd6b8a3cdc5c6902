/** Guests that cheat with operations: ids of others, twice, too early, too late. */
import { expect } from 'vitest';
import { type GuestParts, type HostileGuest, done, guestOf, waiting } from './hostile-guest.ts';

const sleep = '(drop (call $sleep (f64.const 1)))';
const complete = (id: string): string => `(call $completeSleep (i32.const ${id}) (i32.const 2048))`;

function trapping(tries: string, parts: GuestParts, ends: HostileGuest['ends'] = 'TOOL_TRAPPED'): HostileGuest {
  return { tries, component: () => guestOf(parts), ends };
}

export const operationGuests: readonly HostileGuest[] = [
  trapping('taking a completion before it has started anything', { begin: `${complete('1')} ${done()}` }),
  trapping('taking a completion in the turn that started it', { begin: `${sleep} ${complete('1')} ${done()}` }),
  ...['0', '-1', '2', '2147483647', '-2147483648'].map((id) =>
    trapping(`taking the completion ${id}, which is not its own`, {
      begin: `${sleep} ${waiting}`,
      resume: `${complete(id)} ${done()}`,
    }),
  ),
  trapping('taking a completion twice', {
    begin: `${sleep} ${waiting}`,
    resume: `${complete('1')} ${complete('1')} ${done()}`,
  }),
  trapping('taking the completion of a sleep as that of a read', {
    begin: `${sleep} ${waiting}`,
    resume: `(call $completeGet (i32.const 1) (i32.const 2048)) ${done()}`,
  }),
  trapping('taking the completion of what it gave up', {
    begin: `${sleep} ${sleep} ${waiting}`,
    resume: `(call $clear (i32.const 1)) (call $clear (i32.const 1)) ${complete('1')} ${complete('1')} ${done()}`,
  }),
  trapping('starting operations and trapping', { begin: `${sleep.repeat(60)} unreachable` }),
  {
    tries: 'starting operations in a later turn and trapping',
    component: () => guestOf({ begin: `${sleep} ${waiting}`, resume: `${sleep.repeat(60)} unreachable` }),
    ends: 'TOOL_TRAPPED',
    prove: ([first]) => expect(first?.operations).toHaveLength(1),
  },
  trapping('starting operations after its result has been read', { begin: waiting, afterBegin: sleep }),
  trapping('logging after its result has been read', {
    afterBegin: '(call $log (i32.const 1) (i32.const 16) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))',
  }),
  trapping('trapping after its result has been read', { begin: `${sleep} ${waiting}`, afterBegin: 'unreachable' }),
  {
    tries: 'giving up every id that there could be',
    component: () =>
      guestOf({
        fields: '(global $id (mut i32) (i32.const -1000))',
        begin: `${sleep} ${waiting}`,
        resume: `(loop $more (call $clear (global.get $id)) (global.set $id (i32.add (global.get $id) (i32.const 1)))
          (br_if $more (i32.lt_s (global.get $id) (i32.const 1000)))) ${done()}`,
      }),
    ends: 'done',
    prove: (turns) => expect(turns.flatMap(({ abandoned }) => abandoned)).toEqual([]),
  },
  {
    tries: 'writing over its result after it has been read',
    component: () =>
      guestOf({
        begin: `${sleep} ${waiting}`,
        afterBegin: '(memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))',
        resume: `(memory.fill (i32.const 1024) (i32.const 0) (i32.const 64)) ${done(0, 0)}`,
      }),
    ends: 'done',
    prove: ([first]) => expect(first?.operations).toEqual([{ id: 1, name: 'timer.sleep', args: [1] }]),
  },
];
