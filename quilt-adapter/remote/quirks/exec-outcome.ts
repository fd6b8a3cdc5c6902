/**
 * `success` of an ExecContainer says little: it is false with exit code 0 where stderr holds "not found", "No such file" or "can't execute". The exit
 * code is right, unless the message says that nothing ran. -1: nothing ran, or a signal ended it.
 */
import type { WireExecution } from '../messages.ts';

/** What became of a command. */
export type ExecutionOutcome =
  | { readonly kind: 'ended'; readonly exitCode: number }
  /** By a signal that nobody knows. */
  | { readonly kind: 'signalled' }
  | { readonly kind: 'not-running' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'never-ran'; readonly said: string };

/** Reads an answer. */
export function executionOutcome({ success, exitCode, errorMessage }: WireExecution): ExecutionOutcome {
  if (!success && /^Container .*\bis not running\b/s.test(errorMessage)) return { kind: 'not-running' };
  if (!success && /^Container .*\bnot found\b/s.test(errorMessage)) return { kind: 'not-found' };
  if (!success && /^(?:Exec failed|Container)/.test(errorMessage)) return { kind: 'never-ran', said: errorMessage };
  return exitCode < 0 ? { kind: 'signalled' } : { kind: 'ended', exitCode };
}
