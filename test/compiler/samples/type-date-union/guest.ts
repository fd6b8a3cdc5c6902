import { tool } from '@aria/sdk';

type Change =
  | { kind: 'moved'; value: Date }
  | { kind: 'renamed'; value: string }
  | { kind: 'counted' | 'summed'; value: bigint; at: Date };
type Found = { at: Date; where: string } | { count: bigint };

/** Takes a change, whose kind says what its value is. */
export const change = tool({}, (_input: Change) => null);
/** Takes either, whose properties are never anything else. */
export const find = tool({}, (_input: { found: Found; list: (Date | { at: Date })[] }) => null);
