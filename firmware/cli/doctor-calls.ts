/** Whether this machine can build and call tools. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { importsOf, loadTemplate, rebuild } from '#guest-engine';
import { callLimits, createV8Engine, createWasmtimeEngine, wasmtimeAvailable } from '#host';
import type { Engine } from '#wit/interfaces';
import { toolDefaults } from '#wit/manifest';
import { directoryMade } from '../../bin/directory-made.js';
import type { Check } from './doctor-check.ts';

export const callChecks: readonly Check[] = [
  {
    name: 'cache directory',
    remedy: 'Make it writable, or set ARIA_HOME to a directory that is',
    look: ({ home }) => cacheWritable(join(home, 'cache')),
  },
  {
    name: 'guest engine',
    remedy: 'Restore guests/engine/built, or run "npm run build:guest"',
    look: templateIntact,
  },
  {
    name: 'engine v8',
    remedy: 'Run "npm install" again; if it stays, report it as a bug',
    look: ({ home }) => v8Answers(join(home, 'cache')),
  },
  {
    name: 'engine wasmtime',
    remedy: 'Run "npm run build:native", or remove host/native/out',
    look: ({ home }) => wasmtimeAnswers(join(home, 'cache')),
  },
];

async function cacheWritable(cacheDirectory: string): Promise<string> {
  if (!directoryMade(cacheDirectory))
    throw new Error(`"${cacheDirectory}" is no directory, and none can be made there`);
  await access(cacheDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
  return cacheDirectory;
}

async function templateIntact(): Promise<string> {
  const record: unknown = JSON.parse(
    await readFile(new URL('../../guests/engine/built/record.json', import.meta.url), 'utf8'),
  );
  const { hash } = await loadTemplate();
  const recorded = typeof record === 'object' && record !== null && 'template' in record ? record.template : undefined;
  if (hash !== recorded) throw new Error(`its template is ${hash}, and its record says ${String(recorded)}`);
  return `template ${hash.slice(0, 16)}`;
}

async function v8Answers(wanted: string): Promise<string> {
  const cacheDirectory = usable(wanted);
  await using engine = createV8Engine({ cacheDirectory });
  await answer(engine, cacheDirectory);
  return 'builds and calls a tool';
}

/** That the native engine was not built is no fault, since V8 serves without it. Nothing compiled is taken, so its compiler has to work, too. */
async function wasmtimeAnswers(wanted: string): Promise<string> {
  if (!wasmtimeAvailable()) return 'not built, so tools run on V8; where Rust is, "npm run build:native" builds it';
  const cacheDirectory = usable(wanted);
  await using engine = createWasmtimeEngine({ cacheDirectory });
  await answer(engine, cacheDirectory);
  return `compiles and calls a tool; instances: ${engine.allocation}`;
}

/** Without a cache everything takes longer, and answers all the same; below the null device nothing is ever kept. */
function usable(cacheDirectory: string): string {
  return directoryMade(cacheDirectory) ? cacheDirectory : join(devNull, 'cache');
}

/** Builds a tool and calls it: every part between source and answer has to work. */
async function answer(engine: Engine, cacheDirectory: string): Promise<void> {
  const source = 'exports.tool = { blobs: false, run: async ({ n }) => ({ n: n + 1 }) };';
  const { component } = await rebuild({
    template: await loadTemplate(),
    source,
    name: 'doctor',
    imports: importsOf([]),
    memoryBytesMax: toolDefaults.memoryBytes,
    cacheDirectory,
  });
  using loaded = await engine.load(await engine.compile(component));
  const { outputBytesMax, logBytesMax, operationsOpenMax } = callLimits;
  using call = loaded.open({
    memoryBytesMax: toolDefaults.memoryBytes,
    computeMsMax: toolDefaults.computeMs,
    outputBytesMax,
    logBytesMax,
    operationsOpenMax,
  });
  const { outcome } = await call.begin({ input: '{"n":41}', blobs: [], nowMs: 0, seed: new Uint8Array(32) });
  if (outcome.kind !== 'done' || outcome.output !== '{"n":42}')
    throw new Error(`a call came to ${JSON.stringify(outcome)}`);
}
