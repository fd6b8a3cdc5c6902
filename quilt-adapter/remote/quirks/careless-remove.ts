/**
 * RemoveContainer says yes in any state and ignores `force`: the files of a running container go, its process stays. So the process is killed first, and
 * what the daemon does not refuse is refused here.
 */
import type { ContainerState } from '../../runtime/container-runtime.ts';

/** What must happen before the remove. */
export type BeforeRemove = 'nothing' | 'kill' | 'wait-then-kill' | 'refuse';

const beforeByState: Readonly<Record<ContainerState, { readonly plain: BeforeRemove; readonly forced: BeforeRemove }>> =
  {
    created: { plain: 'nothing', forced: 'nothing' },
    // A kill of one that starts finds nothing to kill.
    starting: { plain: 'refuse', forced: 'wait-then-kill' },
    running: { plain: 'refuse', forced: 'kill' },
    exited: { plain: 'nothing', forced: 'nothing' },
    failed: { plain: 'nothing', forced: 'nothing' },
  };

/** By state and `force`. */
export function beforeRemove(state: ContainerState, force: boolean): BeforeRemove {
  return beforeByState[state][force ? 'forced' : 'plain'];
}
