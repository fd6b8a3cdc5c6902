/**
 * Files that this process was given and would give on. Node closes none of them for a child, and bubblewrap none for its program: what whoever
 * started the host has left open (a lock, a listening socket, a secret) would be the container's.
 */
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';

/** O_CLOEXEC of proc(5)'s `flags`, octal; the same on x64 and arm64. */
const closedOnExec = 0o2_000_000;

/** The `stdio` of a child: its three streams as given, and nothing behind every other number that is open here. Leaving the scope closes the nothing. */
export function onlyStreams(streams: readonly ['pipe' | 'ignore', 'pipe' | 'ignore', 'pipe' | 'ignore']): Disposable & {
  readonly stdio: ('pipe' | 'ignore' | number)[];
} {
  const inherited = inheritedFiles();
  const stdio: ('pipe' | 'ignore' | number)[] = [...streams];
  if (inherited.length === 0) return { stdio, [Symbol.dispose]: () => undefined };
  const nothing = openSync('/dev/null', 'r');
  for (let number = 3; number <= Math.max(...inherited); number += 1)
    stdio.push(inherited.includes(number) ? nothing : 'ignore');
  return { stdio, [Symbol.dispose]: () => closeSync(nothing) };
}

/** Numbers above the three streams that an exec(3) leaves open. */
function inheritedFiles(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((number) => number > 2 && isInherited(number));
}

function isInherited(number: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closedOnExec) === 0;
  } catch {
    // It was the one of the directory itself.
    return false;
  }
}
