/**
 * kill -9 of the real process at each of its writes, SQLite's own included: afterwards a host finds the old state or the new one, and goes on from there.
 * In the gate 50 points that a seed picks; all of them in the long run.
 */
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectHost } from '#wit/api';
import { type Fault, FaultProcess, faultInjector, seededPoints } from '../../faults/fault-injector.ts';
import { fuzzTimeoutMs } from '../../fuzz.ts';
import { addTool, signedBundle } from '../host/signed-bundle.ts';
import { startOn } from '../host/host-under-test.ts';
import { ariaPath, hostProcess } from './aria-process.ts';
import { type CrashOperation, type CrashSetting, crashOperations, crashSetting, stateOf } from './crash-scenario.ts';

const all = process.env['ARIA_CRASH_ALL'] === '1';
const seed = Number(process.env['ARIA_FUZZ_SEED'] ?? 7);
/** Of all operations together. */
const pointsMax = 50;
/** All of them take long, and end by their number. */
const timeout = all ? fuzzTimeoutMs : 120_000;
/** Hosts at the same time: most of a run is waiting for one. */
const atOnce = 3;

const hostArguments = ['--grpc', 'off', '--web', 'off', '--metrics', 'off'];

describe.skipIf(faultInjector === undefined)('after kill -9', () => {
  let setting: CrashSetting;
  beforeAll(async () => {
    setting = await crashSetting();
  });
  afterAll(() => setting[Symbol.asyncDispose]());

  for (const operation of crashOperations) {
    test(`at any write of ${operation.name} there is the old state or the new one`, { timeout }, async () => {
      const states = await bothStates(operation, setting);
      const { calls } = await runFaulty(operation, setting, { kind: 'count' });
      expect(calls).toBeGreaterThan(3);
      const points = all
        ? Array.from({ length: calls }, (_, index) => index + 1)
        : seededPoints(calls, Math.ceil(pointsMax / crashOperations.length), seed);
      const waiting = [...points];
      const found: string[] = [];
      const worker = async (): Promise<void> => {
        for (let at = waiting.shift(); at !== undefined; at = waiting.shift())
          found.push(await stateAfterKill(operation, setting, { at, half: at % 2 === 0 }));
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      expect(found).toHaveLength(points.length);
      for (const state of found) expect(states).toContain(state);
      if (all) expect(new Set(found).size).toBe(2);
    });
  }

  for (const error of ['ENOSPC', 'EIO'] as const) {
    test(`${error} at any write of an installation is a coded error, and the host goes on`, { timeout }, async () => {
      const [install] = crashOperations;
      if (install === undefined) return;
      const { calls } = await runFaulty(install, setting, { kind: 'count' });
      const states = await bothStates(install, setting);
      for (const at of all ? Array.from({ length: calls }, (_, index) => index + 1) : seededPoints(calls, 6, seed)) {
        const home = await setting.copy();
        try {
          const { thrown, state } = await runFaulty(
            install,
            setting,
            { kind: 'fail', at, error, repeat: 'once' },
            home,
          );
          if (thrown !== undefined)
            expect(thrown).toMatchObject({ code: expect.stringMatching(/^(?:STORE_FULL|IO_FAILED|STORE_CORRUPT)$/) });
          expect(states).toContain(state);
          expect(states).toContain(await stateAfterRestart(home, setting));
        } finally {
          await rm(home, { recursive: true, force: true });
        }
      }
    });
  }
});

async function bothStates({ perform }: CrashOperation, setting: CrashSetting): Promise<readonly string[]> {
  const home = await setting.copy();
  try {
    await using firmware = await startOn(home);
    const owner = firmware.api({ name: 'owner', role: 'admin' });
    const before = await stateOf(owner);
    await perform(owner, setting);
    return [before, await stateOf(owner)];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

interface FaultyRun {
  readonly calls: number;
  readonly thrown: unknown;
  readonly state: string | undefined;
}

/** Runs an operation in a process with a fault; the state is there where the process lived on. */
async function runFaulty(
  { perform }: CrashOperation,
  setting: CrashSetting,
  fault: Fault,
  home?: string,
): Promise<FaultyRun> {
  const directory = home ?? (await setting.copy());
  try {
    using faulty = new FaultProcess(
      {
        file: process.execPath,
        args: [ariaPath, 'up', '--home', directory, '--json', ...hostArguments],
        directory,
        env: { ARIA_STORE_COMPILED_DIRECTORY: join(homedir(), '.cache/aria/compiled') },
      },
      fault,
    );
    await using host = await hostProcess(faulty.child);
    await using api = await connectHost({ home: directory, to: `unix:${host.ready.api ?? ''}` });
    faulty.arm();
    const gone = new AbortController();
    faulty.child.once('exit', () => gone.abort());
    const thrown = await perform(api, setting, gone.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    const state = fault.kind === 'kill' ? undefined : await stateOf(api);
    const calls = faulty.calls();
    await host.end('SIGKILL');
    return { calls, thrown, state };
  } finally {
    if (home === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function stateAfterKill(
  operation: CrashOperation,
  setting: CrashSetting,
  point: { at: number; half: boolean },
): Promise<string> {
  const home = await setting.copy();
  try {
    await runFaulty(operation, setting, { kind: 'kill', ...point }, home);
    return await stateAfterRestart(home, setting);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The state that another host finds; what is active answers, and another version can be installed. */
async function stateAfterRestart(home: string, setting: CrashSetting): Promise<string> {
  await using firmware = await startOn(home);
  const owner = firmware.api({ name: 'owner', role: 'admin' });
  const state = await stateOf(owner);
  expect(firmware.status()).toMatchObject({ state: 'ready', bundles: { quarantined: 0 } });
  expect(await owner.callTool({ tool: 'samples/add', input: { a: 1, b: 2 } })).toMatchObject({ output: { sum: 3 } });
  const next = await signedBundle(setting.key, { tools: [addTool], version: '9.0.0', sequence: 9 });
  expect(await owner.upload(next.content)).toMatchObject({ state: 'active' });
  return state;
}
