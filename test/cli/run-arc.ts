/** Starts the real `arc`, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const arcPath = fileURLToPath(new URL('../../compiler/cli/bin.js', import.meta.url));
const samplesPath = fileURLToPath(new URL('samples', import.meta.url));

/** What an arc came to. */
export interface ArcResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ArcSetup {
  readonly directory?: string;
  /** `$ARIA_HOME`. */
  readonly home: string;
  readonly stdin?: string | Uint8Array;
  /** The Node that starts it; the one that runs the tests where absent. */
  readonly node?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets the process as soon as it is there. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a command line to its end. */
export function runArc(
  args: readonly string[],
  { directory, home, stdin, node, environment, onStart }: ArcSetup,
): Promise<ArcResult> {
  const child = spawn(node ?? process.execPath, [arcPath, ...args], {
    cwd: directory ?? home,
    env: { ...process.env, ...environment, ARIA_HOME: home },
  });
  onStart?.(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs a command line that has to succeed; gives its stdout. */
export async function runArcWell(args: readonly string[], setup: ArcSetup): Promise<string> {
  const { code, signal, stdout, stderr } = await runArc(args, setup);
  if (code !== 0) throw new Error(`arc ${args.join(' ')} ended with ${signal ?? code}: ${stderr}`);
  return stdout;
}

/** A directory that is removed when it leaves its scope. */
export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'arc-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Copies a sample project below a directory. */
export function copySample(name: string, directory: string): string {
  const path = join(directory, name);
  cpSync(join(samplesPath, name), path, { recursive: true });
  return path;
}
