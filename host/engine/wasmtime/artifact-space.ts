/** Keeps the directory of compiled code below its maxima: what was not used for longest goes first. */
import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactLimits } from '../../limits.ts';

/** What a space is made of. */
export interface ArtifactSpaceOptions {
  readonly directory: string;
  /** The file of an artifact whose size and time count. */
  readonly codeFile: string;
  readonly bytesMax: number;
  readonly nowMs: () => number;
}

/** Room for one artifact, held until this is disposed of. */
export interface Reservation extends Disposable {
  /** The artifact is in its place. */
  readonly used: () => void;
}

interface Kept {
  readonly name: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** The bytes of a directory, as far as this process knows: other processes add and remove. */
export class ArtifactSpace {
  /** Names of what is being written, and of what is being removed. */
  static readonly writtenPrefix = '.new-';
  static readonly removedPrefix = '.old-';

  readonly #options: ArtifactSpaceOptions;
  #bytes = 0;
  #count = 0;
  #reservedBytes = 0;
  /** Additions since the directory was looked through. */
  #additions: number = artifactLimits.additionsUntilLook;
  #looking: Promise<void> | undefined;

  constructor(options: ArtifactSpaceOptions) {
    this.#options = options;
  }

  /**
   * Makes room by removing others.
   * @throws {Error} where the artifact alone is larger than all may be
   */
  async reserve(bytes: number): Promise<Reservation> {
    const { bytesMax } = this.#options;
    if (bytes > bytesMax) throw new Error(`it has ${bytes} bytes, and all code may have ${bytesMax}`);
    this.#reservedBytes += bytes;
    this.#additions += 1;
    if (this.#additions > artifactLimits.additionsUntilLook || this.#full()) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
      await this.#looking;
    }
    let held = true;
    const release = (): void => {
      if (held) this.#reservedBytes -= bytes;
      held = false;
    };
    const used = (): void => {
      this.#bytes += bytes;
      this.#count += 1;
    };
    return { used, [Symbol.dispose]: release };
  }

  #full(): boolean {
    const { bytesMax } = this.#options;
    return this.#bytes + this.#reservedBytes > bytesMax || this.#count >= artifactLimits.artifactsMax;
  }

  /** Looks at everything, and removes until what is reserved fits in. A directory that cannot be read is left as it is. */
  async #look(): Promise<void> {
    this.#additions = 0;
    const kept = (await this.#kept()).sort((left, right) => left.usedMs - right.usedMs);
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#count = kept.length;
    if (!this.#full()) return;
    const bytesKept = Math.min(
      this.#options.bytesMax * artifactLimits.shareKept,
      this.#options.bytesMax - this.#reservedBytes,
    );
    const countKept = artifactLimits.artifactsMax * artifactLimits.shareKept;
    for (const { name, bytes } of kept) {
      if (this.#bytes <= bytesKept && this.#count <= countKept) return;
      if (!(await this.#remove(name))) continue;
      this.#bytes -= bytes;
      this.#count -= 1;
    }
  }

  async #kept(): Promise<Kept[]> {
    const { directory, codeFile, nowMs } = this.#options;
    const names = await readdir(directory).catch(() => []);
    const found: Kept[] = [];
    for (const name of names) {
      const leftover = name.startsWith(ArtifactSpace.writtenPrefix) || name.startsWith(ArtifactSpace.removedPrefix);
      if (!leftover && !/^[0-9a-f]{64}$/.test(name)) continue;
      const path = leftover ? join(directory, name) : join(directory, name, codeFile);
      const facts = await lstat(path).catch(() => undefined);
      if (leftover) {
        if (facts && nowMs() - facts.mtimeMs > artifactLimits.leftoverMs) await this.#remove(name);
      } else {
        // Without its code it is nothing, and goes first.
        found.push({ name, bytes: facts?.size ?? 0, usedMs: facts?.mtimeMs ?? 0 });
      }
    }
    return found;
  }

  /** Whether it is gone. Whoever holds it open keeps it until it is closed. */
  async #remove(name: string): Promise<boolean> {
    const { directory } = this.#options;
    const aside = join(directory, `${ArtifactSpace.removedPrefix}${randomUUID()}`);
    try {
      await rename(join(directory, name), aside);
      await rm(aside, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  }
}
