import { describe, expect, test, vi } from 'vitest';
import { createProgress } from '../../terminal/progress.ts';

function setUp(isTTY: boolean) {
  let written = '';
  let nowMs = 0;
  vi.useFakeTimers();
  const stream = { isTTY, columns: 20, write: (text: string) => ((written += text), true) };
  return {
    progress: createProgress({ stream: stream as never, afterMs: 500, now: () => nowMs }),
    /** What has been written since the last time. */
    written: () => [written, (written = '')][0],
    /** Time with free thread, so that timers fire. */
    wait: (ms: number) => {
      nowMs += ms;
      vi.advanceTimersByTime(ms);
    },
    /** Time in which the thread was held. */
    hold: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('without a terminal, progress', () => {
  test('says nothing of work that ends within half a second', () => {
    const { progress, written, wait } = setUp(false);
    progress.step('Reading types');
    wait(300);
    progress.step('Bundling');
    wait(199);
    progress.clear();
    wait(10_000);
    expect(written()).toBe('');
  });
  test('is one plain line for the step that is at work after half a second, then at most one each half second', () => {
    const { progress, written, wait, hold } = setUp(false);
    progress.step('Reading types');
    wait(200);
    progress.step('Bundling');
    wait(299);
    expect(written()).toBe('');
    wait(1);
    expect(written()).toBe('Bundling…\n');
    progress.step('Packing');
    progress.step('Writing');
    expect(written()).toBe('');
    hold(500);
    progress.step('Resting');
    expect(written()).toBe('Resting…\n');
    wait(10_000);
    expect(written()).toBe('');
  });
});

describe('on a terminal, progress', () => {
  test('is one line that is rewritten, cut to the width, and gone at the end', () => {
    const { progress, written } = setUp(true);
    progress.step('Reading types');
    expect(written()).toBe('\r\u001B[2KReading types…');
    progress.step('Building components, 1 of 5');
    expect(written()).toBe('\r\u001B[2KBuilding components');
    progress.clear();
    expect(written()).toBe('\r\u001B[2K');
    progress.clear();
    expect(written()).toBe('');
  });
});
