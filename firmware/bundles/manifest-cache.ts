/** Parsed manifests that were asked for lately, so that a list of all versions does not parse all of them each time. */
import type { Manifest } from '#wit/manifest';

/** Of their texts; some 300 bundles of ten tools. Parsed they take about four times as much. */
const textBytesMax = 4 * 1024 * 1024;

/** Keeps what was used last, up to a number of bytes. */
export class ManifestCache {
  readonly #kept = new Map<string, { readonly manifest: Manifest; readonly bytes: number }>();
  #bytes = 0;

  get(hash: string): Manifest | undefined {
    const found = this.#kept.get(hash);
    if (found === undefined) return undefined;
    this.#kept.delete(hash);
    this.#kept.set(hash, found);
    return found.manifest;
  }

  set(hash: string, manifest: Manifest, bytes: number): void {
    this.delete(hash);
    this.#kept.set(hash, { manifest, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= textBytesMax) return;
      this.delete(oldest);
    }
  }

  delete(hash: string): void {
    this.#bytes -= this.#kept.get(hash)?.bytes ?? 0;
    this.#kept.delete(hash);
  }
}
