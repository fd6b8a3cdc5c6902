/** What the daemon cannot list: the containers that this connection created, by id and by name. Names are unique here; the daemon takes any twice. */
import type { ContainerRequest } from '../runtime/container-runtime.ts';
import { nameTaken, overloaded } from './errors.ts';

/** What was asked for, which the daemon never says. */
export interface KnownContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels: NonNullable<ContainerRequest['labels']>;
}

/** The list. */
export class KnownContainers {
  readonly #countMax: number;
  readonly #byId = new Map<string, KnownContainer>();
  readonly #byName = new Map<string, KnownContainer>();
  /** Names of containers that are being created. */
  readonly #reserved = new Set<string>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Keeps a name until the creation is over. @throws {CodedError} `CONTAINER_NAME_TAKEN`, `OVERLOADED`. */
  reserve(name: string): Disposable {
    if (this.#byName.has(name) || this.#byId.has(name) || this.#reserved.has(name)) throw nameTaken(name);
    if (this.#byId.size + this.#reserved.size >= this.#countMax) {
      throw overloaded(`create the container "${name}"`, `this connection keeps ${this.#countMax} already`);
    }
    this.#reserved.add(name);
    return { [Symbol.dispose]: () => void this.#reserved.delete(name) };
  }

  add(container: KnownContainer): void {
    this.#byId.set(container.id, container);
    this.#byName.set(container.name, container);
  }

  /** By id or by name. */
  find(container: string): KnownContainer | undefined {
    return this.#byId.get(container) ?? this.#byName.get(container);
  }

  forget(id: string): void {
    const known = this.#byId.get(id);
    this.#byId.delete(id);
    if (known !== undefined) this.#byName.delete(known.name);
  }

  /** In the order of their creation. */
  all(): readonly KnownContainer[] {
    return [...this.#byId.values()];
  }
}
