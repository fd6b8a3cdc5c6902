/** A real browser without a window, told over a pipe what to do (DevTools protocol). Debian's package is `chromium-headless-shell`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** Path of a browser on this machine; tests are skipped where there is none. */
export const browserPath: string | undefined = names
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));

/** A tab. */
export interface Page {
  /** Runs a script in the page; gives what its promise comes to. @throws where the script throws. */
  evaluate(script: string): Promise<unknown>;
}

/** Leaving the scope ends it. */
export interface Browser extends AsyncDisposable {
  /** Opens a page and waits until it is loaded. `bypassPolicy`: scripts of ours run in spite of the page's own policy. */
  open(url: string, options?: { readonly bypassPolicy?: boolean }): Promise<Page>;
}

/** Starts one. `names`: names that lead to this machine, as an attacker's name server would say. */
export async function startBrowser(hostNames: readonly string[]): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'aria-browser-'));
  const rules = hostNames.map((name) => `MAP ${name} 127.0.0.1`).join(',');
  const args = [
    ...[
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--no-proxy-server',
    ],
    ...['--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
    `--host-resolver-rules=${rules}`,
    'about:blank',
  ];
  const child = spawn(browserPath ?? '', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const wire = new Wire(child);
  return {
    async open(url, { bypassPolicy = false } = {}) {
      const { targetId } = await wire.ask('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await wire.ask('Target.attachToTarget', { targetId, flatten: true });
      const session = String(sessionId);
      await wire.ask('Page.enable', {}, session);
      if (bypassPolicy) await wire.ask('Page.setBypassCSP', { enabled: true }, session);
      const loaded = wire.event('Page.loadEventFired', session);
      await wire.ask('Page.navigate', { url }, session);
      await loaded;
      return { evaluate: (script) => evaluate(wire, session, script) };
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function evaluate(wire: Wire, session: string, script: string): Promise<unknown> {
  const options = { expression: script, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await wire.ask('Runtime.evaluate', options, session);
  if (exceptionDetails !== undefined) throw new Error(`the page threw: ${JSON.stringify(exceptionDetails)}`);
  return (result as { readonly value?: unknown }).value;
}

type Json = Readonly<Record<string, unknown>>;

/** Messages end with a zero byte. */
class Wire {
  readonly #out: Writable;
  readonly #asked = new Map<number, PromiseWithResolvers<Json>>();
  readonly #awaited = new Map<string, () => void>();
  #count = 0;

  constructor(child: ChildProcess) {
    this.#out = child.stdio[3] as Writable;
    this.#out.on('error', () => undefined);
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\0');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(JSON.parse(line) as Json);
    });
    child.once('exit', () => {
      for (const { reject } of this.#asked.values()) reject(new Error('the browser has ended'));
    });
  }

  ask(method: string, params: Json, sessionId?: string): Promise<Json> {
    this.#count += 1;
    const answer = Promise.withResolvers<Json>();
    this.#asked.set(this.#count, answer);
    this.#out.write(`${JSON.stringify({ id: this.#count, method, params, ...(sessionId && { sessionId }) })}\0`);
    return answer.promise;
  }

  /** Resolves at the next event of that name. */
  event(method: string, sessionId: string): Promise<void> {
    return new Promise((resolve) => this.#awaited.set(`${sessionId} ${method}`, resolve));
  }

  #take(message: Json): void {
    const { id, method, sessionId, result, error } = message;
    if (typeof id !== 'number') {
      this.#awaited.get(`${String(sessionId)} ${String(method)}`)?.();
      return;
    }
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve((result ?? {}) as Json);
    else asked?.reject(new Error(JSON.stringify(error)));
  }
}
