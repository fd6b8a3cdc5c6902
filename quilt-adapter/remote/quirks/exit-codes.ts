/**
 * The daemon as published loses exit codes: all of 89 that were not zero came as 0, since two reapers race and the loser writes 0. Only a kill is told
 * apart, as -9. A patched daemon gives them right, a signal as 128 and its number.
 */

/** How a container ended, as far as anybody can know. */
export interface KnownExit {
  readonly exitCode: number | undefined;
  readonly cause: string | undefined;
}

/** `cause` of an end whose exit code is not known. */
export const exitCodeLost = 'exit code not known: this daemon says 0 for ends that were not';

/** Reads an exit code. `trusted`: the daemon is known to give them right. */
export function knownExit(exitCode: number, trusted: boolean): KnownExit {
  if (exitCode === 0) return trusted ? { exitCode, cause: undefined } : { exitCode: undefined, cause: exitCodeLost };
  if (exitCode < 0) return { exitCode: undefined, cause: exitCode === -9 ? 'killed (SIGKILL)' : `signal ${-exitCode}` };
  const signal = exitCode > 128 && exitCode <= 128 + 64 ? exitCode - 128 : undefined;
  return { exitCode, cause: signal === undefined ? undefined : `signal ${signal}, or an exit with ${exitCode}` };
}
