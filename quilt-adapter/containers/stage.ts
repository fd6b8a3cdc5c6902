/**
 * Directories that a container's user may not pass on the way to what is mounted (`~/.aria` below a home of mode 0700) are gone round: the
 * launcher binds what lies behind them to a place that everybody may pass, in its own mount namespace, where nobody else sees it.
 */
import { statSync } from 'node:fs';
import path from 'node:path';

/** Directories of every Linux that no container needs; the launcher covers one with a tmpfs. */
const homes = ['/mnt', '/media', '/srv', '/opt'];

/** What has to be bound before the runtime starts. */
export interface Staged {
  readonly source: string;
  /** Bound so that nothing of it can be run, be a device, or give rights. */
  readonly isInert: boolean;
}

/** The places of one container. */
export class Stage {
  readonly home: string;
  /** In order: the first one becomes `<home>/0`. */
  readonly staged: Staged[] = [];
  readonly #isNeeded: boolean;

  /** `paths` are all that the runtime will read, so that none is covered. */
  constructor(isNeeded: boolean, paths: readonly string[]) {
    this.#isNeeded = isNeeded;
    const isFree = (home: string) =>
      isDirectory(home) && paths.every((one) => one !== home && !one.startsWith(`${home}/`));
    this.home = homes.find(isFree) ?? '/mnt';
  }

  /** The path by which the container's user reaches a file. */
  reach(source: string): string {
    return !this.#isNeeded || canPass(source) ? source : this.#bind({ source, isInert: false });
  }

  /** The same, bound inert in any case; for a runtime that forgets to do so. */
  reachInert(source: string): string {
    return this.#isNeeded ? this.#bind({ source, isInert: true }) : source;
  }

  #bind(wanted: Staged): string {
    const known = this.staged.findIndex(
      ({ source, isInert }) => source === wanted.source && isInert === wanted.isInert,
    );
    if (known < 0) this.staged.push(wanted);
    return path.join(this.home, String(known < 0 ? this.staged.length - 1 : known));
  }
}

/** Whether everybody may pass all directories above. */
function canPass(source: string): boolean {
  for (let at = path.dirname(source); ; at = path.dirname(at)) {
    if (((statSync(at, { throwIfNoEntry: false })?.mode ?? 0) & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
