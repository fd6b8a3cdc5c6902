import { tool } from '@aria/sdk';

interface User {
  id: number;
  name: string;
  age: number;
}

/** Takes it. */
export const take = tool({}, (input: { a: Partial<User>; b: Pick<User, 'name' | 'id'>; c: Omit<User, 'age'>; d: Required<{ x?: number }>; e: Readonly<User>; f: User['name']; g: Exclude<'a' | 'b' | 'c', 'b'> }) => null);
