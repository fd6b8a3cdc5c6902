import { tool } from '@aria/sdk';

const enum Level {
  Low = 1,
  High = 3,
}
enum Mixed {
  Name = 'name',
  Zero = 0,
}
enum Computed {
  First = 'first'.length,
  Second = 2,
}

/** Takes them. */
export const take = tool(
  {},
  (input: {
    level: Level;
    mixed: Mixed;
    computed: Computed;
    names: Record<Mixed.Name, string>;
    byLevel: Partial<Record<Level, boolean>>;
  }): Level => (input.level === Level.Low ? Level.High : Level.Low),
);
