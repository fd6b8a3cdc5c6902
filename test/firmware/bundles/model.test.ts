/** Random histories of the store against a reference in lists. */
import { CodedError } from '#wit/errors';
import { expect, test } from 'vitest';
import { Random, fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';
import { ReferenceStore } from './reference-store.ts';
import { sampleBundle, signed, unsigned } from './sample-versions.ts';
import { StoreFixture, inContext } from './store-fixture.ts';

/** A history is as much work as several hundred cases of the cheap kind. */
const histories = Math.ceil(fuzzCases() / 800);
const stepsPerHistory = 40;
const versionsKept = 1;
const names = ['invoice-kit', 'other-kit'];
const bundles = names.flatMap((name) =>
  ['1.0.0', '1.1.0', '2.0.0'].flatMap((version) =>
    ['one', 'two'].map((text) => sampleBundle({ name, version, text: `${version} ${text}` })),
  ),
);

/** What came of a step: a value, or the code of an error. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return (await work()) ?? 'done';
  } catch (thrown) {
    return thrown instanceof CodedError ? thrown.code : thrown instanceof Error ? thrown.message : thrown;
  }
}

/** One step on both. @returns what it was, for the message of a failure. */
async function step(random: Random, fixture: StoreFixture, reference: ReferenceStore): Promise<string> {
  const { store } = fixture;
  const bundle = random.pick(bundles);
  const { hash } = bundle;
  const both = async (text: string, real: () => unknown, expected: () => unknown): Promise<string> => {
    await inContext(text, async () => expect(await outcome(real)).toEqual(await outcome(expected)));
    return text;
  };
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: {
      const signedBy = random.oneIn(3) ? unsigned : signed(random.below(6));
      const allowDowngrade = random.oneIn(4);
      return both(
        `install ${bundle.manifest.name} ${bundle.manifest.version} ${signedBy.sequence} ${allowDowngrade}`,
        async () => (await store.install(bundle, signedBy, { allowDowngrade })).unchanged,
        () => reference.install(bundle, signedBy, allowDowngrade),
      );
    }
    case 3:
      return both(
        `activate ${bundle.manifest.name} ${bundle.manifest.version}`,
        () => void store.activate(hash),
        () => reference.activate(hash),
      );
    case 4: {
      const name = random.pick(names);
      const back = store.activation(name)?.previousHash ?? '';
      return both(
        `rollback ${name}`,
        () => void store.activate(back),
        () => reference.activate(reference.activation(name)?.previousHash ?? ''),
      );
    }
    case 5:
      return both(
        `remove ${bundle.manifest.name} ${bundle.manifest.version}`,
        () => store.remove(hash),
        () => reference.remove(hash),
      );
    case 6: {
      const held = new Set([hash]);
      store.collect(held);
      reference.collect(held, versionsKept);
      expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
      return 'collect';
    }
    default:
      fixture.reopen();
      fixture.database.pragma('synchronous = OFF');
      return 'reopen';
  }
}

/** What both show is the same. */
function expectSame({ store }: StoreFixture, reference: ReferenceStore): void {
  const versions = store.versions().map(({ hash, name, version, sequence }) => ({ hash, name, version, sequence }));
  expect(versions).toEqual(reference.versions());
  for (const name of names) {
    const active = store.activation(name);
    expect(active && { hash: active.hash, previousHash: active.previousHash }).toEqual(reference.activation(name));
  }
}

test(
  'any history of installs, activations, rollbacks, removals, collections and restarts is that of the reference',
  { timeout: fuzzTimeoutMs },
  async () => {
    for (let index = 0; index < histories; index += 1) {
      const random = new Random(fuzzSeed(), index);
      using fixture = new StoreFixture({ versionsKept });
      fixture.database.pragma('synchronous = OFF');
      const reference = new ReferenceStore();
      const done: string[] = [];
      for (let left = stepsPerHistory; left > 0; left -= 1) {
        done.push(await step(random, fixture, reference));
        const context = `history ${index} of seed ${fuzzSeed()}:\n${done.join('\n')}`;
        await inContext(context, () => expectSame(fixture, reference));
      }
      expect(fixture.quarantined).toEqual([]);
    }
  },
);
