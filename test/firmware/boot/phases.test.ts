import { expect, test } from 'vitest';
import type { PhaseReport } from '#wit/api';
import { CodedError } from '#wit/errors';
import { type Boot, createBoot } from '../../../firmware/boot/phases.ts';

/** A boot whose clock moves on by 10 ms at each look. */
function booting(): { readonly boot: Boot; readonly reports: PhaseReport[] } {
  let ms = 90;
  const reports: PhaseReport[] = [];
  const boot = createBoot({ elapsedMs: () => (ms += 10), report: (report) => reports.push(report) });
  return { boot, reports };
}

test('a boot is ready when all phases are done, and not before', async () => {
  const { boot, reports } = booting();
  expect(boot.phases.map(({ phase, state }) => `${phase} ${state}`)).toEqual(
    ['machine', 'stores', 'engines', 'bundles', 'apis'].map((name) => `${name} waiting`),
  );
  for (const name of ['machine', 'stores', 'engines', 'bundles'] as const) {
    expect(await boot.phase(name, () => name)).toBe(name);
    expect(boot.state).toBe('starting');
  }
  await boot.phase('apis', async ({ seen }) => seen('gRPC on 127.0.0.1:7600'));
  expect(boot.state).toBe('ready');
  expect(boot.phases.at(-1)).toEqual({
    phase: 'apis',
    state: 'done',
    startedMs: 180,
    durationMs: 10,
    detail: 'gRPC on 127.0.0.1:7600',
  });
  expect(reports.map(({ phase, state }) => `${phase} ${state}`)).toHaveLength(10);
});

test('a phase that runs is shown as running, with its start since the process began', async () => {
  const { boot } = booting();
  await boot.phase('machine', () => {
    expect(boot.phases[0]).toEqual({ phase: 'machine', state: 'running', startedMs: 100 });
  });
});

test('a failed phase says what and the remedy, those behind it wait, and the APIs still come up', async () => {
  const { boot, reports } = booting();
  await boot.phase('machine', () => undefined);
  const failure = new CodedError('STORE_CORRUPT', { message: 'Cannot open the store: torn', remedy: 'Restore it' });
  await expect(boot.phase('stores', () => Promise.reject(failure))).rejects.toBe(failure);
  let begun = false;
  const engines = boot.phase('engines', () => {
    begun = true;
  });
  await expect(engines).rejects.toMatchObject({ code: 'BOOT_FAILED', message: expect.stringContaining('"stores"') });
  expect(begun).toBe(false);
  await boot.phase('apis', () => undefined);
  expect(boot.state).toBe('failed');
  expect(boot.phases.map(({ state }) => state)).toEqual(['done', 'failed', 'waiting', 'waiting', 'done']);
  expect(boot.phases[1]).toMatchObject({ detail: 'Cannot open the store: torn', remedy: 'Restore it' });
  expect(reports.at(-1)).toMatchObject({ phase: 'apis', state: 'done' });
});

test('a failure that is a bug is shown, too, and what was seen before it gives way', async () => {
  const { boot } = booting();
  const failing = boot.phase('machine', ({ seen }) => {
    seen('2 cores');
    throw new TypeError('undefined is not a function');
  });
  await expect(failing).rejects.toThrow(TypeError);
  expect(boot.phases[0]).toMatchObject({ state: 'failed', detail: 'undefined is not a function' });
});

test('a phase runs once and in its turn', async () => {
  const { boot } = booting();
  await expect(boot.phase('stores', () => undefined)).rejects.toThrow('the next one is "machine"');
  await boot.phase('machine', async () => {
    await expect(boot.phase('machine', () => undefined)).rejects.toThrow('Cannot run the phase "machine" now');
    await expect(boot.phase('stores', () => undefined)).rejects.toThrow('the next one is "machine"');
  });
  await expect(boot.phase('machine', () => undefined)).rejects.toThrow('the next one is "stores"');
});

test('a clock that goes back makes no negative time', async () => {
  const times = [50, 20];
  const boot = createBoot({ elapsedMs: () => times.shift() ?? 0, report: () => undefined });
  await boot.phase('machine', () => undefined);
  expect(boot.phases[0]).toMatchObject({ startedMs: 50, durationMs: 0 });
});
