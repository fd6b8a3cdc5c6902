/**
 * The process that becomes a container's runtime. It joins the control group first, and then waits for its orders: joining takes up to
 * 10 ms (the kernel waits for a grace period), so the next one is kept waiting in a group of its own, with its limits still unset.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { onlyStreams } from './inherited-files.ts';
import type { Machine } from './machine.ts';
import type { Stage } from './stage.ts';

/**
 * $1: files to join by, $2: the host, $3: a mount to hide from the runtime. Orders come on stdin: the maximum of open files, the
 * container's directory, where to stage, what to stage, an empty line, the words of a command, an empty line. The host's death before that
 * is the end of stdin, and of this.
 */
const orders = `
for file in $1; do echo $$ > "$file" || exit 71; done
kill -0 "$2" 2>/dev/null || exit 72
if [ -n "$3" ]; then umount "$3" || exit 73; fi
IFS= read -r files && IFS= read -r place && IFS= read -r home || exit 0
index=0
while IFS= read -r source && [ -n "$source" ]; do
  if [ $index = 0 ]; then mount -t tmpfs -o mode=755,size=64k aria "$home" || exit 75; fi
  kind=\${source%%/*}
  source=/\${source#*/}
  if [ -d "$source" ]; then mkdir -m 755 "$home/$index"; else : > "$home/$index"; fi
  mount --bind "$source" "$home/$index" || exit 75
  if [ "$kind" = inert ]; then mount -o remount,bind,nosuid,nodev,noexec "$home/$index" || exit 75; fi
  index=$((index + 1))
done
ulimit -c 0
ulimit -n "$files" || exit 74
set --
while IFS= read -r word; do
  if [ -z "$word" ]; then RUN; fi
  case $word in %*) word=$(printf '%b.' "\${word#%}"); word=\${word%.} ;; esac
  set -- "$@" "$word"
done
`;
const scripts = {
  plain: orders.replace('RUN', 'exec "$@" < /dev/null'),
  /** bubblewrap's arguments and filter come from files, its status goes into one. */
  files: orders.replace('RUN', 'exec "$@" < /dev/null 3< "$place/arguments" 4< "$place/seccomp" 5> "$place/status"'),
} as const;

/** How a launcher is started. */
export interface LauncherOptions {
  readonly machine: Machine;
  readonly script: keyof typeof scripts;
  /** Joined before anything else. */
  readonly memberFiles: readonly string[];
  /** Into a mount namespace of its own, where mounts of a runtime are nobody else's. */
  readonly privateMounts: boolean;
  /** A mount that the runtime must not see. */
  readonly hiddenMount: string | undefined;
}

/** What a launcher becomes. */
export interface Orders {
  readonly openFilesMax: number;
  readonly directory: string;
  readonly stage: Pick<Stage, 'home' | 'staged'>;
  readonly words: readonly string[];
}

/** Starts a launcher. It is a child with stdout and stderr of the container to be. */
export function spawnLauncher({
  machine,
  script,
  memberFiles,
  privateMounts,
  hiddenMount,
}: LauncherOptions): ChildProcess {
  const command = [
    ...(privateMounts ? [machine.find('unshare') ?? 'unshare', '--mount', '--propagation', 'slave'] : []),
    ...[machine.shell, '-c', scripts[script], 'aria-launcher', memberFiles.join(' '), String(process.pid)],
    hiddenMount ?? '',
  ];
  using files = onlyStreams(['pipe', 'pipe', 'pipe']);
  const child = spawn(command[0] ?? machine.shell, command.slice(1), {
    cwd: '/',
    env: { PATH: machine.searchPath },
    stdio: files.stdio,
    // Its own process group: what a terminal sends to the host's is not for containers.
    detached: true,
  });
  // Whoever waits for its end learns of it; a signal that came too late is no error.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  return child;
}

/** Tells a launcher what to become. */
export function sendOrders(child: ChildProcess, { openFilesMax, directory, stage, words }: Orders): void {
  const before = [String(openFilesMax), directory, stage.home];
  for (const { source, isInert } of stage.staged) before.push(`${isInert ? 'inert' : ''}${source}`);
  if (before.some((line) => line === '' || line.includes('\n')))
    throw new Error('Cannot start a runtime: a path is empty or has a line end');
  child.stdin?.end([...before, '', ...words.map(lineOf), '', ''].join('\n'));
}

/** A word as a line: one that is none by itself goes through printf's escapes, which costs the shell a process. */
function lineOf(word: string): string {
  if (word !== '' && !word.startsWith('%') && !word.includes('\n')) return word;
  return `%${word.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`;
}

/** What an exit code of the script above means. */
export function launcherFailure(exitCode: number | null): string | undefined {
  switch (exitCode) {
    case 71:
      return 'the control group could not be joined';
    case 72:
      return 'the host has ended';
    case 73:
      return 'the mount of control groups v2 could not be hidden';
    case 74:
      return 'the maximum of open files could not be set';
    case 75:
      return 'a directory could not be bound to where the container reaches it';
    default:
      return undefined;
  }
}
