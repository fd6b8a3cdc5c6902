/**
 * From the start of Node to the first result of a tool: `first-result.ts none|v8|command|edge|server DIRECTORY`. The directory holds `component.wasm`, its hash in `component.hash` and,
 * for the native engine's profiles, `key` and `compiled/`. `none` imports the same and answers without any engine.
 * Prints the milliseconds since Node's own start: `{"importedMs", "resultMs"}`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createV8Engine } from '#host';
import type { Engine } from '#wit/interfaces';
import { engineLimits } from '../engine-limits.ts';
import { createNativeEngine } from '../native.ts';

const [mode = 'none', directory = ''] = process.argv.slice(2);
const importedMs = performance.now();
const input = { name: 'Ada', n: 1 };
const profile = (['command', 'edge', 'server'] as const).find((name) => name === mode);

function openEngine(name: 'command' | 'edge' | 'server'): Engine {
  const artifacts = { directory: join(directory, 'compiled'), key: readFileSync(join(directory, 'key')) };
  return createNativeEngine('shared', { profile: name, artifacts });
}

async function answer(): Promise<string> {
  if (mode === 'none') return JSON.stringify({ message: `Hello, ${input.name}! ${input.n + 1}`, tags: ['a', 'b'] });
  const engine = mode === 'v8' ? createV8Engine() : openEngine(profile ?? 'command');
  // As a host loads it: by the hash that the manifest of a bundle names. The native engine has compiled it before and asks for nothing else.
  const bytes = async (): Promise<Uint8Array> => readFileSync(join(directory, 'component.wasm'));
  const loaded = await engine.load({ key: readFileSync(join(directory, 'component.hash'), 'utf8'), bytes });
  const call = loaded.open(engineLimits);
  const start = { input: JSON.stringify(input), blobs: [], nowMs: Date.now(), seed: new Uint8Array(32) };
  const { outcome } = await call.begin(start);
  if (outcome.kind !== 'done') throw new Error(`Cannot measure: the call ended as ${JSON.stringify(outcome)}`);
  return outcome.output;
}

const { message } = JSON.parse(await answer()) as { readonly message?: string };
if (message !== 'Hello, Ada! 2') throw new Error(`Cannot measure: the answer is ${JSON.stringify(message)}`);
console.log(JSON.stringify({ importedMs, resultMs: performance.now() }));
process.exit(0);
