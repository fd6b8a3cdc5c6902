/** Requests of a client that run: the library would let them, whatever becomes of the client. */
export class OpenRequests {
  readonly #cancels = new Set<() => void>();

  /** Cancels a request with its signal, and with all others; the caller releases it by what this gives back. */
  track(cancel: () => void, signal: AbortSignal | undefined): () => void {
    this.#cancels.add(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      this.#cancels.delete(cancel);
      signal?.removeEventListener('abort', cancel);
    };
  }

  /** Cancels all. */
  cancel(): void {
    for (const cancel of this.#cancels) cancel();
  }
}
