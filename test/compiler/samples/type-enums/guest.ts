import { tool } from '@aria/sdk';

enum Text {
  Last = 'z',
  First = 'a',
}
enum Count {
  Zero,
  Five = 5,
}
enum Flag {
  On = 1,
  Off = 2,
}

/** Takes it. */
export const take = tool({}, (input: { a: Text; b: Count; c: Flag.Off }) => null);
