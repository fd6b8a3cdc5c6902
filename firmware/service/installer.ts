/**
 * Versions come, become active, go back and go away; one change at a time.
 *
 * - What a change writes, it writes in one transaction: version, activation, grants or the upgrade that waits. Before it only content that nothing names
 *   has been written, and behind it only memory changes.
 * - The registry follows the commit in the same turn of the event loop, so that no call sees one without the other.
 * - Calls in flight end on the version that they began on.
 */
import { setImmediate } from 'node:timers/promises';
import type { ActivationResult, InstallResult, Upgrade } from '#wit/api';
import { type Bundle, readBundle } from '#wit/bundle';
import { type CodedError, type WireError, toWireError } from '#wit/errors';
import type { Manifest } from '#wit/manifest';
import type { Database } from '../stores/open-database.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import {
  approvalRequired,
  bundleNeeded,
  nameReserved,
  nothingToRollBackTo,
  replayed,
  upgradeNotFound,
  versionNotFound,
} from './errors.ts';
import type {
  ActiveBundle,
  Activation,
  BundleStore,
  EventLog,
  GateCandidate,
  Programs,
  Registry,
  StoredVersion,
  Trust,
  Trusted,
} from './ports.ts';
import { provenanceOf } from './versions.ts';

/** What an installer changes. */
export interface InstallerSetting {
  readonly database: Database;
  readonly store: BundleStore;
  readonly trust: Trust;
  readonly registry: Registry;
  readonly programs: Programs;
  readonly events: EventLog;
  readonly telemetry: Telemetry;
  /** What is wrong with a version beside those that are active. @throws {CodedError} `BUNDLE_DEPENDENCY_…`. */
  readonly checkDependencies: (manifest: Manifest) => void;
  /** Hears that all that is active was read anew. */
  readonly replaced: () => void;
  /** Names of active bundles that need one. */
  readonly dependents: (name: string) => readonly string[];
  /** Names of bundles of the host itself. */
  readonly reserved: ReadonlySet<string>;
}

/** What is installed, and by whom. */
export interface InstallRequest {
  readonly archive: Uint8Array;
  readonly signature: string | undefined;
  readonly allowDowngrade: boolean;
  readonly by: string;
  readonly signal?: AbortSignal;
}

/** Changes what is installed and active. */
export class Installer {
  readonly #setting: InstallerSetting;
  #last: Promise<unknown> = Promise.resolve();

  constructor(setting: InstallerSetting) {
    this.#setting = setting;
  }

  /** Reads what is active into the registry. A version that may not run, or whose content is corrupt, is told and left out. */
  recover(): { readonly active: number; readonly failed: readonly string[] } {
    const { active, failed } = this.#readActive();
    this.#replace(active, failed);
    return {
      active: active.length,
      failed: failed.map(({ name, version, error }) => `${name} ${version}: ${error.message}`),
    };
  }

  /**
   * Does the same again, since the keys of the host have changed: what a revoked key signed takes no new calls. A fault among the keys
   * leaves everything as it is, so that a stray file takes nothing out of service.
   * @throws {CodedError} `UNAVAILABLE`, `IO_FAILED`.
   */
  recheck(): Promise<void> {
    return this.#alone(async () => {
      const { active, failed } = this.#readActive();
      const fault = failed.find(({ error }) => !leavesOut.test(error.code))?.error;
      if (fault === undefined) this.#replace(active, failed);
      else this.#setting.telemetry.log.error('changed keys do not count', { code: fault.code, reason: fault.message });
    });
  }

  /** @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`, `COMPONENT_…`, `STORE_FULL`, `IO_FAILED`; nothing has changed then. */
  install(request: InstallRequest): Promise<InstallResult> {
    return this.#alone(async () => {
      try {
        return await this.#install(request);
      } catch (thrown) {
        this.#setting.telemetry.metrics.bundleChanged({ change: 'refused' });
        throw thrown;
      }
    });
  }

  /** Activates the version that was active before, or one that is named. @throws {CodedError} `BUNDLE_NOT_FOUND`, `APPROVAL_REQUIRED`. */
  rollback({ name, version }: { readonly name: string; readonly version?: string }): Promise<ActivationResult> {
    return this.#alone(async () => {
      const { store, database, events, telemetry, checkDependencies } = this.#setting;
      const wanted = this.#rollbackTarget(name, version);
      const active = this.#active(wanted.hash);
      const before = store.activation(name);
      checkDependencies(active.manifest);
      const upgrade = database.transaction(() => {
        const waiting = this.#gate(wanted, active, { before });
        if (waiting === undefined) store.activate(wanted.hash);
        return waiting;
      })();
      if (upgrade !== undefined) throw approvalRequired(name, wanted.version, upgrade.id);
      const result = this.#swap(active, before);
      telemetry.metrics.bundleChanged({ change: 'rolled-back' });
      events.publish('bundle.rolled-back', { ...result });
      return result;
    });
  }

  /** @throws {CodedError} `NOT_FOUND`, `BUNDLE_NOT_FOUND`. */
  approve(id: string, by: string): Promise<ActivationResult> {
    return this.#alone(async () => {
      const { store, trust, database, events, telemetry, checkDependencies } = this.#setting;
      const upgrade = trust.upgrade(id);
      if (upgrade === undefined) throw upgradeNotFound(id, trust.upgrades());
      // Read before the commit, so that nothing can fail between it and the registry.
      const active = this.#active(upgrade.hash);
      const before = store.activation(upgrade.name);
      checkDependencies(active.manifest);
      database.transaction(() => {
        trust.approve(id, by);
        store.activate(upgrade.hash);
      })();
      const result = this.#swap(active, before);
      telemetry.metrics.bundleChanged({ change: 'activated' });
      events.publish('upgrade.approved', { id, by, ...result });
      events.publish('bundle.activated', { ...result });
      return result;
    });
  }

  /** @throws {CodedError} `NOT_FOUND`. */
  reject(id: string, by: string): Promise<void> {
    return this.#alone(async () => {
      const { trust, events } = this.#setting;
      if (trust.upgrade(id) === undefined) throw upgradeNotFound(id, trust.upgrades());
      const { name, version } = trust.reject(id, by);
      events.publish('upgrade.rejected', { id, by, name, version });
    });
  }

  /**
   * Forgets a version. The active one only goes as the last of its bundle, which is uninstalled then.
   * @throws {CodedError} `BUNDLE_NOT_FOUND`; `BUNDLE_IN_USE` where another version or another bundle needs it to stay.
   */
  remove({ name, version }: { readonly name: string; readonly version: string }, by: string): Promise<void> {
    return this.#alone(async () => {
      const { store, trust, events, database, registry, dependents } = this.#setting;
      const { hash } = this.#find(name, version);
      const uninstalled = store.activation(name)?.hash === hash && this.#named(name).length === 1;
      const needing = uninstalled ? dependents(name) : [];
      if (needing.length > 0) throw bundleNeeded(name, needing);
      const waiting = trust.upgrades().find((upgrade) => upgrade.hash === hash);
      database.transaction(() => {
        if (waiting !== undefined) trust.reject(waiting.id, by);
        if (uninstalled) store.deactivate(name);
        store.remove(hash);
      })();
      if (uninstalled) registry.delete(name);
      // Calls in flight end on it, and nobody waits for them.
      void this.#retire(hash, name).then(() => this.#collect());
      if (waiting !== undefined) events.publish('upgrade.rejected', { id: waiting.id, by, name, version });
      events.publish('bundle.removed', { name, version });
    });
  }

  async #install({ archive, signature, allowDowngrade, signal }: InstallRequest): Promise<InstallResult> {
    const { store, trust, programs, telemetry, checkDependencies } = this.#setting;
    // A large archive takes a tenth of a second in each of these; calls get their turns in between.
    await setImmediate();
    const bundle = readBundle(archive);
    await setImmediate();
    if (this.#setting.reserved.has(bundle.manifest.name)) throw nameReserved(bundle.manifest.name);
    const trusted = trust.verify(archive, bundle, signature);
    await setImmediate();
    checkDependencies(bundle.manifest);
    await programs.prepare(bundle, signal);
    const { manifest } = bundle;
    const before = store.activation(manifest.name);
    if (!allowDowngrade) this.#refuseReplay(bundle, trusted, before);
    const contents = before && (await this.#contents(before.hash, bundle));
    let upgrade: Upgrade | undefined;
    const commit = (version: StoredVersion): void => {
      if (before?.hash === version.hash) return;
      upgrade = this.#gate(version, activeOf(version, manifest, trusted), { before, contents });
      if (upgrade === undefined) store.activate(version.hash);
    };
    const { version, unchanged } = await store.install(bundle, trusted, { allowDowngrade, commit });
    telemetry.metrics.bundleChanged({ change: 'installed' });
    const result = this.#told(activeOf(version, manifest, trusted), { before, upgrade, unchanged });
    this.#collect();
    return result;
  }

  /** A version that the store has was admitted once; sent again, it must not put itself in the place of a newer one. */
  #refuseReplay({ hash, manifest }: Bundle, { sequence }: Trusted, before: Activation | undefined): void {
    const active = before && this.#setting.store.version(before.hash);
    if (active !== undefined && active.hash !== hash && sequence < active.sequence)
      throw replayed(manifest, { sequence, active });
  }

  /** Old versions go; those that calls run on and those that wait for an approval stay. What cannot go now goes with the next collection: the change has happened. */
  #collect(): void {
    const { store, programs, trust, telemetry } = this.#setting;
    try {
      store.collect(new Set([...programs.held(), ...trust.upgrades().map(({ hash }) => hash)]));
    } catch (thrown) {
      telemetry.log.error('old versions could not be collected', { reason: String(thrown) });
    }
  }

  /** Memory follows the commit, and events tell it. */
  #told(
    active: ActiveBundle,
    {
      before,
      upgrade,
      unchanged,
    }: { before: Activation | undefined; upgrade: Upgrade | undefined; unchanged: boolean },
  ): InstallResult {
    const { events, telemetry, registry } = this.#setting;
    const { hash, manifest } = active;
    const about = { name: manifest.name, version: manifest.version, hash };
    const previous = before && before.hash !== hash ? { previousVersion: before.version } : {};
    if (!unchanged) events.publish('bundle.installed', { ...about, tools: manifest.tools.length });
    if (upgrade !== undefined) {
      events.publish('upgrade.waiting', { id: upgrade.id, ...about, newTokens: upgrade.newTokens });
      return { ...about, ...previous, state: 'waiting', upgrade, unchanged };
    }
    if (before?.hash === hash) {
      // Content that was corrupt may have been repaired.
      if (!unchanged) registry.set(active);
      return { ...about, state: 'active', unchanged };
    }
    this.#swap(active, before);
    telemetry.metrics.bundleChanged({ change: 'activated' });
    events.publish('bundle.activated', { ...about, ...previous });
    return { ...about, ...previous, state: 'active', unchanged: false };
  }

  #gate(
    version: StoredVersion,
    { manifest, keyName }: SignedActive,
    { before, contents }: { before: Activation | undefined; contents?: GateCandidate['contents'] },
  ): Upgrade | undefined {
    const active = before && this.#manifestOrNone(before.hash);
    return this.#setting.trust.gate({ version, manifest, active, keyName, ...(contents && { contents }) });
  }

  /** For the difference that a person looks at; a version that cannot be read is compared by its manifest alone. */
  async #contents(hash: string, after: Bundle): Promise<GateCandidate['contents']> {
    const before = await this.#setting.store.open(hash).catch(() => undefined);
    return before && { before, after };
  }

  /** A version whose content is corrupt cannot be compared; then everything is asked for anew. */
  #manifestOrNone(hash: string): Manifest | undefined {
    try {
      return this.#setting.store.manifest(hash);
    } catch {
      return undefined;
    }
  }

  #swap(active: ActiveBundle, before: Activation | undefined): ActivationResult {
    const { name, version } = active.manifest;
    this.#setting.registry.set(active);
    if (before === undefined || before.hash === active.hash) return { name, version };
    void this.#retire(before.hash, name);
    return { name, version, previousVersion: before.version };
  }

  #readActive(): { readonly active: readonly ActiveBundle[]; readonly failed: readonly LeftOut[] } {
    const active: ActiveBundle[] = [];
    const failed: LeftOut[] = [];
    for (const { hash, name, version } of this.#setting.store.activations()) {
      try {
        active.push(this.#active(hash));
      } catch (thrown) {
        failed.push({ hash, name, version, error: toWireError(thrown) });
      }
    }
    return { active, failed };
  }

  #replace(active: readonly ActiveBundle[], failed: readonly LeftOut[]): void {
    const { registry, telemetry, replaced } = this.#setting;
    registry.replace(active);
    replaced();
    for (const { hash, name, version, error } of failed) {
      telemetry.log.error('a bundle is left out', { bundle: name, version, code: error.code, reason: error.message });
      void this.#retire(hash, name);
    }
  }

  /** Lets a version go when its last call has ended. Never rejects. */
  #retire(hash: string, bundle: string): Promise<void> {
    const { programs, telemetry } = this.#setting;
    return programs.retire(hash).catch((thrown: unknown) => {
      telemetry.log.error('a version could not be let go', { bundle, reason: String(thrown) });
    });
  }

  #active(hash: string): SignedActive {
    const { store, trust } = this.#setting;
    const version = this.#stored(hash, hash);
    return activeOf(version, store.manifest(hash), trust.recheck(version));
  }

  #stored(hash: string, name: string): StoredVersion {
    const version = this.#setting.store.version(hash);
    if (version === undefined) throw versionNotFound(name, undefined, []);
    return version;
  }

  #named(name: string): readonly StoredVersion[] {
    return this.#setting.store.versions().filter((one) => one.name === name);
  }

  #find(name: string, version: string): StoredVersion {
    const found = this.#named(name).find((one) => one.version === version);
    if (found === undefined) throw this.#notFound(name, version);
    return found;
  }

  #notFound(name: string, version?: string): CodedError {
    return versionNotFound(
      name,
      version,
      this.#named(name).map((one) => one.version),
    );
  }

  #rollbackTarget(name: string, version: string | undefined): StoredVersion {
    if (version !== undefined) return this.#find(name, version);
    const activation = this.#setting.store.activation(name);
    if (activation === undefined) throw this.#notFound(name);
    if (activation.previousHash === undefined) throw nothingToRollBackTo(name);
    return this.#stored(activation.previousHash, name);
  }

  /** One change after the other. */
  #alone<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change, change);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** What keeps one version out; any other code is a fault that all of them meet. */
const leavesOut = /^(?:SIGNATURE_REVOKED|SIGNATURE_UNTRUSTED|BUNDLE_.+)$/;

/** An active version that may not run, or cannot. */
interface LeftOut extends Pick<Activation, 'hash' | 'name' | 'version'> {
  readonly error: WireError;
}

/** An active version, and under which name the host trusts its key. */
interface SignedActive extends ActiveBundle {
  readonly keyName: string | undefined;
}

function activeOf(version: StoredVersion, manifest: Manifest, { keyName, thirdParty }: Trusted): SignedActive {
  return { hash: version.hash, manifest, provenance: provenanceOf(version, keyName), keyName, thirdParty };
}
