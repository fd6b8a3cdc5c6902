/**
 * Installs and loads tools and calls them in turn: `many-engine-tools.ts shared|v8 DIRECTORY`, where the directory holds a component in each
 * file. Prints `{"compileMs": […], "loadMs", "idleKiB", "usedKiB", "roundRobinUs": […]}`; memory is private, for each tool.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createV8Engine } from '#host';
import { hashBytes } from '#wit/bundle';
import type { Engine, LoadedComponent } from '#wit/interfaces';
import { callToEnd } from '../engine-calls.ts';
import { createNativeEngine } from '../native.ts';
import { privateKiB } from './private-memory.ts';

const [form = '', directory = ''] = process.argv.slice(2);
/** Calls of each tool. */
const rounds = 20;
const files = readdirSync(directory).map((name) => join(directory, name));
const hashOf = new Map(files.map((file) => [file, hashBytes(readFileSync(file))]));
const compiled = mkdtempSync(join(tmpdir(), 'aria-compiled-'));
const artifacts = { directory: compiled, key: randomBytes(32) };
const engine: Engine =
  form === 'v8' ? createV8Engine() : createNativeEngine('shared', { profile: 'server', artifacts });

/** By its hash, as a host does whose bundles are on disk: the engine keeps no bytes of it. */
function load(file: string): Promise<LoadedComponent> {
  return engine.load({ key: hashOf.get(file) ?? '', bytes: () => readFile(file) });
}

async function timed(run: () => unknown): Promise<number> {
  const started = performance.now();
  const result = run();
  if (result instanceof Promise) await result;
  return performance.now() - started;
}

const input = { order: 'a', lines: [{ text: 'b', price: { amount: 1, currency: 'EUR' } }] };
// The first one brings the shared engine, the compiler's process and the code of both, and is not counted.
const [first, ...rest] = files;
if (!first) throw new Error(`Cannot measure: there is no component in "${directory}"`);
await engine.compile(readFileSync(first));
await callToEnd(await load(first), input);
const compileMs: number[] = [];
for (const file of rest) {
  const component = readFileSync(file);
  compileMs.push(await timed(() => engine.compile(component)));
}
const loaded: LoadedComponent[] = [];
globalThis.gc?.();
const before = privateKiB();
const loadMs =
  (await timed(async () => {
    for (const file of rest) loaded.push(await load(file));
  })) / rest.length;
globalThis.gc?.();
const idleKiB = (privateKiB() - before) / rest.length;
const roundRobinUs: number[] = [];
for (let round = 0; round < rounds; round += 1)
  for (const tool of loaded) roundRobinUs.push((await timed(() => callToEnd(tool, input))) * 1_000);
const usedKiB = (privateKiB() - before) / rest.length;
// The first round pays for pages that nobody has touched.
console.log(JSON.stringify({ compileMs, loadMs, idleKiB, usedKiB, roundRobinUs: roundRobinUs.slice(rest.length) }));
await engine[Symbol.asyncDispose]();
rmSync(compiled, { recursive: true, force: true });
process.exit(0);
