/**
 * Installs the dependencies of a project: chooses versions, fetches what is not on this machine, and only then writes aria.lock and
 * aria.toml. What fails before that leaves the project as it was.
 */
import {
  type AvailableVersion,
  dependencyError,
  isPrerelease,
  rangeFits,
  resolveDependencies,
} from '#wit/dependencies';
import type { CodedError } from '#wit/errors';
import { installCancelled, bundleUnpublished, lockMismatch } from './errors.ts';
import { compareText } from '../check/diagnostic.ts';
import { withDependency } from './edit-toml.ts';
import { type LockedBundle, printLock } from './lock-file.ts';
import type { PackageCache } from './package-cache.ts';
import type { PackageContent, PackageRegistry, PackageVersion, PackageVersions } from './package-registry.ts';
import { type ProjectDependencies, readProjectDependencies, writeProjectTexts } from './project-files.ts';

/** Names whose versions are looked up for one resolution. */
const lookedUpMax = 1_000;

/** What is installed. */
export interface InstallRequest {
  /** Absolute path of the project. */
  readonly directory: string;
  /** A dependency to add, or to take a newer version of; all that aria.toml names where absent. */
  readonly wanted?: { readonly name: string; readonly range?: string };
  /** Opened only where something is not on this machine. @throws {CodedError} where none is named. */
  readonly openRegistry: (project: ProjectDependencies) => PackageRegistry;
  readonly cache: PackageCache;
  readonly signal?: AbortSignal;
  /** Hears what is being done. */
  readonly onStep?: (text: string) => void;
}

/** A bundle that is on this machine now. */
export interface InstalledVersion extends LockedBundle {
  /** Whether it had to be fetched. */
  readonly fetched: boolean;
  /** The version that was locked before, where it was another. */
  readonly previousVersion?: string;
}

/** What an installation came to. */
export interface InstallOutcome {
  /** All that the project needs, sorted by name. */
  readonly bundles: readonly InstalledVersion[];
  /** Locked before, and needed no more. */
  readonly removed: readonly LockedBundle[];
  /** The line of aria.toml that was asked for. */
  readonly added?: { readonly name: string; readonly range: string };
  readonly changed: { readonly toml: boolean; readonly lock: boolean };
  /** What of the registry cannot be used. */
  readonly problems: readonly CodedError[];
}

/** Installs. @throws {CodedError} `BUNDLE_DEPENDENCY_…`, `BUNDLE_CORRUPT`, `BUNDLE_HASH_MISMATCH`, `CONFIG_INVALID`, `IO_FAILED`, `UNAVAILABLE`, `CANCELLED`. */
export async function installDependencies(request: InstallRequest): Promise<InstallOutcome> {
  const project = await readProjectDependencies(request.directory);
  return new Installation(request, project).run();
}

/** A version that was chosen; `entry` where the registry was asked. */
type Chosen = LockedBundle & { readonly entry?: PackageVersion };

class Installation {
  readonly #request: InstallRequest;
  readonly #project: ProjectDependencies;
  readonly #looked = new Map<string, PackageVersions>();
  #opened: PackageRegistry | undefined;

  constructor(request: InstallRequest, project: ProjectDependencies) {
    this.#request = request;
    this.#project = project;
  }

  async run(): Promise<InstallOutcome> {
    const { wanted, cache, signal } = this.#request;
    const added = wanted && { name: wanted.name, range: await this.#rangeOf(wanted) };
    const ranges = added === undefined ? this.#project.ranges : { ...this.#project.ranges, [added.name]: added.range };
    const kept = wanted === undefined ? lockedClosure(ranges, this.#project.locked) : undefined;
    const chosen: readonly Chosen[] = kept ?? (await this.#resolve(ranges));
    const bundles: InstalledVersion[] = [];
    for (const one of chosen) {
      this.#stop();
      bundles.push(await this.#install(one));
    }
    this.#stop();
    const lockText = chosen.length === 0 && this.#project.lockText === undefined ? undefined : printLock(bundles);
    const tomlText = this.#tomlText(added);
    await writeProjectTexts(this.#project, { tomlText, lockText }, signal);
    await cache.prune();
    const names = new Set(bundles.map(({ name }) => name));
    return {
      bundles,
      removed: [...this.#project.locked.values()].filter(({ name }) => !names.has(name)),
      ...(added === undefined ? {} : { added }),
      changed: { toml: tomlText !== this.#project.tomlText, lock: lockText !== this.#project.lockText },
      problems: [...this.#looked.values()].flatMap(({ problems }) => problems),
    };
  }

  #tomlText(added: InstallOutcome['added']): string | undefined {
    const { tomlText, ranges } = this.#project;
    return added === undefined || ranges[added.name] === added.range ? tomlText : withDependency(tomlText, added);
  }

  get #registry(): PackageRegistry {
    return (this.#opened ??= this.#request.openRegistry(this.#project));
  }

  /** As asked for, else as aria.toml has it, else what fits the newest version: no one to try out, unless there is no other. */
  async #rangeOf({ name, range }: NonNullable<InstallRequest['wanted']>): Promise<string> {
    const said = range ?? (Object.hasOwn(this.#project.ranges, name) ? this.#project.ranges[name] : undefined);
    if (said !== undefined) return said;
    const { versions, problems } = await this.#versions(name);
    const newest = versions.find(({ version }) => !isPrerelease(version)) ?? versions[0];
    if (newest !== undefined) return `^${newest.version.replace(/\+.*$/, '')}`;
    throw problems[0] ?? bundleUnpublished(name, this.#registry.location);
  }

  async #resolve(ranges: Readonly<Record<string, string>>): Promise<readonly Chosen[]> {
    const { name, version, locked } = this.#project;
    const entries = await this.#available(Object.keys(ranges));
    // What is asked for by name is taken in its newest version that fits.
    const held = new Map([...locked].map(([own, bundle]) => [own, bundle.version]));
    if (this.#request.wanted !== undefined) held.delete(this.#request.wanted.name);
    const root = { name, ...(version === undefined ? {} : { version }), dependencies: ranges };
    const resolution = resolveDependencies({ root, available: entries, locked: held });
    if (resolution.kind === 'resolved') return resolution.versions.map((one) => this.#chosen(one));
    const { problem } = resolution;
    // Where the version that would fit is damaged, that is what there is to say.
    throw (
      this.#looked.get(problem.name)?.problems[0] ?? dependencyError(problem, `install the dependencies of "${name}"`)
    );
  }

  #chosen({ name, version }: AvailableVersion): Chosen {
    const entry = this.#looked.get(name)?.versions.find((one) => one.version === version);
    if (entry === undefined) throw new TypeError(`"${name}" ${version} was chosen, and is not there`);
    const before = this.#project.locked.get(name);
    if (before?.version === version) this.#checkHash(before, entry);
    const { hash, manifestHash, dependencies, signature } = entry;
    return {
      ...{ name, version, hash, manifestHash, dependencies, entry },
      ...(signature === undefined ? {} : { keyId: signature.keyId }),
    };
  }

  #checkHash(locked: LockedBundle, entry: PackageVersion): void {
    const { location } = this.#registry;
    if (entry.hash !== locked.hash) throw lockMismatch(locked, { location, what: 'content' });
    if (entry.signature?.keyId !== locked.keyId) throw lockMismatch(locked, { location, what: 'a signer' });
  }

  /** All versions of the names, of what they need, and so on. */
  async #available(names: readonly string[]): Promise<readonly PackageVersion[]> {
    const found: PackageVersion[] = [];
    const seen = new Set(names);
    for (const name of seen) {
      if (seen.size > lookedUpMax) break;
      this.#stop();
      const { versions } = await this.#versions(name);
      found.push(...versions);
      for (const { dependencies } of versions) for (const dependency of Object.keys(dependencies)) seen.add(dependency);
    }
    return found;
  }

  async #versions(name: string): Promise<PackageVersions> {
    const known = this.#looked.get(name);
    if (known !== undefined) return known;
    this.#request.onStep?.(`Looking for ${name}`);
    const found = await this.#registry.versions(name);
    this.#looked.set(name, found);
    return found;
  }

  async #install({ entry, ...chosen }: Chosen): Promise<InstalledVersion> {
    const { cache, signal, onStep } = this.#request;
    const before = this.#project.locked.get(chosen.name);
    const previous =
      before === undefined || before.version === chosen.version ? {} : { previousVersion: before.version };
    const kept = await cache.read(chosen);
    if (kept !== undefined && isSame(chosen, kept)) return { ...chosen, ...previous, fetched: false };
    onStep?.(`Fetching ${chosen.name} ${chosen.version}`);
    const content = await this.#registry.fetch(entry ?? (await this.#entryOf(chosen)));
    await cache.write(content, signal);
    return { ...chosen, ...previous, fetched: true };
  }

  /** What the registry says of a locked version. */
  async #entryOf(locked: LockedBundle): Promise<PackageVersion> {
    const { versions, problems } = await this.#versions(locked.name);
    const entry = versions.find(({ version }) => version === locked.version);
    if (entry === undefined) throw problems[0] ?? bundleUnpublished(locked.name, this.#registry.location);
    this.#checkHash(locked, entry);
    return entry;
  }

  #stop(): void {
    if (this.#request.signal?.aborted === true) throw installCancelled();
  }
}

function isSame({ manifestHash, name, version }: LockedBundle, { bundle }: PackageContent): boolean {
  return bundle.manifestHash === manifestHash && bundle.manifest.name === name && bundle.manifest.version === version;
}

/** What the lock file has of the ranges and of all that is needed by it, sorted; `undefined` where something is missing or does not fit. */
function lockedClosure(
  ranges: Readonly<Record<string, string>>,
  locked: ReadonlyMap<string, LockedBundle>,
): readonly LockedBundle[] | undefined {
  const needed = new Map<string, LockedBundle>();
  const open = Object.entries(ranges);
  for (const [name, range] of open) {
    const bundle = locked.get(name);
    if (bundle === undefined || !rangeFits(range, bundle.version)) return undefined;
    if (needed.has(name)) continue;
    needed.set(name, bundle);
    open.push(...Object.entries(bundle.dependencies));
  }
  return [...needed.values()].toSorted((a, b) => compareText(a.name, b.name));
}
