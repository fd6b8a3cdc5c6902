/** A quirky daemon with our client, and times that fit its own. */
import type { ContainerRuntime } from '../../../quilt-adapter/runtime/container-runtime.ts';
import { connectQuilt } from '../../../quilt-adapter/remote/connect-quilt.ts';
import type { QuiltOptions } from '../../../quilt-adapter/remote/settings.ts';
import { type DaemonOptions, type QuirkyDaemon, openQuirkyDaemon } from './quirky-daemon.ts';

/** Both. Leaving the scope closes both. */
export interface Connected extends AsyncDisposable {
  readonly daemon: QuirkyDaemon;
  readonly runtime: ContainerRuntime;
}

/** Opens both; the client is told which daemon it is, unless the test tells it otherwise. */
export async function connected(options: DaemonOptions = {}, changes: QuiltOptions = {}): Promise<Connected> {
  const daemon = await openQuirkyDaemon(options);
  const runtime = connectQuilt({
    address: daemon.address,
    peer: options.kind === 'stock' || options.kind === 'shimmed' ? 'stock' : 'patched',
    eventPollMs: 20,
    ...changes,
  });
  return {
    daemon,
    runtime,
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    },
  };
}

/** Waits until something is so; a test that waits in vain ends with its own limit. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a failed call was refused with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
