/** Ends the process while the engine is in some state: `end-in-state-child.ts STATE END`. */
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { type NativeCalls, begin, createNativeCalls, guestBytes } from './native-calls.ts';

const states: Readonly<Record<string, (native: NativeCalls) => Promise<void>>> = {
  idle: async () => undefined,
  suspended: async (native) => {
    await native.suspend(50);
  },
  spinning: async (native) => {
    void begin(native.open(), 'q');
    void begin(native.open(), 'q');
    // Long enough for both to be on threads of their own.
    await wait(50);
  },
  trapped: async (native) => {
    for (const program of ['t', 'm', 'r']) await native.run(program);
  },
  compiling: async (native) => {
    const bytes = await guestBytes();
    // A custom section of this process makes it another component, which has to be compiled.
    void native.engine
      .load(Uint8Array.from([...bytes, 0, 4, 1, 0x78, process.pid & 0xff, process.pid >> 8]))
      .catch(() => undefined);
    await wait(5);
  },
  disposed: async (native) => {
    await native.suspend(5);
    await native[Symbol.asyncDispose]();
  },
  disposing: async (native) => {
    void begin(native.open(), 'q');
    await wait(20);
    void native[Symbol.asyncDispose]();
  },
};

const ends: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(7),
  'exit-hook': () => {
    process.on('exit', () => process.exit(8));
    process.exit(7);
  },
  throw: () => {
    setImmediate(() => {
      throw new Error('uncaught');
    });
  },
  'uncaught-exception': () => {
    process.on('uncaughtException', () => process.exit(9));
    setImmediate(() => {
      throw new Error('uncaught');
    });
  },
  reject: () => void Promise.reject(new Error('unhandled')),
  terminate: () => process.kill(process.pid, 'SIGTERM'),
  /** Nothing more to do: what the engine still does has an end of its own. */
  return: () => undefined,
};

const [, , state = '', end = ''] = process.argv;
await states[state]?.(await createNativeCalls());
console.log(state);
ends[end]?.();
