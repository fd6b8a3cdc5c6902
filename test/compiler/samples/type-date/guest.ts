import { tool } from '@aria/sdk';

interface Meeting {
  at: Date;
  until?: Date;
  moved: Date | null;
  alarm: Date | number;
  start: Date | 'now' | 'tomorrow';
  breaks: Date[];
  byRoom: Record<string, Date>;
  seats: { since: Date }[];
}

/** Moves it. */
export const move = tool({}, (input: Meeting): { at: Date; seats: (Date | null)[] } => ({ at: input.at, seats: [] }));
/** Gives a moment. */
export const now = tool({}, async () => new Date(0));
