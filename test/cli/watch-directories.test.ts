import { afterAll, describe, expect, test, vi } from 'vitest';
import { DirectoryWatchers } from '../../compiler/watch-directories.ts';
import { temporaryDirectory } from './run-arc.ts';

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

describe('DirectoryWatchers', () => {
  function setUp() {
    vi.useFakeTimers();
    const events = new Map<string, (name: string | null) => void>();
    const closed: string[] = [];
    const watchers = new DirectoryWatchers((path, onEvent) => {
      events.set(path, (name) => onEvent('change', name));
      return { on: () => undefined, close: () => closed.push(path) } as never;
    });
    watchers.watch(new Map([[directory.path, new Set(['counts'])]]));
    let changes = 0;
    const wait = (): void => void watchers.change().then(() => (changes += 1));
    const event = (name: string | null): void => events.get(directory.path)?.(name);
    return { watchers, event, wait, changes: () => changes, closed };
  }
  afterAll(() => vi.useRealTimers());

  test('a burst is one change, told when it has been quiet', async () => {
    const { event, wait, changes, watchers } = setUp();
    wait();
    for (let index = 0; index < 10; index += 1) {
      event('counts');
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(changes()).toBe(0);
    await vi.advanceTimersByTimeAsync(10);
    expect(changes()).toBe(1);
    wait();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(changes()).toBe(1);
    watchers[Symbol.dispose]();
  });

  test('a burst without end is told all the same', async () => {
    const { event, wait, changes } = setUp();
    wait();
    for (let index = 0; index < 50; index += 1) {
      event(null);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(changes()).toBe(1);
  });

  test('a change while nobody waits is told to who asks next; names that do not count are none', async () => {
    const { event, wait, changes } = setUp();
    event('counts');
    await vi.advanceTimersByTimeAsync(30);
    wait();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes()).toBe(1);
    wait();
    event('other');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(changes()).toBe(1);
  });

  test('an abort ends waiting; disposal closes every watcher, and twice is once', async () => {
    const { watchers, closed } = setUp();
    const controller = new AbortController();
    const waiting = watchers.change(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(watchers.change(controller.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    watchers[Symbol.dispose]();
    watchers[Symbol.dispose]();
    expect(closed).toEqual([directory.path]);
  });
});
