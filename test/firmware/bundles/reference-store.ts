/** The bundle store as it should behave, in lists: what a random history of the real one is compared with. */
import type { Bundle } from '#wit/bundle';
import type { SignedBy } from '../../../firmware/service/ports.ts';

/** What a version is, as far as the comparison goes. */
export interface ReferenceVersion {
  readonly hash: string;
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
}

/** An active version and what a rollback goes back to. */
export interface ReferenceActivation {
  readonly hash: string;
  readonly previousHash: string | undefined;
}

/** Throws the code of what the real one throws, as a text. */
export class ReferenceStore {
  /** In the order of installation. */
  #versions: ReferenceVersion[] = [];
  readonly #highest = new Map<string, { readonly sequence: number; readonly hash: string }>();
  /** For each bundle what was active, the active one last; a rollback takes entries off. */
  readonly #ways = new Map<string, string[]>();

  /** The newest of a bundle first. */
  versions(): readonly ReferenceVersion[] {
    return this.#versions
      .toReversed()
      .toSorted((left, right) => (left.name < right.name ? -1 : Number(left.name > right.name)));
  }

  activation(name: string): ReferenceActivation | undefined {
    const hash = this.#ways.get(name)?.at(-1);
    return hash === undefined ? undefined : { hash, previousHash: this.#previous(name)?.hash };
  }

  /** @returns whether nothing changed. */
  install(bundle: Bundle, signedBy: SignedBy, allowDowngrade: boolean): boolean {
    const { name, version } = bundle.manifest;
    const { hash } = bundle;
    const { sequence } = signedBy;
    const signed = signedBy.signature !== undefined;
    const held = this.#versions.findIndex((one) => one.hash === hash);
    const highest = this.#highest.get(name);
    if (held < 0) {
      if (this.#versions.some((one) => one.name === name && one.version === version))
        throw new Error('BUNDLE_VERSION_TAKEN');
      const fresh = highest === undefined || (signed && (sequence > highest.sequence || highest.hash === hash));
      if (!fresh && !allowDowngrade) throw new Error('BUNDLE_DOWNGRADE');
      this.#versions.push({ hash, name, version, sequence });
    } else if (signed) {
      this.#versions = this.#versions.map((one) =>
        one.hash === hash ? { ...one, sequence: Math.max(one.sequence, sequence) } : one,
      );
    }
    if (signed && (highest === undefined || sequence > highest.sequence)) this.#highest.set(name, { sequence, hash });
    return held >= 0;
  }

  activate(hash: string): void {
    const { name } = this.#known(hash);
    const way = this.#ways.get(name) ?? [];
    if (way.at(-1) === hash) return;
    const previous = this.#previous(name);
    this.#ways.set(name, [...(previous?.hash === hash ? way.slice(0, previous.at) : way), hash]);
  }

  remove(hash: string): void {
    const { name } = this.#known(hash);
    if (this.activation(name)?.hash === hash) throw new Error('BUNDLE_IN_USE');
    this.#versions = this.#versions.filter((one) => one.hash !== hash);
  }

  collect(held: ReadonlySet<string>, versionsKept: number): void {
    for (const name of new Set(this.#versions.map((one) => one.name))) {
      const { hash, previousHash } = this.activation(name) ?? {};
      const newest = this.#versions.findLast((one) => one.name === name)?.hash;
      const inactive = this.#versions.filter((one) => one.name === name && one.hash !== hash);
      const old = inactive.slice(0, Math.max(0, inactive.length - versionsKept)).map((one) => one.hash);
      const kept = new Set([previousHash, newest, ...held]);
      this.#versions = this.#versions.filter((one) => !old.includes(one.hash) || kept.has(one.hash));
    }
  }

  #previous(name: string): { readonly hash: string; readonly at: number } | undefined {
    const way = this.#ways.get(name) ?? [];
    const active = way.at(-1);
    const at = way.findLastIndex((hash) => hash !== active && this.#versions.some((one) => one.hash === hash));
    const hash = way[at];
    return hash === undefined ? undefined : { hash, at };
  }

  #known(hash: string): ReferenceVersion {
    const found = this.#versions.find((one) => one.hash === hash);
    if (found === undefined) throw new Error('BUNDLE_NOT_FOUND');
    return found;
  }
}
