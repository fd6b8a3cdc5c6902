/** The containers of a runtime by id and by name, with their records. A name is taken from the request that asks for it on. */
import { type ContainerRecord, idPattern } from './container-definition.ts';
import { containerNotFound, nameTaken, tooMany } from './errors.ts';
import type { LocalContainer } from './local-container.ts';
import type { RecordFiles } from './record-files.ts';

/** What a table needs of its runtime. */
export interface TableOptions {
  readonly records: RecordFiles;
  readonly containersMax: number;
  random(bytes: number): Uint8Array;
  /** Hears what could not be written or read. Never throws. */
  onProblem(problem: unknown): void;
}

const idBytes = 12;

/** See above. */
export class ContainerTable {
  readonly #options: TableOptions;
  readonly #containers = new Map<string, LocalContainer>();
  readonly #names = new Map<string, string>();

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** Takes what the records name; what ran when they were written has failed since. @throws {CodedError} `IO_FAILED`. */
  load(make: (record: ContainerRecord) => LocalContainer): void {
    const { records, damaged } = this.#options.records.load();
    for (const file of damaged) this.#options.onProblem(new Error(`The record ${file} was damaged and is set aside`));
    for (const record of records) {
      const wasActive = record.state === 'starting' || record.state === 'running';
      const container = make(wasActive ? { ...record, state: 'failed', cause: 'the host ended while it ran' } : record);
      this.#containers.set(container.id, container);
      this.#names.set(container.name, container.id);
      if (wasActive) this.save(container);
    }
  }

  all(): readonly LocalContainer[] {
    return [...this.#containers.values()];
  }

  /** By id or name. @throws {CodedError} `NOT_FOUND`. */
  find(container: string): LocalContainer {
    const found = this.#containers.get(container) ?? this.#containers.get(this.#names.get(container) ?? '');
    if (!found) throw containerNotFound(container);
    return found;
  }

  /** The id of a name, also of one that is being made. */
  idOf(name: string): string | undefined {
    return this.#names.get(name);
  }

  /** Draws an id and takes a name for it, the id itself where none is wanted. @throws {CodedError} `CONTAINER_NAME_TAKEN`, `OVERLOADED`. */
  reserve(wanted: string | undefined): { readonly id: string; readonly name: string } {
    const id = this.#drawId();
    const name = wanted ?? id;
    if (this.#names.has(name)) throw nameTaken(name);
    const { containersMax } = this.#options;
    if (this.#names.size >= containersMax) throw tooMany('create the container', 'containers', containersMax);
    this.#names.set(name, id);
    return { id, name };
  }

  /** Gives a name back that no container has. */
  release(name: string): void {
    this.#names.delete(name);
  }

  /** A container that has a name here is there from now on. @throws {CodedError} `IO_FAILED`; it is not there then. */
  add(container: LocalContainer): void {
    this.#options.records.save(container.record());
    this.#containers.set(container.id, container);
  }

  /** Whether it was there until now. @throws {CodedError} `IO_FAILED`; it is still there then. */
  remove({ id, name }: LocalContainer): boolean {
    if (!this.#containers.has(id)) return false;
    this.#options.records.remove(id);
    this.#containers.delete(id);
    this.#names.delete(name);
    return true;
  }

  /** Makes a state last. One that is not added yet has no record, and one that was removed has none any more. */
  save(container: LocalContainer): void {
    if (this.#containers.get(container.id) !== container) return;
    try {
      this.#options.records.save(container.record());
    } catch (error) {
      this.#options.onProblem(error);
    }
  }

  #drawId(): string {
    const id = `c-${Buffer.from(this.#options.random(idBytes)).toString('hex')}`;
    if (!idPattern.test(id)) throw new TypeError('random must give as many bytes as it is asked for');
    return this.#containers.has(id) ? this.#drawId() : id;
  }
}
