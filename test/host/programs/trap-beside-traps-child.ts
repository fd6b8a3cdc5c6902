/** V8's WebAssembly traps before there is the engine, beside it in every state, and after it, on this thread and on others; prints what each became. */
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { begin, createNativeCalls, endOf, trapsOfV8 } from './native-calls.ts';

if (isMainThread) await main();
else parentPort?.on('message', async () => parentPort?.postMessage(await trapsOfV8()));

async function main(): Promise<void> {
  const seen: Record<string, unknown> = {};
  const early = otherThread();
  seen['before'] = await trapsEverywhere([early]);
  const native = await createNativeCalls();
  const threads = [early, otherThread()];
  seen['created'] = await trapsEverywhere(threads);
  await native.suspend(10);
  seen['suspended'] = await trapsEverywhere(threads);
  const spinner = native.open(400);
  const spun = begin(spinner, 'q');
  seen['spinning'] = await trapsEverywhere(threads);
  seen['spun'] = endOf(await spun);
  const ends: string[] = [];
  // In turns: each finds the other's handler as the last one that ran.
  for (const program of ['t', 'm', 'v', 'r', 'd']) {
    ends.push(await native.run(program));
    seen[`after ${program}`] = await trapsEverywhere(threads);
  }
  seen['ends'] = ends;
  await native[Symbol.asyncDispose]();
  seen['disposed'] = await trapsEverywhere(threads);
  for (const thread of threads) await thread.terminate();
  seen['alone'] = await trapsOfV8();
  console.log(JSON.stringify(seen));
}

function otherThread(): Worker {
  return new Worker(fileURLToPath(import.meta.url));
}

/** What the traps of all threads became; they run at the same time. */
async function trapsEverywhere(threads: readonly Worker[]): Promise<string> {
  const others = threads.map((thread) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.postMessage('trap');
    return promise;
  });
  const all = new Set([await trapsOfV8(), ...(await Promise.all(others))]);
  return Array.from(all).join(' | ');
}
