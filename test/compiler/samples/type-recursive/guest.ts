import { tool } from '@aria/sdk';

/** A node with its children. */
interface Tree {
  name: string;
  children?: Tree[];
}

/** Takes it. */
export const take = tool({}, (input: Tree) => null);
