/** A bundle on its way to a host, and the dependencies that it brings along where the host has none: in the versions of aria.lock, from `$ARIA_HOME/registry-cache`. */
import type { AriaApi, InstallResult, UploadContent, UploadOptions } from '#wit/api';
import { hashBytes, readBundle } from '#wit/bundle';
import { type DependencyNode, dependencyError, rangeFits } from '#wit/dependencies';
import { CodedError } from '#wit/errors';
import type { Manifest } from '#wit/manifest';
import { compareText } from '../check/diagnostic.ts';
import type { LockedBundle } from '../packages/lock-file.ts';
import type { PackageCache } from '../packages/package-cache.ts';
import type { PackageContent } from '../packages/package-registry.ts';

/** A bundle to bring. */
export interface BundleToUpload {
  readonly archive: Uint8Array;
  readonly content: UploadContent;
  /** What aria.lock names, by name; asked for only where dependencies are missing, as the cache is. */
  readonly locked: () => Promise<ReadonlyMap<string, LockedBundle>>;
  readonly cache: PackageCache;
}

/** What is told while dependencies are brought. */
export interface UploadHearing extends UploadOptions {
  /** A dependency that is brought now. */
  readonly bringing?: (dependency: { readonly name: string; readonly version: string; readonly by: string }) => void;
}

/** What a bundle came to, and what had to be brought for it, in order. */
export interface BundleUploaded {
  readonly result: InstallResult;
  readonly brought: readonly InstallResult[];
}

/** Bytes that are sent at once. */
const pieceBytes = 256 * 1024;

/** An archive in memory as what an upload takes. */
export function uploadContent(
  archive: Uint8Array,
  { name, signature }: { readonly name: string; readonly signature: string | undefined },
): UploadContent {
  return {
    name,
    size: archive.length,
    hash: hashBytes(archive),
    ...(signature !== undefined && { signature }),
    read: (offset) => pieces(archive, offset),
  };
}

async function* pieces(archive: Uint8Array, offset: number): AsyncIterable<Uint8Array> {
  for (let at = offset; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
}

/**
 * Uploads. Where the host lacks dependencies they go first, those that others need before these; what is active there already is left as it is.
 * @throws {CodedError} what the host refuses; `BUNDLE_DEPENDENCY_MISSING` with the tree where one is not to be had here, `APPROVAL_REQUIRED` where one has to wait. Those that were brought before stay.
 */
export async function uploadBundle(
  host: AriaApi,
  bundle: BundleToUpload,
  { bringing, ...options }: UploadHearing,
): Promise<BundleUploaded> {
  try {
    return { result: await host.upload(bundle.content, options), brought: [] };
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.code !== 'BUNDLE_DEPENDENCY_MISSING') throw thrown;
    const { manifest } = readBundle(bundle.archive);
    const missing = await missingHere(host, { manifest, locked: await bundle.locked(), cache: bundle.cache }, options);
    // All are there: one of them lacks what the bundle uses, and no other version helps.
    if (missing.length === 0) throw thrown;
    const brought: InstallResult[] = [];
    for (const dependency of missing) {
      const { name, version } = dependency.bundle.manifest;
      bringing?.({ name, version, by: manifest.name });
      const { signal } = options;
      const result = await host.upload(contentOf(dependency), signal === undefined ? {} : { signal });
      if (result.upgrade !== undefined) throw dependencyWaits(manifest, result, result.upgrade.id);
      brought.push(result);
    }
    return { result: await host.upload(bundle.content, options), brought };
  }
}

function contentOf({ archive, bundle, signature }: PackageContent): UploadContent {
  const { name, version } = bundle.manifest;
  return uploadContent(archive, { name: `${name}-${version}.aria`, signature: signature?.text });
}

/** A bundle, and where its dependencies may be. */
interface Needing {
  readonly manifest: Manifest;
  readonly locked: ReadonlyMap<string, LockedBundle>;
  readonly cache: PackageCache;
}

/** What the host lacks, in the order of uploads. @throws {CodedError} `BUNDLE_DEPENDENCY_MISSING`. */
async function missingHere(
  host: AriaApi,
  { manifest, locked, cache }: Needing,
  { signal }: UploadOptions,
): Promise<readonly PackageContent[]> {
  const versions = await host.listBundles(signal === undefined ? {} : { signal });
  const active = new Map(
    versions.filter(({ state }) => state === 'active').map(({ name, version }) => [name, version]),
  );
  const search = new Search({ active, locked, cache });
  const { name, version, dependencies = {} } = manifest;
  const below = await search.below(dependencies, [name]);
  const [fault] = search.faults;
  if (fault === undefined) return search.found;
  const more = search.faults.length - 1;
  throw dependencyError(
    {
      code: 'BUNDLE_DEPENDENCY_MISSING',
      name: fault.name,
      state: `it needs "${fault.name}" ${fault.range}, and ${fault.state}${more > 0 ? `; and ${more} more` : ''}`,
      remedy: fault.remedy,
      tree: { name, version, dependencies: below },
    },
    `upload "${name}" ${version}`,
  );
}

interface Fault {
  readonly name: string;
  readonly range: string;
  readonly state: string;
  readonly remedy: string;
}

/** Where versions may come from. */
interface Known extends Omit<Needing, 'manifest'> {
  readonly active: ReadonlyMap<string, string>;
}

/** Walks through what is needed, and makes the tree of it with what is wrong at its place. */
class Search {
  readonly #known: Known;
  readonly #nodes = new Map<string, DependencyNode>();
  /** Each behind all that it needs itself. */
  readonly found: PackageContent[] = [];
  readonly faults: Fault[] = [];

  constructor(known: Known) {
    this.#known = known;
  }

  /** @param way the names above: one that is met again goes in a circle. */
  async below(
    dependencies: Readonly<Record<string, string>>,
    way: readonly string[],
  ): Promise<readonly DependencyNode[]> {
    const nodes: DependencyNode[] = [];
    for (const [name, range] of Object.entries(dependencies).toSorted(([a], [b]) => compareText(a, b)))
      nodes.push(await this.#node({ name, range }, way));
    return nodes;
  }

  async #node({ name, range }: { name: string; range: string }, way: readonly string[]): Promise<DependencyNode> {
    const { active, locked, cache } = this.#known;
    const running = active.get(name);
    const wanted = locked.get(name);
    const fault = (state: string, problem: string, remedy: string): DependencyNode => {
      this.faults.push({ name, range, state, remedy });
      return { name, range, ...(wanted && { version: wanted.version }), problem, dependencies: [] };
    };
    if (running !== undefined && rangeFits(range, running)) return { name, range, version: running, dependencies: [] };
    if (running !== undefined)
      return fault(
        `the host runs ${running}`,
        `the host runs ${running}`,
        `Upload a version of "${name}" in ${range} yourself, if what else uses it can live with that`,
      );
    if (way.includes(name)) return fault('it needs itself', 'a circle', 'Move what both need into a bundle of its own');
    if (wanted === undefined)
      return fault(
        'neither the host nor aria.lock has it',
        'not active, and not in aria.lock',
        `Upload a version of "${name}" first, or run "arc install" in the project and upload from there`,
      );
    if (!rangeFits(range, wanted.version))
      return fault(
        `aria.lock names ${wanted.version}`,
        'aria.lock names another version',
        'Run "arc install" in the project, build and sign again',
      );
    const known = this.#nodes.get(name);
    if (known !== undefined) return { ...known, range };
    const content = await cache.read(wanted);
    if (content === undefined)
      return fault(
        `${wanted.version}, which aria.lock names, is not on this machine`,
        'not in the registry cache',
        'Run "arc install" in the project, then upload again',
      );
    const { dependencies = {} } = content.bundle.manifest;
    const node = { name, range, version: wanted.version, dependencies: await this.below(dependencies, [...way, name]) };
    this.#nodes.set(name, node);
    this.found.push(content);
    return node;
  }
}

function dependencyWaits(
  { name, version }: Manifest,
  waiting: { readonly name: string; readonly version: string },
  id: string,
): CodedError {
  return new CodedError('APPROVAL_REQUIRED', {
    message: `Cannot upload "${name}" ${version}: its dependency "${waiting.name}" ${waiting.version} asks for more than was granted, and waits`,
    remedy: `Run "aria approve ${id}", then upload again`,
    details: { upgrade: id, dependency: waiting.name },
  });
}
