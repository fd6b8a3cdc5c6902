/**
 * Runs each tool of a folder in this Node with its own inputs, and writes the answers for the parent. A process of its own, since
 * packages are resolved as Node resolves them, and not by the test runner.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import type { NodeAnswers } from './node-answers.ts';

const sdk = new URL('../../guests/sdk/index.ts', import.meta.url).href;
const [folder = '', answersPath = ''] = process.argv.slice(2);

registerHooks({
  resolve: (name, context, next) =>
    name === '@aria/sdk' ? { url: sdk, format: 'module-typescript', shortCircuit: true } : next(name, context),
});

const answers: Record<string, NodeAnswers> = {};
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
for (const file of files) answers[basename(file, '.ts')] = await answersOf(join(folder, file));
writeFileSync(answersPath, serialize(answers));

async function answersOf(path: string): Promise<NodeAnswers> {
  const { inputs, ...tools } = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const [tool, ...more] = Object.values(tools);
  if (!Array.isArray(inputs) || inputs.length === 0 || typeof tool !== 'function' || more.length > 0)
    throw new Error(`Cannot run "${path}": it exports one tool and its inputs`);
  const outputs: unknown[] = [];
  // As the host hands it over: no call sees what another left in its input.
  for (const input of inputs) outputs.push(await tool(structuredClone(input)));
  return { inputs, outputs };
}
