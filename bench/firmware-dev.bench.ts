/** What a person waits for between saving a file and the new result, with `arc dev` and a running host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { makeHome } from '../test/firmware/host/host-under-test.ts';
import { freePorts, startHostProcess } from '../test/firmware/process/aria-process.ts';
import type { BenchmarkGroup } from './harness.ts';
import { type Source, readings } from './readings.ts';
import { projectDirectory } from './workload.ts';

const arcFile = join(import.meta.dirname, '../compiler/cli/bin.js');

/** What an edit came to. */
interface Edit {
  /** From before the file is written to the line with the result. */
  readonly resultMs: number;
  /** Of it, what `arc dev` says that build and installation took. */
  readonly reloadMs: number;
}

/** A line of `arc dev --json`. */
interface DevLine {
  readonly kind: string;
  readonly elapsedMs?: number;
  readonly outcome?: { readonly output?: { readonly characters?: number } };
}

async function open(): Promise<Source<Edit>> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'aria-dev-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const { home } = await makeHome();
  stack.defer(() => rm(home, { recursive: true, force: true }));
  stack.use(await startHostProcess(home, freePorts, { ARIA_HOME: home }));
  await cp(projectDirectory, directory, { recursive: true });
  const lines = stack.use(await startDev(directory, home));
  await lines.result();
  const file = join(directory, 'text-stats.ts');
  const text = await readFile(file, 'utf8');
  let edits = 0;
  const owned = stack.move();
  return {
    async take() {
      edits += 1;
      const started = performance.now();
      await writeFile(file, text.replace('characters: text.length', `characters: text.length + ${edits}`));
      const { characters, reloadMs } = await lines.result();
      const resultMs = performance.now() - started;
      if (characters !== edits) throw new Error(`Cannot measure: the result after edit ${edits} is ${characters}`);
      return { resultMs, reloadMs };
    },
    dispose: () => owned.disposeAsync(),
  };
}

/** `arc dev` that calls a tool with an empty text after each reload. */
interface Dev extends AsyncDisposable {
  /** The next result, and the reload before it. @throws where the source or the call is refused. */
  result(): Promise<{ readonly characters: number | undefined; readonly reloadMs: number }>;
}

async function startDev(directory: string, home: string): Promise<Dev> {
  const args = [arcFile, 'dev', directory, '--home', home, '--json', '--call', 'stats', '--input', '{"text":""}'];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ARIA_HOME: home },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async result() {
      let reloadMs = Number.NaN;
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error('Cannot measure: arc dev ended');
        const { kind, elapsedMs, outcome } = JSON.parse(value) as DevLine;
        if (kind === 'reloaded') reloadMs = elapsedMs ?? Number.NaN;
        else if (kind === 'called') return { characters: outcome?.output?.characters, reloadMs };
        else throw new Error(`Cannot measure: ${value}`);
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await ended;
    },
  };
}

/** The host is a process of its own, and `arc dev` another. */
export const group: BenchmarkGroup = {
  name: 'firmware-dev',
  rounds: 25,
  benchmarks: readings(
    open,
    [
      {
        name: 'arc dev: from an edit to the new result',
        unit: 'ms',
        bounds: 'Three tools: noticed, checked, built, signed, uploaded, activated, called',
        of: ({ resultMs }) => resultMs,
      },
      {
        name: 'arc dev: build and reload',
        unit: 'ms',
        bounds: 'Of it, what arc itself says',
        of: ({ reloadMs }) => reloadMs,
      },
    ],
    { warmUpRounds: 3 },
  ),
};
