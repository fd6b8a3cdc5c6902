/**
 * Fresh calls one after another, and the slope of the resident memory over them: `slope.ts FORM CALLS`.
 * Prints `{"growthKiB", "rssKiB"}`: the growth over a million calls, by a line through the readings after the first fifth.
 */
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { callComponent, callToEnd } from '../engine-calls.ts';
import { engineForms, openEngine } from '../engines.ts';

const [wanted, count = '1000000'] = process.argv.slice(2);
const form = engineForms.find((name) => name === wanted);
if (!form) throw new Error(`Usage: slope.ts ${engineForms.join('|')} [CALLS]`);

const calls = Number(count);
const readings = 200;
/** Part of the readings in which heaps find their size. */
const settling = 0.2;
const million = 1_000_000;

const engine = await openEngine(form);
const loaded = await engine.load(await callComponent('greet'));
const rssKiB: number[] = [];
for (let reading = 0; reading < readings; reading += 1) {
  for (let call = 0; call < calls / readings; call += 1) {
    const result = callToEnd(loaded, { name: 'Ada', n: call });
    if (result instanceof Promise) await result;
  }
  // Finalizers of Node-API run between rounds of the event loop only, as they do in a host that has other things to do.
  await setImmediate();
  rssKiB.push(Math.round(process.memoryUsage.rss() / 1024));
}
console.log(
  JSON.stringify({ growthKiB: slope(rssKiB.slice(readings * settling)) * (million / (calls / readings)), rssKiB }),
);
process.exit(0);

/** Of the line with the least squares, for each step of one. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [over, under] = values.reduce(
    ([top, bottom], value, index) => [top + (index - middle) * (value - mean), bottom + (index - middle) ** 2],
    [0, 0],
  );
  return over / under;
}
