/* oxlint-disable unicorn/no-thenable -- hostile on purpose */
import { aria, tool } from '@aria/sdk';

@aria({ name: 'never-settles', version: '1.0.0', description: 'Awaits what nothing can settle' })
export class NeverSettles {
  /** A promise that nobody holds the key of. */
  @tool()
  async stall(): Promise<void> {
    await new Promise(() => {});
  }

  /** The same after a wait. */
  @tool()
  async stallLater(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise(() => {});
  }

  /** A thenable that never calls back. */
  @tool()
  stallInThenable(): Promise<string> {
    return { then() {} } as unknown as Promise<string>;
  }

  /** A timer that is cleared while it is awaited. */
  @tool()
  async stallOnCleared(): Promise<void> {
    await new Promise((resolve) => clearTimeout(setTimeout(resolve, 1)));
  }
}
