/** Calls `arc`: the one that the environment variable ARC names, else the one on the PATH. */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command of arc with `--json` and gives what it printed, also where it failed. */
export function arc(...args) {
  return new Promise((resolve, reject) => {
    const options = { cwd: project, shell: process.platform === 'win32' };
    execFile(process.env.ARC || 'arc', [...args, '--json'], options, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(stderr || String(error)));
      }
    });
  });
}

/** Builds the project and gives the path of its bundle. */
export async function build() {
  const { kind, path, diagnostics } = await arc('build', '.');
  if (kind !== 'done') throw new Error(`The build failed: ${JSON.stringify(diagnostics, undefined, 2)}`);
  return path;
}

/** Calls a tool of a bundle in a fresh sandbox with empty stores. */
export function call(bundle, tool, input) {
  return arc('run', bundle, tool, '--allow-unsigned', '--input', JSON.stringify(input));
}
