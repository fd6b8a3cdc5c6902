/** A thread with an engine of its own is ended in some state, beside one that goes on on the main thread: `end-a-thread-child.ts STATE`. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { begin, createNativeCalls } from './native-calls.ts';

if (isMainThread) await main(process.argv[2] ?? '');
else await inThread(String(workerData));

async function inThread(state: string): Promise<void> {
  const native = await createNativeCalls();
  if (state === 'suspended') await native.suspend(20);
  if (state === 'trapped') await native.run('m');
  if (state === 'spinning') void begin(native.open(), 'q');
  // Listening keeps it alive until it is ended.
  parentPort?.on('message', () => process.exit(5));
  parentPort?.postMessage('ready');
}

async function main(state: string): Promise<void> {
  const native = await createNativeCalls();
  const suspended = await native.suspend(5);
  const exits: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: state });
    const exited = new Promise<number>((resolve) => thread.once('exit', resolve));
    await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    if (state === 'exits') thread.postMessage('exit');
    else await thread.terminate();
    exits.push(await exited);
    if ((await native.run('d')) !== 'done') throw new Error('the engine of the main thread is harmed');
  }
  for (const call of suspended) await call.resume([{ id: 1, completion: { kind: 'ok', value: undefined } }], 0);
  await native[Symbol.asyncDispose]();
  console.log(JSON.stringify(exits));
}
