import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasmtimeAvailable } from '#host';
import { rawGuest } from '../conformance/raw-guest.ts';

/** Loads outside its memory, recurses, divides by zero. */
const trapping = `(module (memory 1)
  (func (export "load") (drop (i32.load (i32.const -4))))
  (func $down (export "recurse") (call $down) (call $down))
  (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0)))))`;

interface Ended {
  readonly code: number | string | null;
  readonly signal: string | null;
  readonly output: string;
}

/** A program that hangs is killed, and its signal fails the test. */
const programMs = 30_000;

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-programs-'));
  await writeFile(join(directory, 'guest.wasm'), await rawGuest());
  await writeFile(join(directory, 'traps.wasm'), await parse(trapping));
  await mkdir(join(directory, 'compiled'), { mode: 0o700 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function run(name: string, args: readonly string[] = []): Promise<Ended> {
  const file = fileURLToPath(new URL(`programs/${name}-child.ts`, import.meta.url));
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(
    process.execPath,
    [file, ...args],
    { timeout: programMs, killSignal: 'SIGKILL', env: { ...process.env, ARIA_TEST_PROGRAMS: directory } },
    (error, stdout, stderr) =>
      resolve({
        code: error ? (error.code ?? null) : 0,
        signal: error?.signal ?? null,
        output: (stdout === '' ? stderr : stdout).trim(),
      }),
  );
  return promise;
}

const traps = 'RuntimeError RangeError RuntimeError';

describe.runIf(wasmtimeAvailable())('beside the engine wasmtime', () => {
  test("V8's own traps are errors in every state of the engine, on every thread, and the guest's traps are its own", async () => {
    const { output, ...end } = await run('trap-beside-traps');
    expect(end).toEqual({ code: 0, signal: null });
    const { ends, spun, ...seen } = JSON.parse(output) as Record<string, unknown>;
    expect(ends).toEqual(['TOOL_TRAPPED', 'TOOL_TRAPPED', 'TOOL_TRAPPED', 'TOOL_TRAPPED', 'done']);
    expect(spun).toBe('DEADLINE_EXCEEDED');
    expect(Object.keys(seen)).toHaveLength(11);
    expect(new Set(Object.values(seen))).toEqual(new Set([traps]));
  });

  test.each([
    ['idle', 'exit', 7],
    ['suspended', 'exit', 7],
    ['spinning', 'exit', 7],
    ['trapped', 'exit', 7],
    ['compiling', 'exit', 7],
    ['disposed', 'exit', 7],
    ['disposing', 'exit', 7],
    ['suspended', 'exit-hook', 8],
    ['spinning', 'exit-hook', 8],
    ['suspended', 'throw', 1],
    ['spinning', 'throw', 1],
    ['compiling', 'throw', 1],
    ['suspended', 'uncaught-exception', 9],
    ['spinning', 'uncaught-exception', 9],
    ['suspended', 'reject', 1],
    ['idle', 'return', 0],
    ['suspended', 'return', 0],
    ['trapped', 'return', 0],
  ] as const)(
    'a process that ends while the engine is %s by %s exits as it would without',
    async (state, end, code) => {
      expect(await run('end-in-state', [state, end])).toEqual({ code, signal: null, output: state });
    },
  );

  test.each(['suspended', 'spinning', 'compiling'])('a signal ends a process while the engine is %s', async (state) => {
    expect(await run('end-in-state', [state, 'terminate'])).toMatchObject({ signal: 'SIGTERM' });
  });

  test.each([
    ['idle', 1],
    ['suspended', 1],
    ['trapped', 1],
    ['spinning', 1],
    ['exits', 5],
  ])('a thread that is ended while its engine is %s leaves that of the main thread unharmed', async (state, code) => {
    expect(await run('end-a-thread', [state])).toEqual({
      code: 0,
      signal: null,
      output: JSON.stringify([code, code]),
    });
  });
});
