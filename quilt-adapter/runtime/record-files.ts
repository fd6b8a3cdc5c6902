/** What outlives the process: a file for each container, whole or not there. Secrets of environments are in them: only their owner reads them. */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerRecord, recordSchema } from './container-definition.ts';
import { fileFailed } from './errors.ts';

const suffix = '.json';
/** A record is a request and a few words; a file that is larger is none of ours. */
const recordBytesMax = 1024 * 1024;

/** See above. Writes are small and synchronous, so that states are written in the order in which they come. */
export class RecordFiles {
  readonly #directory: string;

  /** @throws {CodedError} `IO_FAILED`. */
  constructor(directory: string) {
    this.#directory = directory;
    attempt(`make the directory "${directory}"`, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
  }

  /** Every record, oldest first. A file that is none is set aside as `.damaged`, and named. @throws {CodedError} `IO_FAILED`. */
  load(): { readonly records: readonly ContainerRecord[]; readonly damaged: readonly string[] } {
    const records: ContainerRecord[] = [];
    const damaged: string[] = [];
    for (const file of attempt(`read the directory "${this.#directory}"`, () => readdirSync(this.#directory))) {
      const path = join(this.#directory, file);
      // What a write that was cut short has left.
      if (file.endsWith('.new')) rmSync(path, { force: true });
      if (!file.endsWith(suffix)) continue;
      const record = readRecord(path);
      if (record && `${record.id}${suffix}` === file) records.push(record);
      else {
        damaged.push(file);
        renameSync(path, `${path}.damaged`);
      }
    }
    return { records: records.toSorted((left, right) => left.createdAtMs - right.createdAtMs), damaged };
  }

  /** @throws {CodedError} `IO_FAILED`. */
  save(record: ContainerRecord): void {
    const path = join(this.#directory, `${record.id}${suffix}`);
    attempt(`write the record of the container "${record.name}"`, () => {
      writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    });
  }

  /** @throws {CodedError} `IO_FAILED`. */
  remove(id: string): void {
    attempt('remove the record of a container', () => rmSync(join(this.#directory, `${id}${suffix}`), { force: true }));
  }
}

function readRecord(path: string): ContainerRecord | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.length > recordBytesMax ? undefined : recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function attempt<Value>(action: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw fileFailed(action, error);
  }
}
