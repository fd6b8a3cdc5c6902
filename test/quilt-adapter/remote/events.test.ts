import { expect, test } from 'vitest';
import type { ContainerEvent } from '../../../quilt-adapter/runtime/container-runtime.ts';
import { connected, until } from './connected.ts';

/** Reads until the signal. */
function collect(from: AsyncIterable<ContainerEvent>): {
  readonly seen: ContainerEvent[];
  readonly over: Promise<void>;
} {
  const seen: ContainerEvent[] = [];
  const over = (async () => {
    for await (const event of from) seen.push(event);
  })();
  return { seen, over };
}

test('events come once each although the daemon sends them again and again, and none of before', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  for (let index = 0; index < 1_200; index += 1)
    daemon.state.events.add('created', `old-${index}`, Date.now() - 10_000);
  const end = new AbortController();
  const { seen, over } = collect(runtime.events({}, end.signal));
  const request = { image: daemon.image, command: ['/bin/sleep', '600'] };
  const first = await runtime.create(request);
  const second = await runtime.create(request);
  await runtime.remove(first.id, { force: true });
  await until(() => seen.length >= 3);
  // Another pass or two bring nothing new.
  const passes = daemon.called('StreamEvents');
  await until(() => daemon.called('StreamEvents') >= passes + 2);
  end.abort();
  await over;
  expect(seen.map(({ kind, container }) => [kind, container])).toStrictEqual([
    ['created', first.id],
    ['created', second.id],
    ['removed', first.id],
  ]);
  expect(daemon.state.events.sent).toBeGreaterThan(3_000);
  expect(seen[0]?.atMs).toBeGreaterThan(1.6e12);
});

test('filters are kept here, since unknown ones are none for the daemon', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  const request = { image: daemon.image, command: ['/bin/sleep', '600'] };
  const { id } = await runtime.create({ ...request, name: 'watched' });
  const end = new AbortController();
  const { seen, over } = collect(runtime.events({ containers: ['watched'], kinds: ['removed'] }, end.signal));
  await until(() => daemon.called('StreamEvents') > 0);
  const other = await runtime.create(request);
  await runtime.remove(other.id, { force: true });
  daemon.state.events.add('no-such-kind', id);
  await runtime.remove(id, { force: true });
  await until(() => seen.length > 0);
  end.abort();
  await over;
  expect(seen.map(({ kind, container }) => [kind, container])).toStrictEqual([['removed', id]]);
});

test('a reader goes on after the daemon was away, and ends with its signal while it is', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  const end = new AbortController();
  const { seen, over } = collect(runtime.events({}, end.signal));
  await until(() => daemon.called('StreamEvents') > 0);
  await daemon.down();
  await daemon.up();
  daemon.state.events.add('created', 'after');
  await until(() => seen.length > 0);
  expect(seen[0]?.container).toBe('after');
  await daemon.down();
  end.abort();
  await expect(over).resolves.toBeUndefined();
});

test('a reader that is closed with its connection ends', async () => {
  const both = await connected({ kind: 'patched' });
  const { over } = collect(both.runtime.events({}, new AbortController().signal));
  await until(() => both.daemon.called('StreamEvents') > 0);
  await both[Symbol.asyncDispose]();
  await expect(over).resolves.toBeUndefined();
});

test('a reader of a container that is not there is told', async () => {
  await using both = await connected();
  const { over } = collect(both.runtime.events({ containers: ['nobody'] }, new AbortController().signal));
  await expect(over).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
