/** How calls end that nobody wants any more, on every engine. */
import type { TurnOutcome } from '#wit/interfaces';

type Ended = Extract<TurnOutcome, { kind: 'ended' }>;

export const callDropped: Ended = {
  kind: 'ended',
  code: 'CANCELLED',
  message: 'Cannot finish the turn: the call was dropped',
  cause: 'dropped',
};

export const engineClosed: Ended = {
  kind: 'ended',
  code: 'CANCELLED',
  message: 'Cannot finish the turn: the engine was closed',
  cause: 'closed',
};
