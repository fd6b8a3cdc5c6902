/**
 * The containers that a caller sees. One belongs to the session that created it, by a label that no request can set; its name is the session's
 * own, so that sessions neither collide nor learn of each other.
 */
import { createHash } from 'node:crypto';
import { CodedError } from '#wit/errors';
import type {
  ContainerInfo,
  ContainerRequest,
  ContainerRuntime,
  RequestedMount,
} from '../runtime/container-runtime.ts';
import type { ContainerToolCaller } from './container-tool.ts';
import type { CreateGate } from './create-gate.ts';
import { containerUnknown, mountDenied } from './errors.ts';

/** Labels that say whose something is; requests cannot have any that begins so. */
export const ownLabelPrefix = 'aria.';
const sessionLabel = 'aria.session';
const nameLabel = 'aria.name';
/** A volume with this label is every session's: `read`, or `write`. */
const sharedLabel = 'aria.shared';

/** See above. */
export class SessionContainers {
  readonly #runtime: ContainerRuntime;
  readonly #caller: ContainerToolCaller;
  readonly #gate: CreateGate;

  constructor(runtime: ContainerRuntime, caller: ContainerToolCaller, gate: CreateGate) {
    this.#runtime = runtime;
    this.#caller = caller;
    this.#gate = gate;
  }

  /** Creates one for the session, not started. @throws {CodedError} `RATE_LIMITED`, `OVERLOADED`, or what the runtime raises. */
  async create({ name, labels, ...request }: ContainerRequest): Promise<ContainerInfo> {
    const { session } = this.#caller;
    await this.#checkMounts(request.mounts ?? []);
    return this.#gate.pass(session, {
      count: async () => (await this.#runtime.list()).filter((info) => this.#isOwn(info)).length,
      // Without the call's signal: what has begun gives an id, which the caller can then remove.
      create: () =>
        this.#runtime.create({
          ...request,
          ...(name !== undefined && { name: scopedName(session, name) }),
          labels: { ...labels, [sessionLabel]: session, ...(name !== undefined && { [nameLabel]: name }) },
          start: false,
        }),
    });
  }

  /** By id, or by the name that the session gave it. @throws {CodedError} `NOT_FOUND`, also for one that is another session's. */
  async find(container: string, signal: AbortSignal): Promise<ContainerInfo> {
    for (const name of [scopedName(this.#caller.session, container), container]) {
      const info = await this.#infoOf(name, signal);
      if (info && this.#isVisible(info)) return info;
    }
    throw containerUnknown(container);
  }

  async list(signal: AbortSignal): Promise<readonly ContainerInfo[]> {
    return (await this.#runtime.list({}, signal)).filter((info) => this.#isVisible(info));
  }

  /** The name as its session gave it; the id where it gave none. */
  nameOf({ name, labels }: ContainerInfo): string {
    return labels[nameLabel] ?? name;
  }

  #isVisible(info: ContainerInfo): boolean {
    return this.#caller.admin === true || this.#isOwn(info);
  }

  #isOwn({ labels }: ContainerInfo): boolean {
    return Object.hasOwn(labels, sessionLabel) && labels[sessionLabel] === this.#caller.session;
  }

  async #infoOf(name: string, signal: AbortSignal): Promise<ContainerInfo | undefined> {
    try {
      return await this.#runtime.info(name, signal);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** A directory of the machine, or another session's volume, would be a way around every token. */
  async #checkMounts(mounts: readonly RequestedMount[]): Promise<void> {
    const { admin, session } = this.#caller;
    if (admin === true || mounts.every(({ kind }) => kind === 'tmpfs')) return;
    const volumes = await this.#runtime.volumes();
    for (const mount of mounts) {
      if (mount.kind === 'bind') throw mountDenied('a directory of the machine');
      if (mount.kind !== 'volume') continue;
      const labels = volumes.find(({ name }) => name === mount.source)?.labels ?? {};
      const shared = labels[sharedLabel];
      const mayRead = labels[sessionLabel] === session || shared === 'write' || (shared === 'read' && mount.readOnly);
      if (!mayRead) throw mountDenied(`the volume "${mount.source}"`);
    }
  }
}

/** A name of one session: the same name of another one is another name. */
function scopedName(session: string, name: string): string {
  return `${name}.${createHash('sha256').update(session).digest('hex').slice(0, 12)}`;
}
