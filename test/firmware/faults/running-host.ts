/** The real `aria up` with a bundle installed, and what tests look at from outside: memory, metrics, what it wrote. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type HostConnection, connectHost } from '#wit/api';
import type { SecretKey } from '#wit/minisign';
import { makeHome } from '../host/host-under-test.ts';
import { type SignedSample, signedBundle } from '../host/signed-bundle.ts';
import { type HostProcess, type ReadyLine, ariaPath, freePorts, hostProcess } from '../process/aria-process.ts';

/** How it is started. */
export interface RunningOptions {
  readonly tools?: SignedSample['tools'];
  readonly toml?: string;
  /** Variables of its environment: `ARIA_LIMITS_CONNECTIONS_MAX`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A host in a process of its own. Leaving the scope kills it if it runs, and removes its home. */
export interface RunningHost extends AsyncDisposable {
  readonly home: string;
  readonly key: SecretKey;
  readonly ready: ReadyLine;
  /** Its administrator's token. */
  readonly token: string;
  readonly pid: number;
  /** Everything that it wrote until now, of all its lives. */
  readonly output: { stdout: string; stderr: string };
  readonly ports: { readonly grpc: number; readonly web: number; readonly metrics: number };
  /** A client on its socket; closed with the host. */
  readonly api: HostConnection;
  /** `fetch` with its token, where the request says no other. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** A gauge or counter: the sum of its series, or of those with a label. */
  metric(name: string, label?: string): Promise<number>;
  rssMiB(): number;
  /** How many sockets it has open. */
  sockets(): number;
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts it again on the same home after it has ended. */
  start(): Promise<void>;
}

const environmentOfAll = { ARIA_STORE_COMPILED_DIRECTORY: join(homedir(), '.cache/aria/compiled') };

/** Starts one. */
export async function runHost({ tools = [], toml, environment = {} }: RunningOptions = {}): Promise<RunningHost> {
  const { home, key } = await makeHome(toml);
  const output = { stdout: '', stderr: '' };
  const start = (): Promise<HostProcess> => spawnHost({ home, output, environment });
  let life = await start();
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  let api = await connectHost({ home, to: `unix:${life.ready.api ?? ''}` });
  if (tools.length > 0) await api.upload((await signedBundle(key, { tools })).content);
  return {
    home,
    key,
    token,
    output,
    get ready() {
      return life.ready;
    },
    get pid() {
      return life.child.pid ?? 0;
    },
    get ports() {
      const { grpc, ws, metrics } = life.ready;
      return { grpc: portOf(grpc), web: portOf(ws), metrics: portOf(metrics) };
    },
    get api() {
      return api;
    },
    ask: (path, { headers, ...init } = {}) =>
      fetch(`http://127.0.0.1:${portOf(life.ready.ws)}${path}`, {
        headers: { authorization: `Bearer ${token}`, connection: 'close', ...(headers as object) },
        ...init,
      }),
    metric: async (name, label = '') => sumOf(await metricsText(portOf(life.ready.metrics)), name, label),
    rssMiB: () => rssMiB(life.child.pid ?? 0),
    sockets: () => socketsOf(life.child.pid ?? 0),
    end: (signal) => life.end(signal),
    async start() {
      await api[Symbol.asyncDispose]();
      life = await start();
      api = await connectHost({ home, to: `unix:${life.ready.api ?? ''}` });
    },
    async [Symbol.asyncDispose]() {
      await life.end('SIGKILL');
      await api[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Resolves when it holds; a test in which it never does ends with the test's own limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** A call of a tool as a request of HTTP. */
export function callOf(input: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input }),
  };
}

/** The text of the metrics. */
export async function metricsText(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
}

async function spawnHost({
  home,
  output,
  environment,
}: {
  readonly home: string;
  readonly output: { stdout: string; stderr: string };
  readonly environment: Readonly<Record<string, string>>;
}): Promise<HostProcess> {
  const child = spawn(process.execPath, [ariaPath, 'up', '--home', home, '--json', ...freePorts], {
    env: { ...process.env, ...environmentOfAll, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A test that ends by its limit leaves its scope never.
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return hostProcess(child);
}

function portOf(address: string | null): number {
  return Number(address?.split(':').at(-1));
}

function socketsOf(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // Closed meanwhile.
      return '';
    }
  });
  return links.filter((link) => link.startsWith('socket:')).length;
}

function rssMiB(pid: number): number {
  const text = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(text) / 1024);
}

function sumOf(text: string, name: string, label: string): number {
  const named = text.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
  const lines = named.filter((line) => line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
