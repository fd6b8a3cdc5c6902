/** What the tools of the corpus answer in Node itself. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { deserialize } from 'node:v8';

/** The inputs of a tool, and its answer to each of them. */
export interface NodeAnswers {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
}

/** Runs every tool in a folder of a project in a Node of its own; by the name of the file. */
export async function nodeAnswers(project: string, folder: string): Promise<ReadonlyMap<string, NodeAnswers>> {
  const path = join(project, `${folder}.bin`);
  const child = join(import.meta.dirname, 'node-child.ts');
  await promisify(execFile)(process.execPath, [child, join(project, folder), path], {
    env: { ...process.env, TZ: 'UTC', NODE_OPTIONS: '' },
  });
  return new Map(Object.entries(deserialize(await readFile(path)) as Record<string, NodeAnswers>));
}
