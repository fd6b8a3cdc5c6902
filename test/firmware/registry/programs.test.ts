import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, type Host, createHost, createMemoryStore, systemClock } from '#host';
import { CodedError } from '#wit/errors';
import type { CallOutcome, Engine, ToolCall } from '#wit/interfaces';
import { type LoadingPrograms, type ProgramsOptions, createPrograms } from '../../../firmware/registry/programs.ts';
import { enginesUnderTest } from '../../conformance/engines-under-test.ts';
import { FakeClock } from '../../conformance/fake-clock.ts';
import { Versions } from './versions.ts';

const waits = 'await new Promise((resolve) => setTimeout(resolve, 100)); return input;';
const versions = new Versions();
const hashes = { first: '', second: '', others: '' };

// The faster one where there are two.
const engine = enginesUnderTest.at(-1)?.create() as Engine;
beforeAll(async () => {
  hashes.first = await versions.add('1.0.0', [
    { name: 'which', body: 'return "first";' },
    { name: 'waits', body: waits },
  ]);
  hashes.second = await versions.add('2.0.0', [
    { name: 'which', body: 'return "second";' },
    { name: 'waits', body: waits },
  ]);
  hashes.others = await versions.add(
    '3.0.0',
    ['a', 'b', 'c', 'd'].map((name) => ({ name, body: `return "${name}";` })),
  );
});
afterAll(() => engine[Symbol.asyncDispose]());

interface Subject extends AsyncDisposable {
  readonly programs: LoadingPrograms;
  readonly clock: FakeClock;
  /** How many tools the host has loaded. */
  readonly loads: () => number;
  call(hash: string, tool: string, more?: Partial<ToolCall>, signal?: AbortSignal): Promise<CallOutcome>;
}

const subjects: Subject[] = [];
afterEach(async () => {
  versions.release();
  await Promise.all(subjects.splice(0).map((subject) => subject[Symbol.asyncDispose]()));
  versions.opened.length = 0;
});

/** Programs on a host of their own, whose loads are counted. */
function subject(options: Partial<ProgramsOptions> & { readonly hostClock?: Clock } = {}): Subject {
  const clock = new FakeClock();
  const host = createHost({ engine, clock: options.hostClock ?? clock, kv: createMemoryStore() });
  let loads = 0;
  const counting: Pick<Host, 'load'> = {
    load: (...load) => {
      loads += 1;
      return host.load(...load);
    },
  };
  const programs = createPrograms({ host: counting, open: versions.open, clock, ...options });
  let calls = 0;
  const made: Subject = {
    programs,
    clock,
    loads: () => loads,
    call(hash, tool, more = {}, signal = undefined) {
      calls += 1;
      return programs.run({ hash, tool }, { id: `call-${calls}`, tool, input: calls, ...more }, signal);
    },
    async [Symbol.asyncDispose]() {
      await programs[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
  subjects.push(made);
  return made;
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

function codeOf(outcome: CallOutcome): string {
  return outcome.kind === 'done' ? 'done' : outcome.error.code;
}

describe('loading', () => {
  test('a tool is loaded with its first call, and its siblings are not', async () => {
    const { programs, call, loads } = subject();
    expect(programs.loaded).toBe(0);
    expect(await call(hashes.first, 'which')).toMatchObject({ kind: 'done', output: 'first' });
    expect(await call(hashes.first, 'which')).toMatchObject({ kind: 'done', output: 'first' });
    expect([programs.loaded, loads(), versions.opened]).toEqual([1, 1, [hashes.first]]);
  });

  test('first calls at the same time share one load, and those of siblings one reading of the bundle', async () => {
    const { programs, call, loads } = subject();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => call(hashes.others, ['a', 'b', 'c'][index % 3] ?? '')),
    );
    expect(outcomes.map(codeOf)).toEqual(Array.from({ length: 60 }, () => 'done'));
    expect([programs.loaded, loads(), versions.opened]).toEqual([3, 3, [hashes.others, hashes.others, hashes.others]]);
  });

  test('a load that failed is the failure of the calls that waited for it, and the next call loads anew', async () => {
    let broken = true;
    const { programs, call } = subject({
      open: (hash) => {
        if (!broken) return versions.open(hash);
        return Promise.reject(new CodedError('IO_FAILED', { message: 'Cannot read the bundle: EIO' }));
      },
    });
    const failed = await Promise.all([call(hashes.first, 'which'), call(hashes.first, 'which')]);
    expect(failed.map(codeOf)).toEqual(['IO_FAILED', 'IO_FAILED']);
    expect([programs.loaded, programs.held().size]).toEqual([0, 0]);
    broken = false;
    expect(await call(hashes.first, 'which')).toMatchObject({ kind: 'done', output: 'first' });
  });

  test('content that is not what its hash says never runs, and a tool that is not there is NOT_FOUND', async () => {
    const spoiled = await versions.add('4.0.0', [{ name: 'which', body: 'return "spoiled";' }]);
    versions.spoil(spoiled);
    const { call } = subject();
    expect(codeOf(await call(spoiled, 'which'))).toMatch(/^BUNDLE_/);
    const outcome = await call(hashes.first, 'whch');
    expect(outcome).toMatchObject({ error: { code: 'NOT_FOUND', message: expect.stringContaining('samples@1.0.0') } });
  });

  test('a caller that gives up while its tool is loaded is answered at once, and the others get the tool', async () => {
    versions.hold();
    const { programs, call } = subject();
    const controller = new AbortController();
    const impatient = call(hashes.first, 'which', {}, controller.signal);
    const patient = call(hashes.first, 'which');
    const late = call(hashes.first, 'which', {}, AbortSignal.abort());
    controller.abort();
    expect([codeOf(await impatient), codeOf(await late)]).toEqual(['CANCELLED', 'CANCELLED']);
    expect(programs.held()).toEqual(new Set([hashes.first]));
    versions.release();
    expect(codeOf(await patient)).toBe('done');
  });

  test('loading counts towards the time that a caller gives, and not towards the time of the tool', async () => {
    versions.hold();
    const { clock, call } = subject();
    const short = call(hashes.first, 'which', { timeoutMs: 50 });
    const long = call(hashes.first, 'waits', { timeoutMs: 120 });
    const own = call(hashes.first, 'waits');
    // Two deadlines and the look for idle tools.
    await clock.untilSleeping(3);
    clock.advance(60);
    expect(await short).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' }, usage: { wallMs: 60, turns: 0 } });
    versions.release();
    await clock.untilSleeping(5);
    clock.advance(60);
    expect(codeOf(await long)).toBe('DEADLINE_EXCEEDED');
    clock.advance(40);
    expect(codeOf(await own)).toBe('done');
  });
});

describe('letting go', () => {
  test('a tool without a call for the idle time is let go, and one that is called meanwhile stays', async () => {
    const { programs, clock, call } = subject({ idleMs: 1_000 });
    await call(hashes.others, 'a');
    await call(hashes.others, 'b');
    for (let quarter = 0; quarter < 4; quarter += 1) {
      clock.advance(250);
      await settle();
      await call(hashes.others, 'b');
      expect(programs.loaded).toBe(2);
    }
    clock.advance(250);
    await settle();
    expect(programs.loaded).toBe(1);
    for (let quarter = 0; quarter < 5; quarter += 1) {
      clock.advance(250);
      await settle();
    }
    expect([programs.loaded, clock.sleepers]).toEqual([0, 0]);
    expect(await call(hashes.others, 'a')).toMatchObject({ output: 'a' });
  });

  test('a tool that a call runs on stays however long it takes, and however the clock is set', async () => {
    const { programs, clock, call, loads } = subject({ idleMs: 8, hostClock: new FakeClock() });
    const controller = new AbortController();
    const calling = call(hashes.first, 'waits', {}, controller.signal);
    await settle();
    for (let step = 0; step < 50; step += 1) {
      clock.advance(1_000_000);
      await settle();
    }
    expect(programs.loaded).toBe(1);
    const another = call(hashes.first, 'waits', {}, controller.signal);
    await settle();
    expect(loads()).toBe(1);
    controller.abort();
    expect([codeOf(await calling), codeOf(await another)]).toEqual(['CANCELLED', 'CANCELLED']);
  });

  test('a tool that a call runs on stays beyond the maximum', async () => {
    const { clock, call, loads } = subject({ loadedMax: 1 });
    const calling = [call(hashes.first, 'waits')];
    await clock.untilSleeping(3);
    await call(hashes.first, 'which');
    calling.push(call(hashes.first, 'waits'));
    await clock.untilSleeping(5);
    expect(loads()).toBe(2);
    clock.advance(100);
    expect((await Promise.all(calling)).map(codeOf)).toEqual(['done', 'done']);
  });

  test('beyond the maximum the tool that was called longest ago goes first, and none that a call runs on', async () => {
    const { programs, call, loads } = subject({ loadedMax: 2 });
    for (const tool of ['a', 'b', 'a', 'c']) await call(hashes.others, tool);
    expect([programs.loaded, loads()]).toEqual([2, 3]);
    await call(hashes.others, 'a');
    expect(loads()).toBe(3);
    await call(hashes.others, 'b');
    expect(loads()).toBe(4);
    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((tool) => call(hashes.others, tool)));
    expect(outcomes.map(codeOf)).toEqual(['done', 'done', 'done', 'done']);
    await settle();
    expect(programs.loaded).toBe(2);
  });
});

describe('retiring', () => {
  test('a call in flight runs to its end on the version that it began on, and the version is held until then', async () => {
    const { programs, clock, call, loads } = subject();
    const calling = call(hashes.first, 'waits', { input: 7 });
    await clock.untilSleeping(3);
    let retired = false;
    const retiring = programs.retire(hashes.first).then(() => (retired = true));
    await settle();
    expect([retired, programs.held()]).toEqual([false, new Set([hashes.first])]);
    expect(await call(hashes.second, 'which')).toMatchObject({ output: 'second' });
    clock.advance(100);
    expect(await calling).toMatchObject({ kind: 'done', output: 7 });
    await retiring;
    expect([programs.held().size, programs.loaded, loads()]).toEqual([0, 1, 2]);
  });

  test('a call that comes for a version after it has retired loads it anew', async () => {
    const { programs, clock, call, loads } = subject();
    const before = call(hashes.first, 'waits', { input: 1 });
    await clock.untilSleeping(3);
    const retiring = programs.retire(hashes.first);
    const after = call(hashes.first, 'waits', { input: 2 });
    await clock.untilSleeping(5);
    clock.advance(100);
    expect([await before, await after]).toMatchObject([{ output: 1 }, { output: 2 }]);
    await retiring;
    expect([programs.loaded, loads()]).toEqual([1, 2]);
  });

  test('a version retires while it is loaded: those that wait for it get it', async () => {
    versions.hold();
    const { programs, call } = subject();
    const calling = call(hashes.first, 'which');
    const retiring = programs.retire(hashes.first);
    versions.release();
    expect(codeOf(await calling)).toBe('done');
    await retiring;
    expect(programs.loaded).toBe(0);
  });

  test('no call fails for any number of swaps, and each has the answer of one of the versions', async () => {
    const { programs, call } = subject({ hostClock: systemClock, loadedMax: 3 });
    const both = [hashes.first, hashes.second] as const;
    let active = 0;
    let swapping = true;
    const retiring: Promise<void>[] = [];
    const swaps = (async () => {
      for (let swap = 0; swap < 40; swap += 1) {
        const before = both[active % 2] ?? '';
        active += 1;
        retiring.push(programs.retire(before));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      swapping = false;
    })();
    const answers: string[] = [];
    const caller = async (): Promise<void> => {
      while (swapping) {
        const hash = both[active % 2] ?? '';
        // Between the look at the registry and the call anything may happen.
        if (answers.length % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        const outcome = await call(hash, 'which');
        answers.push(outcome.kind === 'done' ? String(outcome.output) : outcome.error.message);
        const expected = hash === hashes.first ? 'first' : 'second';
        expect(answers.at(-1)).toBe(expected);
      }
    };
    await Promise.all([swaps, ...Array.from({ length: 12 }, caller)]);
    await Promise.all(retiring);
    expect(new Set(answers)).toEqual(new Set(['first', 'second']));
    expect(programs.held().size).toBe(0);
    await Promise.all(both.map((hash) => programs.retire(hash)));
    expect(programs.loaded).toBe(0);
  });
});

describe('preparing', () => {
  test('loads every tool once and keeps none', async () => {
    const { programs, loads } = subject();
    await programs.prepare(versions.read(hashes.others));
    expect([loads(), programs.loaded, versions.opened]).toEqual([4, 0, []]);
  });

  test('refuses a bundle with a tool whose component is another one than its manifest says', async () => {
    const { programs, call } = subject();
    const bundle = versions.read(hashes.first);
    const [which, waiting] = bundle.manifest.tools;
    if (!which || !waiting) throw new Error('no tools');
    const lying = { ...which, component: { size: 8, ...which.component, hash: '0'.repeat(64) } };
    const manifest = { ...bundle.manifest, tools: [waiting, lying] };
    await expect(programs.prepare({ ...bundle, manifest })).rejects.toMatchObject({ code: 'COMPONENT_MISMATCH' });
    expect(codeOf(await call(hashes.first, 'which'))).toBe('done');
  });

  test('ends when nobody waits for it, and when the programs are closed', async () => {
    const { programs, loads } = subject();
    const bundle = versions.read(hashes.others);
    await expect(programs.prepare(bundle, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(loads()).toBe(0);
    const preparing = programs.prepare(bundle);
    const closing = programs[Symbol.asyncDispose]();
    await expect(preparing).rejects.toMatchObject({ code: 'CANCELLED' });
    await closing;
    expect(loads()).toBeLessThan(4);
  });
});

describe('closing', () => {
  test('cancels what runs, refuses what comes, and may happen twice', async () => {
    const { programs, clock, call } = subject();
    const running = call(hashes.first, 'waits');
    await clock.untilSleeping(3);
    await Promise.all([programs[Symbol.asyncDispose](), programs[Symbol.asyncDispose]()]);
    expect(codeOf(await running)).toBe('CANCELLED');
    expect(codeOf(await call(hashes.first, 'which'))).toBe('UNAVAILABLE');
    await expect(programs.prepare(versions.read(hashes.first))).rejects.toMatchObject({ code: 'CANCELLED' });
    await programs.retire(hashes.first);
    await programs[Symbol.asyncDispose]();
    expect([programs.loaded, programs.held().size, clock.sleepers]).toEqual([0, 0, 0]);
  });

  test('answers calls whose tool is being loaded', async () => {
    versions.hold();
    const { programs, call } = subject();
    const waiting = call(hashes.first, 'which');
    await until(() => versions.opened.length === 1);
    const closing = programs[Symbol.asyncDispose]();
    versions.release();
    expect(codeOf(await waiting)).toBe('UNAVAILABLE');
    await closing;
    expect(programs.held().size).toBe(0);
  });
});

test('what a loaded tool keeps of its bundle is its own files, and nothing of its siblings', async () => {
  const contents: string[][] = [];
  const host = createHost({ engine });
  const watching: Pick<Host, 'load'> = {
    load: (bundle, options) => {
      contents.push([...bundle.files.keys(), ...bundle.manifest.tools.map(({ name }) => name)]);
      for (const bytes of bundle.files.values()) expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
      return host.load(bundle, options);
    },
  };
  await using programs = createPrograms({ host: watching, open: versions.open, clock: new FakeClock() });
  await programs.run({ hash: hashes.others, tool: 'b' }, { id: 'call', tool: 'other', input: 1 });
  await host[Symbol.asyncDispose]();
  const paths = ['source/b.js', 'source/b.js.map', 'schema/b.input.json', 'schema/b.output.json'];
  expect(contents).toEqual([[...paths, 'b']]);
});
