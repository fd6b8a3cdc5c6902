/** The real `aria`, started as a shell or a service manager would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The script of the command. */
export const ariaPath = fileURLToPath(new URL('../../../firmware/cli/bin.js', import.meta.url));

/** What a command came to. */
export interface AriaResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runAria(
  args: readonly string[],
  {
    home,
    stdin,
    onStart,
  }: { readonly home: string; readonly stdin?: string; readonly onStart?: (child: ChildProcess) => void },
): Promise<AriaResult> {
  const child = spawn(process.execPath, [ariaPath, ...args], { env: { ...process.env, ARIA_HOME: home }, cwd: home });
  onStart?.(child);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** The line that a host prints when it is ready. */
export interface ReadyLine {
  readonly ready: boolean;
  readonly grpc: string | null;
  readonly ws: string | null;
  readonly metrics: string | null;
  readonly api: string | null;
  readonly rpc: string | null;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** A host in a process of its own. Leaving the scope stops it and waits. */
export interface HostProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ready: ReadyLine;
  /** What it wrote to stderr until now. */
  stderr(): string;
  /** Ends it and gives its exit code; `undefined` after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Arguments of a host that nothing else on the machine is in the way of. */
export const freePorts = ['--grpc', '127.0.0.1:0', '--web', '127.0.0.1:0', '--metrics', '127.0.0.1:0'] as const;

/** Starts a host and waits until it says that it is ready, or that it is not. */
export async function startHostProcess(
  home: string,
  args: readonly string[] = freePorts,
  environment: Readonly<Record<string, string>> = {},
): Promise<HostProcess> {
  const child = spawn(process.execPath, [ariaPath, 'up', '--home', home, '--json', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return hostProcess(child);
}

/** The same of a process that is there already. @throws where it ends before it says anything. */
export async function hostProcess(child: ChildProcess): Promise<HostProcess> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'exit');
  const line = await firstLine(child, ended);
  if (line === undefined) throw new Error(`the host ended with ${child.signalCode ?? child.exitCode}: ${stderr}`);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    child,
    ready: JSON.parse(line) as ReadyLine,
    stderr: () => stderr,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
    },
  };
}

async function firstLine(child: ChildProcess, ended: Promise<unknown>): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), ended.then(() => undefined)]);
  return line === undefined ? undefined : String((line as unknown[])[0]);
}
