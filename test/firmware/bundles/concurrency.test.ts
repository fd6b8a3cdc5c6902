/** Installs, removals and collections at the same time. */
import { expect, test } from 'vitest';
import { Random, fuzzTimeoutMs } from '../../fuzz.ts';
import { StoreFixture, code, inContext } from './store-fixture.ts';
import { sampleBundle, unsigned } from './sample-versions.ts';

const strict = { allowDowngrade: false };
const nobody: ReadonlySet<string> = new Set();
/** Interleavings in the gate; `check:long` runs more. */
const interleavings = Number(process.env['ARIA_INTERLEAVINGS'] ?? 15);

/** Runs `between` whenever the process would wait for the disk, until the work is done. */
async function during<Result>(work: Promise<Result>, between: () => void): Promise<Result> {
  let running = true;
  const done = work.finally(() => (running = false));
  // Who waits hears of a failure; this is here so that nobody hears of it too early.
  done.catch(() => undefined);
  while (running) {
    between();
    await new Promise(setImmediate);
  }
  return done;
}

test('a collection at each moment of an install takes nothing that the install relies on', async () => {
  using fixture = new StoreFixture({ versionsKept: 0 });
  const old = sampleBundle();
  const next = sampleBundle({ name: 'other-kit' });
  await fixture.store.install(old, unsigned, strict);
  let collections = 0;
  await during(fixture.store.install(next, unsigned, strict), () => {
    // All that the new bundle shares with the old one is garbage from here on.
    if (collections === 1) fixture.store.remove(old.hash);
    fixture.store.collect(nobody);
    collections += 1;
  });
  expect(collections).toBeGreaterThan(5);
  expect(await fixture.store.open(next.hash)).toEqual(next);
  fixture.store.collect(nobody);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
});

test('the same bundle twice at once is installed once', async () => {
  using fixture = new StoreFixture();
  const results = await Promise.all([1, 2, 3].map(() => fixture.store.install(sampleBundle(), unsigned, strict)));
  expect(results.map(({ unchanged }) => unchanged)).toEqual([false, true, true]);
  expect(fixture.store.versions()).toHaveLength(1);
});

test('of two bundles of one version at once the first is installed', async () => {
  using fixture = new StoreFixture();
  const results = await Promise.allSettled(
    ['one', 'two'].map((text) => fixture.store.install(sampleBundle({ text }), unsigned, strict)),
  );
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'BUNDLE_VERSION_TAKEN' } },
  ]);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
});

test('an install that fails does not hold up those that wait, and too many that wait are refused', async () => {
  using fixture = new StoreFixture({ bytesMax: 6_000 });
  const large = fixture.store.install(sampleBundle({ text: 'x'.repeat(9_000) }), unsigned, strict);
  const waiting = Array.from({ length: 32 }, () => fixture.store.install(sampleBundle(), unsigned, strict));
  const settled = await Promise.allSettled([large, ...waiting]);
  expect(settled.map(({ status }) => status)).toEqual([
    'rejected',
    ...Array.from({ length: 31 }, () => 'fulfilled'),
    'rejected',
  ]);
  expect(settled.at(-1)).toMatchObject({ reason: { code: 'OVERLOADED' } });
  await fixture.store.install(sampleBundle(), unsigned, strict);
});

test(
  'installs, removals, activations and collections in any interleaving leave every version whole',
  async () => {
    for (let seed = 0; seed < interleavings; seed += 1) {
      using fixture = new StoreFixture({ versionsKept: 0 });
      const random = new Random(20_260_101, seed);
      fixture.database.pragma('synchronous = OFF');
      const bundles = ['a', 'b', 'c'].flatMap((name) =>
        ['1.0.0', '2.0.0'].map((version) => sampleBundle({ name: `kit-${name}`, version, text: version })),
      );
      const installs = Array.from({ length: 8 }, () => fixture.store.install(random.pick(bundles), unsigned, strict));
      await during(Promise.all(installs), () => {
        if (random.oneIn(3)) fixture.store.collect(nobody);
        // Chosen after the collection, which takes every version that is older than the active one.
        const versions = fixture.store.versions();
        if (versions.length === 0 || !random.oneIn(3)) return;
        const { hash } = random.pick(versions);
        const active = fixture.store.activations().some((one) => one.hash === hash);
        if (active) expect(() => fixture.store.remove(hash)).toThrow(code('BUNDLE_IN_USE'));
        else if (random.oneIn(4)) fixture.store.activate(hash);
        else fixture.store.remove(hash);
      });
      fixture.store.collect(nobody);
      // `neededObjects` opens every version, and so verifies it.
      const whole = async (): Promise<void> => expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
      await inContext(`seed ${seed}`, whole);
      expect(fixture.quarantined).toEqual([]);
    }
  },
  fuzzTimeoutMs,
);
