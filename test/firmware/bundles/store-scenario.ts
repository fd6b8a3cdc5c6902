/** A story of a store in steps, which a process tells while it is being killed, and a test compares with how it should go. */
import type { ContentStore } from '../../../firmware/bundles/open-bundle-store.ts';
import { sampleBundle, signed } from './sample-versions.ts';

/** A step is one change of the store. */
export interface ScenarioStep {
  readonly name: string;
  readonly run: (store: ContentStore) => unknown;
}

const name = 'invoice-kit';
const [first, second, third, fourth] = ['1.0.0', '2.0.0', '3.0.0', '4.0.0'].map((version) =>
  sampleBundle({ version, text: version }),
) as [Bundles, Bundles, Bundles, Bundles];
type Bundles = ReturnType<typeof sampleBundle>;

/** What the store has before: two versions, the second active. */
export async function prepare(store: ContentStore): Promise<void> {
  for (const [index, bundle] of [first, second].entries()) {
    await store.install(bundle, signed(index + 1), { allowDowngrade: false });
    store.activate(bundle.hash);
  }
}

/** Every kind of change, in an order in which each has something to do. */
export const scenario: readonly ScenarioStep[] = [
  { name: 'install', run: (store) => store.install(third, signed(3), { allowDowngrade: false }) },
  { name: 'activate', run: (store) => store.activate(third.hash) },
  { name: 'rollback', run: (store) => store.activate(store.activation(name)?.previousHash ?? '') },
  { name: 'remove', run: (store) => store.remove(first.hash) },
  {
    name: 'install and activate',
    run: (store) =>
      store.install(fourth, signed(4), { allowDowngrade: false, commit: ({ hash }) => void store.activate(hash) }),
  },
  // 4 is active and 2 what a rollback goes back to; 3 goes with its content, and that of 1 does.
  { name: 'collect', run: (store) => store.collect(new Set()) },
];

/** What can be told apart from outside, times left out. */
export function stateOf(store: ContentStore): string {
  const versions = store.versions().map(({ version, sequence, quarantined }) => ({ version, sequence, quarantined }));
  const active = store.activations().map(({ version, previousHash }) => ({
    version,
    previous: store.version(previousHash ?? '')?.version,
  }));
  return JSON.stringify({ versions, active });
}
