import { tool } from '@aria/sdk';

interface Text {
  kind: 'note';
  /** What it says. */
  text: string;
}
interface Sketch {
  kind: 'note';
  /** Its lines. */
  lines: { from: number; to: number }[];
  text: string | null;
}
interface Task {
  kind: 'task';
  due: string;
}

/** Takes it. */
export const take = tool({}, (input: { item: Text | Sketch | Task }) => null);
