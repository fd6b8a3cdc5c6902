/**
 * Named directories that outlive containers. Each is `<directory>/<name>/data`, beside its `volume.json`. The data are the user's that
 * containers have on the machine, and nobody else's; what is above them is the host's.
 */
import { chown, lstat, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makePassableSync } from '../containers/passable.ts';
import type { Volume } from './container-runtime.ts';
import { nameSchema, violationsOf } from './container-definition.ts';
import { fileFailed, specInvalid, tooMany, volumeNotFound } from './errors.ts';
import { requestMaxima } from './limits.ts';

const volumeSchema = z.object({
  createdAtMs: z.number(),
  labels: z.record(z.string().min(1).max(requestMaxima.labelCharacters), z.string().max(requestMaxima.labelCharacters)),
});

/** Where volumes are, and whose. */
export interface VolumeOptions {
  readonly directory: string;
  readonly volumesMax: number;
  /** Who containers are on the machine. */
  readonly user: { readonly uid: number; readonly gid: number };
}

/** See above. */
export class VolumeDirectory {
  readonly #directory: string;
  readonly #volumesMax: number;
  readonly #user: VolumeOptions['user'];
  /** Changes come one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ directory, volumesMax, user }: VolumeOptions) {
    this.#directory = directory;
    this.#volumesMax = volumesMax;
    this.#user = user;
  }

  /** @throws {CodedError} `CONTAINER_SPEC_INVALID`, `OVERLOADED`, `IO_FAILED`. */
  create(
    { name, labels = {} }: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
    nowMs: number,
  ): Promise<Volume> {
    return this.#inTurn(async () => {
      const action = 'create the volume';
      checkName(action, name);
      const content = volumeSchema.safeParse({ createdAtMs: nowMs, labels });
      if (!content.success) throw specInvalid(action, violationsOf(content.error));
      if (Object.keys(labels).length > requestMaxima.labels)
        throw specInvalid(action, [
          { path: 'labels', message: `must not have more than ${requestMaxima.labels} labels` },
        ]);
      if (await this.find(name)) throw specInvalid(action, [{ path: 'name', message: `"${name}" exists already` }]);
      if ((await this.list()).length >= this.#volumesMax) throw tooMany(action, 'volumes', this.#volumesMax);
      try {
        makePassableSync(this.#directory, 0o711);
        // A volume has its file from its first moment: it is made beside its place.
        const making = join(this.#directory, `.new-${name}`);
        await rm(making, { recursive: true, force: true });
        makePassableSync(making, 0o711);
        await mkdir(join(making, 'data'), { mode: 0o700 });
        await writeFile(join(making, 'volume.json'), JSON.stringify(content.data), { mode: 0o600 });
        await rename(making, join(this.#directory, name));
      } catch (error) {
        throw fileFailed(`create the volume "${name}"`, error);
      }
      return { name, ...content.data, mountPoint: this.#mountPoint(name) };
    });
  }

  /** @throws {CodedError} `NOT_FOUND`, `CONTAINER_SPEC_INVALID`, `IO_FAILED`. */
  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      checkName('remove the volume', name);
      if (!(await this.find(name))) throw volumeNotFound(name);
      try {
        // Out of sight first: what is removed halfway is no volume.
        const going = join(this.#directory, `.gone-${name}`);
        await rm(going, { recursive: true, force: true });
        await rename(join(this.#directory, name), going);
        await rm(going, { recursive: true, force: true });
      } catch (error) {
        throw fileFailed(`remove the volume "${name}"`, error);
      }
    });
  }

  /** Where a volume is to be mounted from, ready for the user of this back end; nothing where there is none. @throws {CodedError} `IO_FAILED`. */
  async source(name: string): Promise<string | undefined> {
    const volume = await this.find(name);
    if (!volume) return undefined;
    const { uid, gid } = this.#user;
    try {
      const stats = await lstat(volume.mountPoint);
      // Only root can; anybody else's containers are its own user.
      if (stats.uid !== uid || stats.gid !== gid) await chown(volume.mountPoint, uid, gid);
    } catch (error) {
      throw fileFailed(`prepare the volume "${name}"`, error);
    }
    return volume.mountPoint;
  }

  /** The volume of a name; nothing where there is none. */
  async find(name: string): Promise<Volume | undefined> {
    if (!nameSchema.safeParse(name).success) return undefined;
    const mountPoint = this.#mountPoint(name);
    try {
      // Whatever else lies there is not a volume, a link least of all.
      if (!(await lstat(mountPoint)).isDirectory()) return undefined;
      const text = await readFile(join(this.#directory, name, 'volume.json'), 'utf8');
      return { name, ...volumeSchema.parse(JSON.parse(text)), mountPoint };
    } catch {
      return undefined;
    }
  }

  /** All volumes, by name. */
  async list(): Promise<readonly Volume[]> {
    const names = await readdir(this.#directory).catch((): string[] => []);
    const volumes = await Promise.all(names.toSorted().map((name) => this.find(name)));
    return volumes.filter((volume) => volume !== undefined);
  }

  #mountPoint(name: string): string {
    return join(this.#directory, name, 'data');
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function checkName(action: string, name: string): void {
  const read = nameSchema.safeParse(name);
  if (!read.success)
    throw specInvalid(action, [{ path: 'name', message: read.error.issues[0]?.message ?? 'is wrong' }]);
}
