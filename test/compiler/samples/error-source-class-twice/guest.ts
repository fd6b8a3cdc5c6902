import { tool } from '@aria/sdk';
export class Kit {
  /** The first tool. */
  @tool({})
  first(): string {
    return 'first';
  }
}
export class Kit {
  /** The second tool. */
  @tool({})
  second(): string {
    return 'second';
  }
}
