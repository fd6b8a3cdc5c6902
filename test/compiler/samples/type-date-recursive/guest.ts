import { tool } from '@aria/sdk';

interface Comment {
  at: Date;
  votes?: bigint;
  answers: Comment[];
}
interface Folder {
  name: string;
  inside: (Folder | File)[];
}
interface File {
  name: string;
  changed: Date;
}

/** Takes them. */
export const take = tool({}, (input: { root: Comment; folder: Folder }): Comment => input.root);
