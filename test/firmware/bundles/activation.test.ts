/** Which version is active, what a rollback goes back to, and what a collection leaves. */
import { expect, test } from 'vitest';
import { StoreFixture, code } from './store-fixture.ts';
import { sampleBundle, signed, unsigned } from './sample-versions.ts';

const nobody: ReadonlySet<string> = new Set();

/** Installs versions named by their texts. @returns their hashes, in order. */
async function install(fixture: StoreFixture, ...versions: readonly string[]): Promise<readonly string[]> {
  const hashes: string[] = [];
  for (const version of versions) {
    const bundle = sampleBundle({ version, text: version });
    hashes.push((await fixture.store.install(bundle, unsigned, { allowDowngrade: false })).version.hash);
  }
  return hashes;
}

/** The active version and what a rollback goes back to. */
function state(fixture: StoreFixture): readonly (string | undefined)[] {
  const active = fixture.store.activation('invoice-kit');
  expect(fixture.store.activations()).toEqual(active === undefined ? [] : [active]);
  const previous = active?.previousHash;
  return [active?.version, previous === undefined ? undefined : fixture.store.version(previous)?.version];
}

/** As `aria rollback` does it. */
function rollBack(fixture: StoreFixture): void {
  fixture.store.activate(fixture.store.activation('invoice-kit')?.previousHash ?? '');
}

test('an activation says what was active before, and is still there after the store was opened again', async () => {
  using fixture = new StoreFixture();
  const [one = '', two = ''] = await install(fixture, '1.0.0', '2.0.0');
  expect(state(fixture)).toEqual([undefined, undefined]);
  const first = fixture.store.activate(one);
  expect(first).toEqual({ name: 'invoice-kit', hash: one, version: '1.0.0', activatedAtMs: fixture.nowMs });
  expect(fixture.store.activate(two)).toMatchObject({ hash: two, previousHash: one });
  fixture.reopen();
  expect(state(fixture)).toEqual(['2.0.0', '1.0.0']);
});

test('activating what is active changes nothing', async () => {
  using fixture = new StoreFixture();
  const [one = '', two = ''] = await install(fixture, '1.0.0', '2.0.0');
  fixture.store.activate(one);
  const active = fixture.store.activate(two);
  expect(fixture.store.activate(two)).toEqual(active);
  expect(state(fixture)).toEqual(['2.0.0', '1.0.0']);
});

test('each rollback goes one version further back, and never to what was rolled back', async () => {
  using fixture = new StoreFixture();
  for (const hash of await install(fixture, '1.0.0', '2.0.0', '3.0.0')) fixture.store.activate(hash);
  expect(state(fixture)).toEqual(['3.0.0', '2.0.0']);
  rollBack(fixture);
  expect(state(fixture)).toEqual(['2.0.0', '1.0.0']);
  rollBack(fixture);
  expect(state(fixture)).toEqual(['1.0.0', undefined]);
});

test('after a rollback the next version comes on top of what it went back to', async () => {
  using fixture = new StoreFixture();
  const [one = '', two = '', three = ''] = await install(fixture, '1.0.0', '2.0.0', '3.0.0');
  for (const hash of [one, two, one, three]) fixture.store.activate(hash);
  expect(state(fixture)).toEqual(['3.0.0', '1.0.0']);
  fixture.store.activate(two);
  expect(state(fixture)).toEqual(['2.0.0', '3.0.0']);
  fixture.store.activate(one);
  expect(state(fixture)).toEqual(['1.0.0', '2.0.0']);
});

test('a rollback passes over versions that were removed, and a version of the way back may go', async () => {
  using fixture = new StoreFixture();
  const hashes = await install(fixture, '1.0.0', '2.0.0', '3.0.0');
  for (const hash of hashes) fixture.store.activate(hash);
  fixture.store.remove(hashes[1] ?? '');
  expect(state(fixture)).toEqual(['3.0.0', '1.0.0']);
  rollBack(fixture);
  expect(state(fixture)).toEqual(['1.0.0', undefined]);
});

test('the active version cannot be removed, any other can', async () => {
  using fixture = new StoreFixture();
  const [one = '', two = ''] = await install(fixture, '1.0.0', '2.0.0');
  fixture.store.activate(two);
  expect(() => fixture.store.remove(two)).toThrow(code('BUNDLE_IN_USE'));
  fixture.store.remove(one);
  expect(() => fixture.store.remove(one)).toThrow(code('BUNDLE_NOT_FOUND'));
  fixture.store.collect(nobody);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
});

test('a collection leaves the active version, the rollback target, what is held, the newest, and as many inactive ones as are kept', async () => {
  using fixture = new StoreFixture({ versionsKept: 1 });
  const hashes = await install(fixture, '1.0.0', '2.0.0', '3.0.0', '4.0.0', '5.0.0', '6.0.0');
  fixture.store.activate(hashes[1] ?? '');
  fixture.store.activate(hashes[3] ?? '');
  const before = fixture.bytesOnDisk();
  const freed = fixture.store.collect(new Set([hashes[2] ?? '']));
  // 6 is kept; 5 and 1 go; 4 is active; 3 is held; 2 is what a rollback goes back to.
  expect(fixture.store.versions().map(({ version }) => version)).toEqual(['6.0.0', '4.0.0', '3.0.0', '2.0.0']);
  expect(fixture.objectFiles()).toEqual(await fixture.neededObjects());
  expect(freed).toEqual({ objects: 4, bytes: before - fixture.bytesOnDisk() });
  expect(fixture.store.collect(new Set([hashes[2] ?? '']))).toEqual({ objects: 0, bytes: 0 });
  expect(fixture.store.collect(nobody)).toMatchObject({ objects: 2 });
});

test('the newest version stays where none are kept, since it may be about to become active', async () => {
  using fixture = new StoreFixture({ versionsKept: 0 });
  const [one = '', , three = ''] = await install(fixture, '1.0.0', '2.0.0', '3.0.0');
  fixture.store.activate(one);
  fixture.store.collect(nobody);
  expect(fixture.store.versions().map(({ version }) => version)).toEqual(['3.0.0', '1.0.0']);
  fixture.store.activate(three);
});

test('content that a removed and a remaining version share stays', async () => {
  using fixture = new StoreFixture();
  const first = sampleBundle();
  const second = sampleBundle({ name: 'other-kit' });
  for (const bundle of [first, second]) await fixture.store.install(bundle, signed(1), { allowDowngrade: false });
  fixture.store.remove(first.hash);
  expect(fixture.store.collect(nobody).objects).toBe(1);
  expect(await fixture.store.open(second.hash)).toEqual(second);
});

test('the way back has a maximum, and a long history keeps the last part of it', async () => {
  using fixture = new StoreFixture();
  const [one = '', two = '', three = ''] = await install(fixture, '1.0.0', '2.0.0', '3.0.0');
  fixture.database.pragma('synchronous = OFF');
  for (let round = 0; round < 400; round += 1) for (const hash of [one, two, three]) fixture.store.activate(hash);
  const rows = fixture.database.prepare('SELECT count(*) FROM bundle_activation_history').pluck().get();
  expect(rows).toBe(1_000);
  expect(state(fixture)).toEqual(['3.0.0', '2.0.0']);
});
