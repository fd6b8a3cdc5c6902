/** The requests of a server that run: a host that stops ends them all, and waits until they have ended. */

/** Owns nothing but the knowledge of them. */
export class RunningRequests {
  readonly #running = new Map<AbortController, Promise<void>>();
  #stopping = false;

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Runs a request, which never rejects. */
  run(work: (abort: AbortController) => Promise<void>): void {
    const abort = new AbortController();
    if (this.#stopping) abort.abort();
    this.#running.set(
      abort,
      work(abort).finally(() => this.#running.delete(abort)),
    );
  }

  /** Aborts them all; resolves when none runs. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const abort of this.#running.keys()) abort.abort();
    await Promise.all(this.#running.values());
  }
}
