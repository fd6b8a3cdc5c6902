/** What can go wrong with a request for tokens. */
import { CodedError } from '#wit/errors';
import type { DeadlockEdge } from './explain.ts';

/** Who asks, as messages name it. */
export interface Asker {
  readonly holder: string;
  readonly label: string;
}

function asks({ label, holder }: Asker): string {
  return `Cannot acquire tokens for "${label}" (${holder})`;
}

/** The request itself is wrong. */
export function requestInvalid(asker: Asker, state: string, remedy: string): CodedError {
  return new CodedError('REQUEST_INVALID', { message: `${asks(asker)}: ${state}`, remedy });
}

/** Calls within calls, beyond the maximum. */
export function tooDeep(asker: Asker, max: number, path: readonly string[]): CodedError {
  return new CodedError('CALL_DEPTH_EXCEEDED', {
    message: `${asks(asker)}: it is called by ${max} holders, one within the other: ${path.join(' → ')}`,
    details: { path },
  });
}

/** One of the maxima is reached. */
export function overloaded(asker: Asker, what: string, max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `${asks(asker)}: there are ${max} ${what}, the maximum`,
    remedy: 'Wait and try again, or raise the maximum',
  });
}

/** It waited as long as it may. */
export function waitedTooLong(asker: Asker, timeoutMs: number, reasons: readonly string[]): CodedError {
  const last = reasons[0] === undefined ? '' : `; it ${reasons[0]}`;
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `${asks(asker)}: ${timeoutMs} ms have passed${last}`,
    remedy: 'Allow a longer wait, or ask "aria tokens" who holds them',
    details: { reasons },
  });
}

/** Its wait was ended. */
export function cancelled(asker: Asker, why: string): CodedError {
  return new CodedError('CANCELLED', { message: `${asks(asker)}: ${why}` });
}

/** It was chosen to end a cycle. */
export function deadlock(asker: Asker, cycle: readonly DeadlockEdge[], words: readonly string[]): CodedError {
  return new CodedError('DEADLOCK', {
    message: `${asks(asker)}: it would wait for itself: ${words.join('; ')}`,
    details: { cycle },
  });
}

/** The scheduler is gone. */
export function schedulerClosed(asker: Asker): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `${asks(asker)}: the scheduler is closed`,
    remedy: 'Start the host again',
  });
}

/** The lease has ended: whoever had it may have been followed by another holder. */
export function leaseExpired(grant: string): CodedError {
  return new CodedError('LEASE_EXPIRED', { message: `Cannot renew the grant "${grant}": its lease has ended` });
}

/** There is no such grant, or it was given back. */
export function grantUnknown(grant: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot renew the grant "${grant}": nobody holds it`,
    remedy: 'Acquire the tokens again',
  });
}

/** Only a lease can be renewed, and only within the maximum. */
export function renewalInvalid(grant: string, state: string): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot renew the grant "${grant}": ${state}`,
    remedy: 'Renew grants that were acquired with a lease, for a positive number of milliseconds within the maximum',
  });
}

/** A quota or a maximum of the host is wrong. */
export function configInvalid(what: string, state: string, remedy: string): CodedError {
  return new CodedError('CONFIG_INVALID', { message: `Cannot schedule tokens: ${what} ${state}`, remedy });
}
