import { tool } from '@aria/sdk';

/** Exported at the end, by another name. */
const inner = tool({}, () => 1);
class Kit {
  /** A method. */
  @tool({})
  run(): number {
    return 2;
  }
}
export { inner as outer, Kit };
