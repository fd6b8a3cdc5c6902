import { tool } from '@aria/sdk';

/** Two. */
export const two = tool({}, (a: string, b: number) => a + b);
export class Kit {
  /** Three. */
  @tool({})
  three(a: string, b: number, c: boolean): string {
    return `${a}${b}${c}`;
  }

  /** Rest. */
  @tool({})
  rest(...all: string[]): string {
    return all.join();
  }
}
