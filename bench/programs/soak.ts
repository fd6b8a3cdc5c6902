/** Runs 20,000 calls, one after another, and reads the resident memory every 1,000. Prints `{"growthKib", "rssKib"}`. */
import process from 'node:process';
import { buildSample, callTool, openSample, sampleText } from '../workload.ts';

const calls = 20_000;
const every = 1_000;
/** The heaps have found their size by then. */
const settled = 5_000;
const { host, runner } = await openSample(await buildSample());
const rssKib: number[] = [];
for (let call = 1; call <= calls; call += 1) {
  await callTool(runner, 'stats', { text: sampleText });
  if (call % every === 0) rssKib.push(Math.round(process.memoryUsage.rss() / 1024));
}
const late = rssKib.slice(settled / every);
const half = Math.floor(late.length / 2);
// A single reading depends on when the heaps were collected last: halves are compared by their medians.
console.log(JSON.stringify({ growthKib: median(late.slice(-half)) - median(late.slice(0, half)), rssKib }));
await host[Symbol.asyncDispose]();

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
