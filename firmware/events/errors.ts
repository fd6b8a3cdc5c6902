/** What the event stream and the tail of the log raise: one factory for each failure. */
import { CodedError } from '#wit/errors';

/** A reader fell behind by more than the backlog. `sequence`: the last one that it got. */
export function slowReader({
  epoch,
  sequence,
  backlog,
}: {
  readonly epoch?: string;
  readonly sequence: number;
  readonly backlog: number;
}): CodedError {
  return new CodedError('SLOW_READER', {
    message: `Cannot go on behind number ${sequence}: the reader is more than ${backlog} behind`,
    details: { ...(epoch === undefined ? {} : { epoch }), sequence, backlog },
  });
}

/** As many subscribers as there may be. */
export function subscribersExceeded(subscribersMax: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot subscribe: ${subscribersMax} subscribers are there`,
    remedy: 'End subscriptions that nobody reads, then try again',
    details: { subscribersMax },
  });
}

/** A cursor that no event of this host has. */
export function cursorInvalid(state: string): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot subscribe: ${state}`,
    remedy: 'Use the epoch and the sequence of an event that this host sent, or leave the cursor out',
  });
}

/** The tail is to have a number of lines that is none. */
export function tailInvalid(tail: number): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot read the log: tail is ${tail}, not a whole number from 0 up`,
    remedy: 'Ask for a whole number of lines',
  });
}
