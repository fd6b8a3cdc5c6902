/** Versions of a bundle as a store would have them: archives by hash, read and verified each time one is opened. */
import { type Bundle, readBundle, writeBundle } from '#wit/bundle';
import { type ToolSample, makeBundle } from '../../conformance/tool-bundle.ts';

/** See above. */
export class Versions {
  readonly #archives = new Map<string, Uint8Array>();
  /** Hashes, in the order in which they were opened. */
  readonly opened: string[] = [];
  #gate: PromiseWithResolvers<void> | undefined;

  /** Keeps a version; gives its hash. */
  async add(version: string, samples: readonly ToolSample[]): Promise<string> {
    const { manifest, files } = await makeBundle(samples);
    const archive = writeBundle({ manifest: { ...manifest, version }, files });
    const { hash } = readBundle(archive);
    this.#archives.set(hash, archive);
    return hash;
  }

  /** Spoils a version's archive. */
  spoil(hash: string): void {
    const archive = this.#archives.get(hash)?.slice();
    archive?.fill(1, archive.length >> 1, (archive.length >> 1) + 64);
    this.#archives.set(hash, archive ?? new Uint8Array());
  }

  /** @throws {CodedError} `BUNDLE_…`. */
  read(hash: string): Bundle {
    return readBundle(this.#archives.get(hash) ?? new Uint8Array());
  }

  /** Lets nothing be opened until `release`. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** As a store opens one. */
  readonly open = async (hash: string): Promise<Bundle> => {
    this.opened.push(hash);
    await this.#gate?.promise;
    return this.read(hash);
  };
}
