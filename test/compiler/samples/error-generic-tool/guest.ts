import { tool } from '@aria/sdk';

/** Generic. */
export const identity = tool({}, <T extends { a: string }>(input: T): T => input);
export class Kit<T> {
  /** In a generic class. */
  @tool({})
  give(): T | undefined {
    return undefined;
  }
}
