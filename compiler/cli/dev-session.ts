/**
 * A project that is being worked on, the host that it runs in, and what was called last. Development versions are `VERSION+dev.N`, signed with the user's
 * own development key. One thing happens at a time: a reload and a line that was typed meanwhile wait for each other.
 */
import { join, resolve } from 'node:path';
import { openHost, outcomeJson, outputJson, printable, sayError, sayLogs, sayWireError } from '#terminal';
import type { HostConnection, InstallResult } from '#wit/api';
import { readBundle, writeBundle } from '#wit/bundle';
import { CodedError, toWireError } from '#wit/errors';
import { type SecretKey, printBundleComment, sign } from '#wit/minisign';
import { decodeValue, parseJson, textForm } from '#wit/values';
import { packagesName } from '../packages/packages-name.ts';
import { PackageCache } from '../packages/package-cache.ts';
import type { WatchedBuild } from '../watch.ts';
import { uploadContent } from './bundle-upload.ts';
import type { CommandContext } from './context.ts';
import type { DevOptions } from './dev-command.ts';
import { developmentKey } from './development-key.ts';
import { sayDiagnostics } from './say-diagnostics.ts';
import { lockedIn, tellTree } from './upload-command.ts';

/** A tool with its input. */
interface DevCall {
  readonly tool: string;
  readonly input: unknown;
}

/** What a session is made of. */
export interface DevSetting {
  readonly options: DevOptions;
  readonly context: CommandContext;
  /** What is called after each reload, until a line says something else. */
  readonly call: DevCall | undefined;
}

/** Sequence number of development versions: it never keeps a release out. */
const developmentSequence = 1;
/** A development version, of this session or of one before. */
const developmentVersion = /[+.]dev\.\d{13}$/;
/** Codes by which a host that has gone is known: the next thing to do connects anew. */
const goneCodes: ReadonlySet<string> = new Set(['HOST_UNREACHABLE', 'CONNECTION_FAILED']);

/** Begins a session. Leaving its scope closes the connection. @throws {CodedError} where the host cannot be spoken to, or the key cannot be had. */
export async function openDevSession(setting: DevSetting): Promise<DevSession> {
  const { options, context } = setting;
  const host = await openHost(options, context);
  try {
    await host.status({ signal: context.signal });
    const home = options.home === undefined ? context.home : resolve(context.currentDirectory, options.home);
    return new DevSession(setting, await developmentKey(home), host);
  } catch (thrown) {
    await host[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** Owns the connection to the host. */
class DevSession implements AsyncDisposable {
  readonly #setting: DevSetting;
  readonly #key: SecretKey;
  #host: HostConnection | undefined;
  #call: DevCall | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(setting: DevSetting, key: SecretKey, host: HostConnection) {
    this.#setting = setting;
    this.#key = key;
    this.#host = host;
    this.#call = setting.call;
  }

  /** Brings a build into the host and calls again. Never rejects. */
  reload(build: WatchedBuild): Promise<void> {
    return this.#afterwards(() => this.#reload(build));
  }

  /** A line that a person typed: the name of a tool and its input, or nothing for the same again. Never rejects. */
  typed(line: string): Promise<void> {
    return this.#afterwards(() => this.#typed(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.[Symbol.asyncDispose]();
  }

  #afterwards(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act);
    return this.#last;
  }

  async #reload(build: WatchedBuild): Promise<void> {
    const { terminal, currentDirectory } = this.#setting.context;
    const startedMs = performance.now();
    if (build.kind === 'failed') return this.#failed(build.error, build.elapsedMs);
    sayDiagnostics(build.diagnostics, build.project.directory, { terminal, currentDirectory });
    if (build.kind === 'refused') {
      terminal.say(`${terminal.tint(['red', 'bold'], 'refused')}: the version before goes on serving`);
      return this.#tell({ kind: 'refused', diagnostics: build.diagnostics, elapsedMs: build.elapsedMs });
    }
    let result: InstallResult;
    try {
      result = await this.#install(build.bundle.archive);
    } catch (thrown) {
      return this.#failed(thrown, build.elapsedMs + performance.now() - startedMs);
    }
    const elapsedMs = build.elapsedMs + performance.now() - startedMs;
    await this.#tell({ kind: 'reloaded', ...result, elapsedMs });
    const title = printable(`${result.name} ${result.version}`);
    terminal.say(`${terminal.tint('green', 'reloaded')} ${title} in ${Math.round(elapsedMs)} ms`);
    await this.#again();
    // What cannot be removed now is removed behind the next reload, or goes by the host's own count.
    await this.#forget(result).catch(() => undefined);
  }

  async #typed(line: string): Promise<void> {
    const { terminal } = this.#setting.context;
    const [, tool, json] = /^\s*(\S+)\s*(.*)$/.exec(line) ?? [];
    try {
      if (tool !== undefined) {
        const input: unknown = json === undefined || json === '' ? {} : parseJson(json);
        this.#call = { tool, input: decodeValue(input, textForm) };
      }
    } catch (thrown) {
      if (thrown instanceof SyntaxError) terminal.say(`that is no JSON: ${printable(thrown.message)}`);
      else sayError(thrown, terminal);
      return;
    }
    if (this.#call === undefined)
      terminal.say('nothing was called yet: type TOOL JSON, such as sumLines {"lines":[1]}');
    else await this.#again();
  }

  async #install(archive: Uint8Array): Promise<InstallResult> {
    const { context, options } = this.#setting;
    const { signal, home, currentDirectory } = context;
    const host = await this.#connected();
    const developed = this.#signed(archive);
    const directory = resolve(currentDirectory, options.directory);
    const { result } = await tellTree(
      host,
      {
        ...developed,
        locked: () => lockedIn([directory]),
        cache: new PackageCache(join(home, packagesName)),
      },
      { context, signal, allowDowngrade: true },
    );
    if (result.upgrade === undefined) return result;
    // It is the user's own source, on the user's own host: what it asks for is told and granted.
    const { newTokens, grownLimits, id } = result.upgrade;
    await host.approve(id, { signal });
    for (const granted of [...newTokens, ...grownLimits]) context.terminal.say(`granted: ${printable(granted)}`);
    return { ...result, state: 'active' };
  }

  /** Removes development versions that were active before. A host keeps some inactive versions: those of an afternoon would push the release out. */
  async #forget({ name }: InstallResult): Promise<void> {
    const { signal } = this.#setting.context;
    const host = await this.#connected();
    for (const { name: other, version, state } of await host.listBundles({ signal }))
      if (other === name && state === 'installed' && developmentVersion.test(version))
        await host.removeVersion({ name, version }, { signal });
  }

  /** The build as a development version: to the ranges of others it is the version that it is built from. */
  #signed(archive: Uint8Array): { archive: Uint8Array; content: ReturnType<typeof uploadContent> } {
    const { manifest: built, files } = readBundle(archive);
    const version = `${built.version}${built.version.includes('+') ? '.' : '+'}dev.${Date.now()}`;
    const developed = writeBundle({ manifest: { ...built, version }, files });
    const { manifestHash, manifest } = readBundle(developed);
    const { name: bundle } = manifest;
    const trustedComment = printBundleComment({ bundle, version, manifestHash, sequence: developmentSequence });
    const signature = sign({ message: developed, trustedComment }, this.#key);
    return { archive: developed, content: uploadContent(developed, { name: `${bundle}-${version}.aria`, signature }) };
  }

  /** Calls what was called last. Never rejects: a call that is refused says so, and the next reload tries again. */
  async #again(): Promise<void> {
    const call = this.#call;
    if (call === undefined) return;
    const { context, options } = this.#setting;
    try {
      const host = await this.#connected();
      const outcome = await host.callTool(call, { signal: context.signal });
      sayLogs(outcome, context.terminal);
      if (options.json) await this.#tell({ kind: 'called', tool: call.tool, outcome: outcomeJson(outcome) });
      else if (outcome.kind === 'done') await context.terminal.write(`${JSON.stringify(outputJson(outcome.output))}\n`);
      if (outcome.kind === 'failed') sayWireError(outcome.error, context.terminal);
    } catch (thrown) {
      if (context.signal.aborted) return;
      sayError(thrown, context.terminal);
      await this.#leaveGone(thrown);
      await this.#tell({ kind: 'refused-call', tool: call.tool, error: toWireError(thrown) });
    }
  }

  async #failed(thrown: unknown, elapsedMs: number): Promise<void> {
    const { terminal, signal } = this.#setting.context;
    // The interrupt is told once, by the command.
    if (signal.aborted) return;
    sayError(thrown, terminal);
    const gone = await this.#leaveGone(thrown);
    const after = gone ? 'the next change tries again' : 'the version before goes on serving';
    terminal.say(`${terminal.tint(['red', 'bold'], 'failed')}: ${after}`);
    await this.#tell({ kind: 'failed', error: toWireError(thrown), elapsedMs });
  }

  async #connected(): Promise<HostConnection> {
    const { options, context } = this.#setting;
    this.#host ??= await openHost(options, context);
    return this.#host;
  }

  /** Whether the host has gone; another one in its place may listen elsewhere. */
  async #leaveGone(thrown: unknown): Promise<boolean> {
    if (!(thrown instanceof CodedError) || !goneCodes.has(thrown.code)) return false;
    await this[Symbol.asyncDispose]();
    return true;
  }

  async #tell(fact: object): Promise<void> {
    const { options, context } = this.#setting;
    if (options.json) await context.terminal.write(`${JSON.stringify(fact)}\n`);
  }
}
