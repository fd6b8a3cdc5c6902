/* oxlint-disable unicorn/no-unnecessary-await, no-unsafe-finally -- hostile on purpose */
import { aria, tool } from '@aria/sdk';

@aria({ name: 'endless-loop', version: '1.0.0', description: 'Never returns' })
export class EndlessLoop {
  /** In plain code. */
  @tool({ computeMs: 300 })
  spin(): number {
    for (let count = 0; ; count += 1) if (count < 0) return count;
  }

  /** In promises, which the engine drains at the end of a turn. */
  @tool({ computeMs: 300 })
  async spinInPromises(): Promise<void> {
    for (;;) await null;
  }

  /** After a wait, and where no exception can be caught. */
  @tool({ computeMs: 300 })
  async spinLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (;;) {
      try {
        for (;;);
      } finally {
        continue;
      }
    }
  }

  /** In native code of the engine. */
  @tool({ computeMs: 300 })
  spinInSort(): number {
    const list: number[] = Array.from({ length: 20_000 }, (_, index) => index);
    for (;;) list.sort(() => (list.length % 2) - 0.5);
  }

  /** Waits again and again: little compute, all of the time. */
  @tool({ timeout: 300 })
  async waitForever(): Promise<void> {
    for (;;) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
