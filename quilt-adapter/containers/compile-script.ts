/** Scripts for Bun, as Bun has parsed them: a start reads bytecode instead of source. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { rootUnavailable } from './errors.ts';
import { causeBytesMax, compileTimeoutMs } from './limits.ts';

/** Where Bun looks for the bytecode of a script. */
export const bytecodePlace = (place: string): string => `${place}.jsc`;

/** What becomes of one script. */
export interface CompiledScript {
  /** As Bun prints it: its bytecode belongs to this text. */
  readonly script: Uint8Array;
  /** Of this build of Bun; another one reads the text instead. The same script gives the same bytes. */
  readonly bytecode: Uint8Array;
}

/**
 * Compiles a script of one file (CommonJS, modules of Bun only, no word of where it is), in a directory that is the caller's and stays.
 * @throws `CONTAINERS_UNAVAILABLE` if Bun does not take it.
 */
export async function compileScript(
  source: Uint8Array,
  { bun, directory }: { readonly bun: string; readonly directory: string },
): Promise<CompiledScript> {
  await fs.mkdir(directory);
  await fs.writeFile(path.join(directory, 'script.js'), source);
  // Bun looks for settings in each directory above and in the user's own; these are nearer, and empty.
  for (const name of ['package.json', 'tsconfig.json']) await fs.writeFile(path.join(directory, name), '{}');
  await fs.writeFile(path.join(directory, 'bunfig.toml'), '');
  const args = ['build', 'script.js', '--bytecode', '--target=bun', '--format=cjs', '--outdir=out'];
  const environment = { HOME: directory, TMPDIR: directory, NO_COLOR: '1', DO_NOT_TRACK: '1' };
  try {
    await promisify(execFile)(bun, args, { cwd: directory, env: environment, timeout: compileTimeoutMs });
    const out = path.join(directory, 'out', 'script.js');
    return { script: await fs.readFile(out), bytecode: await fs.readFile(bytecodePlace(out)) };
  } catch (error) {
    throw rootUnavailable('Bun', `does not compile a script: ${causeOf(error)}`, 'Install the Bun of its npm package');
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error ? String(error.stderr).trim().slice(0, causeBytesMax) : '';
  return said === '' ? error.message : said;
}
