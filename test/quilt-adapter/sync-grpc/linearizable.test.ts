import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fuzzSeed } from '../../fuzz.ts';
import { type SeenGrant, contradictions } from './grant-history.ts';
import { openServed } from './served-scheduler.ts';

const processes = 2;
/** Of each of the four workers of a process. */
const rounds = process.env['ARIA_FUZZ_CASES'] === undefined ? 40 : 1_000;

async function seenByProcess(path: string, number: number): Promise<readonly SeenGrant[]> {
  const program = join(import.meta.dirname, 'grant-worker-child.ts');
  const args = [program, path, `p${number}`, String(fuzzSeed() + number), String(rounds)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [seen, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(code).toBe(0);
  return JSON.parse(seen) as SeenGrant[];
}

test('what clients in several processes see of overlapping tokens has one order, that of the epochs', async () => {
  await using served = await openServed();
  let waits = 0;
  const client = served.connect();
  const watching = (async () => {
    for await (const { waiting } of client.watch()) if (waiting !== undefined) waits += 1;
  })();
  const seen = await Promise.all(Array.from({ length: processes }, (_, number) => seenByProcess(served.path, number)));
  const all = seen.flat();
  expect(contradictions(all)).toEqual([]);
  expect(all.length).toBeGreaterThan(processes * 4 * rounds * 0.5);
  expect(waits).toBeGreaterThan(all.length / 10);
  expect(await client.state()).toMatchObject({ holds: [], waits: [] });
  await served.server[Symbol.asyncDispose]();
  await watching;
  expect(served.faults).toEqual([]);
});
