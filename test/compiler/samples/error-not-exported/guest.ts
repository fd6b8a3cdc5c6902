import { tool } from '@aria/sdk';

/** Hidden. */
const hidden = tool({}, () => null);
class Kit {
  /** Hidden too. */
  @tool({})
  method(): void {}
}
export const map = { inner: tool({ name: 'inner', description: 'Nested' }, () => null) };
export let changing = tool({ name: 'changing', description: 'Not constant' }, () => null);
export const used = [hidden, Kit];
