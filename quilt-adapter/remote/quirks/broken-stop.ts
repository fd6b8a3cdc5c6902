/** StopContainer answers "Container <id> not found" for every container, running ones included. Only KillContainer ends one. */

/** Whether a refused stop of a container that is known to be there means no more than that. `timeout_seconds` is not looked at either. */
export function stopIsBroken(said: string): boolean {
  return /not found/i.test(said);
}

/** The wire has whole seconds; 0 would be another question. */
export function stopSeconds(timeoutMs: number): number {
  return Math.min(Math.max(Math.ceil(timeoutMs / 1_000), 1), 2 ** 31 - 1);
}
