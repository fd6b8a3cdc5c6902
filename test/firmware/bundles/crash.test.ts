/** The store as a real process that is killed, or whose disk is full or broken, at its writes: it goes on from the old state or from the new one. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Fault,
  type FaultCommand,
  countWrites,
  faultInjector,
  runWithFault,
  seededPoints,
} from '../../faults/fault-injector.ts';
import { fuzzSeed } from '../../fuzz.ts';
import { sampleBundle, signed } from './sample-versions.ts';
import { StoreFixture, inContext } from './store-fixture.ts';
import { prepare, scenario, stateOf } from './store-scenario.ts';

/** Points of each kind in the gate; `check:long` takes all. */
const pointsMax = Number(process.env['ARIA_FAULT_POINTS'] ?? 12);
const options = { versionsKept: 0 };

let directory = '';
let calls = 0;
let trace: readonly string[] = [];
/** The states before the first step and after each. */
const states: string[] = [];

function command(home: string): FaultCommand {
  const file = process.execPath;
  return { file, args: [join(import.meta.dirname, 'store-child.ts'), home], directory: home };
}

/** Runs the scenario with a fault on a copy of the prepared store. */
function play(fault: Fault): { readonly home: string; readonly lines: readonly string[]; readonly signal: unknown } {
  const home = mkdtempSync(join(directory, 'home-'));
  cpSync(join(directory, 'prepared'), home, { recursive: true });
  const { stdout, stderr, signal } = runWithFault(command(home), fault);
  expect(stderr.replace(/^.*(ExperimentalWarning|--trace-warnings).*$/gm, '').trim()).toBe('');
  return { home, lines: stdout.split('\n').filter((line) => line !== ''), signal };
}

/** Opens the store of a process that has ended: what it said is so, nothing is damaged, nothing is left over, and it takes another bundle. */
async function expectWhole(home: string, lines: readonly string[]): Promise<void> {
  using fixture = new StoreFixture(options, home);
  const done = lines.filter((line) => line.startsWith('done')).length;
  const state = stateOf(fixture.store);
  // What is acknowledged has happened; the step after it may have.
  expect(states.slice(done, done + 2)).toContain(state);
  expect(fixture.quarantined).toEqual([]);
  expect(fixture.temporaryFiles()).toEqual([]);
  await fixture.neededObjects();
  const next = sampleBundle({ version: '9.0.0', text: 'next' });
  await fixture.store.install(next, signed(9), { allowDowngrade: false });
  fixture.store.activate(next.hash);
  fixture.store.collect(new Set());
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
  expect(fixture.store.usage().bytes).toBe(fixture.bytesOnDisk());
  expect(fixture.database.pragma('integrity_check', { simple: true })).toBe('ok');
  rmSync(home, { recursive: true });
}

/** Checks a share of the points, seeded; one that fails says which call it was. */
async function eachPoint(
  { share, offset }: { readonly share: number; readonly offset: number },
  check: (at: number) => Promise<void>,
): Promise<void> {
  const count = Math.max(1, Math.ceil(pointsMax * share));
  for (const at of seededPoints(calls, count, fuzzSeed() + offset))
    await inContext(`At call ${at} of ${calls}, ${trace[at - 1] ?? ''}:`, () => check(at));
}

describe.skipIf(faultInjector === undefined)('a store whose process', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aria-crash-'));
    const prepared = new StoreFixture(options, mkdtempSync(join(directory, 'new-')));
    await prepare(prepared.store);
    prepared[Symbol.dispose]();
    cpSync(prepared.home, join(directory, 'prepared'), { recursive: true });
    const played = new StoreFixture(options, prepared.home);
    states.push(stateOf(played.store));
    for (const { run } of scenario) {
      await run(played.store);
      states.push(stateOf(played.store));
    }
    played[Symbol.dispose]();
    const home = join(directory, 'counted');
    cpSync(join(directory, 'prepared'), home, { recursive: true });
    ({ calls, trace } = countWrites(command(home)));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('is not disturbed does every step, each with writes of its own', () => {
    expect(states.filter((state, index) => state === states[index + 1])).toEqual([]);
    expect(calls).toBeGreaterThan(100);
    for (const part of ['fsync', 'rename', 'unlink', 'temporary/', 'objects/', 'aria.db-wal'])
      expect(trace.filter((line) => line.includes(part))).not.toEqual([]);
  });

  test('syncs a file before it gets its name, and the name before a commit', () => {
    const renames = trace.flatMap((line, index) => (/ rename .*\/objects\//.test(line) ? [index] : []));
    expect(renames.length).toBeGreaterThan(3);
    for (const index of renames) {
      const hash = trace[index]?.slice(-64) ?? '';
      const commit = trace.findIndex((line, at) => at > index && line.includes('pwrite64') && line.endsWith('-wal'));
      expect(trace.slice(0, index).some((line) => / fsync .*\/temporary\//.test(line) && line.includes(hash))).toBe(
        true,
      );
      const named = (line: string): boolean =>
        line.endsWith(`/objects/${hash.slice(0, 2)}`) && line.includes(' fsync ');
      expect(trace.slice(index, commit).filter(named)).not.toEqual([]);
    }
  });

  for (const half of [false, true])
    test(`is killed ${half ? 'in or after' : 'before'} a write is in the old state or the new one`, () =>
      eachPoint({ share: 0.5, offset: half ? 1 : 0 }, (at) => {
        const { home, lines, signal } = play({ kind: 'kill', at, half });
        expect(signal).toBe('SIGKILL');
        return expectWhole(home, lines);
      }));

  for (const error of ['ENOSPC', 'EIO'] as const) {
    const codes = error === 'ENOSPC' ? /^(STORE_FULL|IO_FAILED)$/ : /^IO_FAILED$/;

    test(`meets ${error} once says so, shows and leaves nothing of the step, and does it when asked again`, () =>
      eachPoint({ share: 1 / 6, offset: 2 }, (at) => {
        const { home, lines } = play({ kind: 'fail', at, error, repeat: 'once' });
        const failures = lines.filter((line) => line.startsWith('failed')).map((line) => line.split(' '));
        for (const [, , ...said] of failures) expect(said).toEqual([expect.stringMatching(codes), 'unseen', '0']);
        const stopped = lines.find((line) => line.startsWith('stopped'))?.split(' ')[1];
        if (stopped === undefined) expect(lines.at(-1)).toBe(`done ${scenario.length - 1}`);
        else expect(stopped).toMatch(codes);
        return expectWhole(home, lines);
      }));

    test(`meets ${error} from some write on says so, still reads, and is whole when the disk is`, () =>
      eachPoint({ share: 1 / 12, offset: 3 }, (at) => {
        const { home, lines } = play({ kind: 'fail', at, error, repeat: 'always' });
        for (const line of lines.filter((one) => !one.startsWith('done') && one !== 'readable'))
          expect(line).toMatch(/^(failed \d (STORE_FULL|IO_FAILED) unseen \d+|stopped (STORE_FULL|IO_FAILED) .*)$/);
        return expectWhole(home, lines);
      }));
  }
});
