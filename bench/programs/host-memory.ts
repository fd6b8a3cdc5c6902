/**
 * Memory of a host that nobody calls: `host-memory.ts HOME`, with `--expose-gc`. Prints KiB of RSS and of private memory when it is ready, and after
 * the first search, which makes the index of words: `{"tools", "rssKiB", "privateKiB", "searchedRssKiB"}`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import process from 'node:process';
import { ownerApi, startBenchHost } from '../firmware/start-host.ts';
import { privateKiB } from './private-memory.ts';

const [home = ''] = process.argv.slice(2);
/** Long enough for threads that warm an engine to end. */
const settledMs = 1_500;

async function settle(): Promise<void> {
  await sleep(settledMs);
  // The second one takes what the finalizers of the first let go.
  for (let times = 0; times < 2; times += 1) globalThis.gc?.();
  await sleep(settledMs / 10);
}

function rssKiB(): number {
  return process.memoryUsage.rss() / 1024;
}

const firmware = await startBenchHost(home);
const api = ownerApi(firmware);
await settle();
const idle = { tools: firmware.status().components.tools, rssKiB: rssKiB(), privateKiB: privateKiB() };
await api.listComponents({ text: 'discount' });
await settle();
console.log(JSON.stringify({ ...idle, searchedRssKiB: rssKiB() }));
await firmware[Symbol.asyncDispose]();
process.exit(0);
