/** Which daemon is there: as published, or patched. They look the same on the wire until a command shows it. */
import type { QuiltPeer } from './settings.ts';

/** What is known so far. A daemon that was restarted may be another one. */
export class PeerKnowledge {
  readonly #told: QuiltPeer;
  #seen: { readonly kind: 'stock' | 'patched'; readonly daemonStartMs: number } | undefined;

  constructor(told: QuiltPeer) {
    this.#told = told;
  }

  get kind(): 'stock' | 'patched' | 'unknown' {
    return this.#told === 'auto' ? (this.#seen?.kind ?? 'unknown') : this.#told;
  }

  /** Whether it is to be found out. */
  get isAuto(): boolean {
    return this.#told === 'auto';
  }

  /** Whether an exit code of 0 is one. */
  get givesExitCodes(): boolean {
    return this.kind === 'patched';
  }

  /** Whether it must be found out for the daemon that started then. What was seen of an earlier one is forgotten. */
  isOpen(daemonStartMs: number): boolean {
    if (this.#told !== 'auto') return false;
    if (this.#seen?.daemonStartMs !== daemonStartMs) this.#seen = undefined;
    return this.#seen === undefined;
  }

  learn(kind: 'stock' | 'patched', daemonStartMs: number): void {
    this.#seen = { kind, daemonStartMs };
  }
}
