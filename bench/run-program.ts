/** Runs a program of the benchmarks, or any other, in a process of its own. */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs `file` to its end. @returns its standard output; throws where it does not end with 0. */
export async function runFile(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await execute(file, [...args], { env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Runs a script in this Node. @returns the JSON object that it prints last. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const lines = (await runFile(process.execPath, args, env)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '{}') as Readonly<Record<string, unknown>>;
}
