/** A tool of a version in memory, from the call that wanted it to the last one that runs on it. */
import type { ToolRunner } from '#wit/interfaces';

/** Who runs on a tool keeps a hold; one that leaves is disposed of when the last hold has gone. */
export class LoadedTool {
  readonly hash: string;
  readonly key: string;
  /** Rejects with what loading threw. */
  readonly loading: Promise<ToolRunner>;
  /** How often idle tools were looked for since the last call. */
  looks = 0;
  #runner: ToolRunner | undefined;
  #holds = 0;
  #leaving = false;
  readonly #left = Promise.withResolvers<void>();

  constructor(target: { readonly hash: string; readonly key: string }, loading: Promise<ToolRunner>) {
    this.hash = target.hash;
    this.key = target.key;
    this.loading = loading;
    loading.then(
      (runner) => (this.#runner = runner),
      () => undefined,
    );
  }

  /** Once it is loaded. */
  get runner(): ToolRunner | undefined {
    return this.#runner;
  }

  get holds(): number {
    return this.#holds;
  }

  hold(): void {
    this.#holds += 1;
    this.looks = 0;
  }

  letGo(): void {
    this.#holds -= 1;
    this.looks = 0;
    if (this.#leaving && this.#holds === 0) this.#dispose();
  }

  /** Resolves when nobody runs on it any more and it is disposed of; nobody new may hold it. */
  leave(): Promise<void> {
    if (!this.#leaving) {
      this.#leaving = true;
      if (this.#holds === 0) this.#dispose();
    }
    return this.#left.promise;
  }

  /** Cancels what runs on it. */
  async end(): Promise<void> {
    const runner = await this.loading.catch(() => undefined);
    await runner?.[Symbol.asyncDispose]();
    await this.leave();
  }

  #dispose(): void {
    this.#left.resolve(
      this.loading.then(
        (runner) => runner[Symbol.asyncDispose](),
        () => undefined,
      ),
    );
  }
}
