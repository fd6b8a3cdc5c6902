/**
 * `arc dev`: an edit is a new version in the running host, called at once. What cannot be built or installed is told, and the version before goes on.
 * Development versions are `VERSION-dev.N`, signed with the user's own development key.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import process from 'node:process';
import {
  type HostOptions,
  openHost,
  outcomeJson,
  outputJson,
  printable,
  readInput,
  sayError,
  sayLogs,
  sayWireError,
} from '#terminal';
import type { HostConnection, InstallResult } from '#wit/api';
import { readBundle, writeBundle } from '#wit/bundle';
import { type ExitCode, exitCodes, toWireError } from '#wit/errors';
import { type SecretKey, printBundleComment, sign } from '#wit/minisign';
import { decodeValue, textForm } from '#wit/values';
import { type WatchedBuild, watchProject } from '../watch.ts';
import type { CommandContext } from './context.ts';
import { developmentKey } from './development-key.ts';
import { sayDiagnostics } from './say-diagnostics.ts';
import { stepTeller } from './say-step.ts';
import { sayInstalled, uploadContent } from './upload-command.ts';

/** Options of the command. */
export interface DevOptions extends HostOptions {
  readonly directory: string;
  readonly call?: string;
  readonly input: string;
}

interface DevCall {
  readonly tool: string;
  readonly input: unknown;
}

/** Sequence number of development versions: it never keeps a release out. */
const developmentSequence = 1;

/** Watches until an interrupt. @throws {CodedError} `CANCELLED` then; `HOST_UNREACHABLE`, `PERMISSION_DENIED` where the host cannot be spoken to. */
export async function devCommand(options: DevOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, cacheDirectory, signal } = context;
  const home = options.home === undefined ? context.home : resolve(currentDirectory, options.home);
  await using host = await openHost(options, context);
  await host.status({ signal });
  const key = await developmentKey(home);
  const session = new DevSession(host, key, { options, context });
  if (options.call !== undefined) session.call = { tool: options.call, input: await readInput(options.input, context) };
  let builds = 0;
  const tellStep = stepTeller(progress);
  const watched = watchProject({
    directory: resolve(currentDirectory, options.directory),
    out: undefined,
    cacheDirectory,
    signal,
    onStep: (step) => {
      if (builds === 0) tellStep(step);
    },
    now: Date.now,
  });
  using lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => void session.typed(line));
  for (;;) {
    const { value: build } = await watched.next();
    progress.clear();
    builds += 1;
    await session.reload(build);
    if (builds === 1)
      terminal.say(
        `${terminal.tint('cyan', 'watching')} ${printable(options.directory)}; "TOOL JSON" calls a tool, an interrupt (Ctrl-C) ends it`,
      );
    if (signal.aborted) return exitCodes.cancelled;
  }
}

/** A project that is being worked on, and what was called last. */
class DevSession {
  readonly #host: HostConnection;
  readonly #key: SecretKey;
  readonly #setting: { readonly options: DevOptions; readonly context: CommandContext };
  /** Called after each reload. */
  call: DevCall | undefined;

  constructor(host: HostConnection, key: SecretKey, setting: { options: DevOptions; context: CommandContext }) {
    this.#host = host;
    this.#key = key;
    this.#setting = setting;
  }

  /** Brings a build into the host and calls again. Never rejects. */
  async reload(build: WatchedBuild): Promise<void> {
    const { terminal, currentDirectory } = this.#setting.context;
    const startedMs = performance.now();
    if (build.kind === 'failed') return this.#failed(build.error, build.elapsedMs);
    sayDiagnostics(build.diagnostics, build.project.directory, { terminal, currentDirectory });
    if (build.kind === 'refused') {
      terminal.say(`${terminal.tint(['red', 'bold'], 'refused')}: the version before goes on serving`);
      await this.#tell({ kind: 'refused', diagnostics: build.diagnostics, elapsedMs: build.elapsedMs });
      return;
    }
    try {
      const result = await this.#install(build.bundle.archive);
      const elapsedMs = build.elapsedMs + performance.now() - startedMs;
      await this.#tell({ kind: 'reloaded', ...result, elapsedMs });
      const title = printable(`${result.name} ${result.version}`);
      terminal.say(`${terminal.tint('green', 'reloaded')} ${title} in ${Math.round(elapsedMs)} ms`);
    } catch (thrown) {
      await this.#failed(thrown, build.elapsedMs + performance.now() - startedMs);
      return;
    }
    await this.#again();
  }

  /** A line that a person typed: the name of a tool and its input, or nothing for the same again. Never rejects. */
  async typed(line: string): Promise<void> {
    const { terminal } = this.#setting.context;
    const [, tool, json] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? [];
    try {
      if (tool !== undefined) {
        const input: unknown = json === undefined || json === '' ? {} : JSON.parse(json);
        this.call = { tool, input: decodeValue(input, textForm) };
      }
      await this.#again();
    } catch (thrown) {
      if (thrown instanceof SyntaxError) terminal.say(`that is no JSON: ${printable(thrown.message)}`);
      else sayError(thrown, terminal);
    }
  }

  async #install(archive: Uint8Array): Promise<InstallResult> {
    const { context } = this.#setting;
    const bundle = readBundle(archive);
    const { version } = bundle.manifest;
    const manifest = { ...bundle.manifest, version: `${version}${version.includes('-') ? '.' : '-'}dev.${Date.now()}` };
    const developed = writeBundle({ manifest, files: bundle.files });
    const { hash: _, manifestHash, manifest: written } = readBundle(developed);
    const signature = sign(
      {
        message: developed,
        trustedComment: printBundleComment({
          bundle: written.name,
          version: written.version,
          manifestHash,
          sequence: developmentSequence,
        }),
      },
      this.#key,
    );
    const content = uploadContent(developed, { name: `${written.name}-${written.version}.aria`, signature });
    const result = await this.#host.upload(content, { signal: context.signal, allowDowngrade: true });
    if (result.upgrade === undefined) return result;
    // It is the user's own source, on the user's own host: what it asks for is told and granted.
    sayInstalled(result, context.terminal);
    await this.#host.approve(result.upgrade.id, { signal: context.signal });
    return { ...result, state: 'active' };
  }

  /** Calls what was called last. Never rejects: a call that is refused says so, and the next reload tries again. */
  async #again(): Promise<void> {
    const { call } = this;
    if (call === undefined) return;
    const { context, options } = this.#setting;
    try {
      const outcome = await this.#host.callTool(call, { signal: context.signal });
      sayLogs(outcome, context.terminal);
      if (options.json) await this.#tell({ kind: 'called', tool: call.tool, outcome: outcomeJson(outcome) });
      else if (outcome.kind === 'done') await context.terminal.write(`${JSON.stringify(outputJson(outcome.output))}\n`);
      if (outcome.kind === 'failed') sayWireError(outcome.error, context.terminal);
    } catch (thrown) {
      sayError(thrown, context.terminal);
      await this.#tell({ kind: 'refused-call', tool: call.tool, error: toWireError(thrown) });
    }
  }

  async #failed(thrown: unknown, elapsedMs: number): Promise<void> {
    const { terminal } = this.#setting.context;
    sayError(thrown, terminal);
    terminal.say(`${terminal.tint(['red', 'bold'], 'failed')}: the version before goes on serving`);
    await this.#tell({ kind: 'failed', error: toWireError(thrown), elapsedMs });
  }

  async #tell(fact: object): Promise<void> {
    const { options, context } = this.#setting;
    if (options.json) await context.terminal.write(`${JSON.stringify(fact)}\n`);
  }
}
