/**
 * Ends containers when the host dies, however it dies. A small shell reads a pipe that only the host holds; its end means that the host is
 * gone. Then it kills whatever is in the host's control groups and process groups, and removes groups and files. One for a back end, so that
 * a start costs nothing. If it is killed as well, `removeOrphans` of the next host does the same.
 *
 * Nothing slips through between its look and its end: a launcher cannot join a group that is gone, and the keeper goes on until the kernel
 * has let it remove every group, which it does for empty ones only. What is in no group says its number first and looks then whether the
 * host lives; for that the keeper looks several times.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { onlyStreams } from './inherited-files.ts';
import type { Machine } from './machine.ts';

/** $1: the instance's directory; then the directories that hold its groups. No program is started before the host's death. */
const script = `
trap '' HUP INT TERM
while read -r _; do :; done
state=$1; shift
round=0
while [ $round -lt 200 ]; do
  left=0
  for file in "$state"/processes/*; do
    [ -f "$file" ] || continue
    read -r group _ < "$file" && [ "$group" -gt 1 ] && kill -9 "-$group" 2>/dev/null
  done
  for home in "$@"; do
    for group in "$home"/*/; do
      [ -d "$group" ] || continue
      while read -r member; do kill -9 "$member" 2>/dev/null; done < "$group/cgroup.procs"
      rmdir "$group" 2>/dev/null || left=1
    done
    [ ! -d "$home" ] || rmdir "$home" 2>/dev/null || left=1
  done
  [ $left = 0 ] && [ $round -gt 10 ] && break
  round=$((round + 1))
  sleep 0.02
done
rm -rf "$state"
`;

/** What the keeper looks after. */
export interface KeeperOptions {
  readonly machine: Machine;
  readonly instanceDirectory: string;
  readonly groupDirectories: readonly string[];
}

/** Keeps a keeper alive. Leaving the scope ends it; whoever does that has removed everything by himself. */
export class Keeper implements Disposable {
  readonly #options: KeeperOptions;
  #child: ChildProcess | undefined;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.ensure();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts another one if somebody has ended the last. Before every start of a container. */
  ensure(): void {
    if (this.#closed || this.#child) return;
    const { machine, instanceDirectory, groupDirectories } = this.#options;
    using files = onlyStreams(['pipe', 'ignore', 'ignore']);
    const child = spawn(machine.shell, ['-c', script, 'aria-keeper', instanceDirectory, ...groupDirectories], {
      // A session of its own: what ends the host's process group must not end it.
      detached: true,
      cwd: '/',
      env: { PATH: machine.searchPath },
      stdio: files.stdio,
    });
    child.on('error', () => this.#forget(child));
    child.on('exit', () => this.#forget(child));
    child.stdin?.on('error', () => undefined);
    // The host may end by itself: that, too, is the end of the pipe.
    child.unref();
    if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
    this.#child = child;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#child?.kill('SIGKILL');
  }

  #forget(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
  }
}
