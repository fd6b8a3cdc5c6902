/** The service layer: what a host does, once, behind every gateway. Roles, idempotency keys and what is being stopped are checked here. */
import { setImmediate } from 'node:timers/promises';
import {
  type ActivationResult,
  type AriaApi,
  type BundleVersion,
  type CallExplanation,
  type CallOptions,
  type CallRequest,
  type CallResult,
  type Divergence,
  type EventQuery,
  type HostEvent,
  type HostStatus,
  type InstallResult,
  type LogEntry,
  type LogQuery,
  type RequestOptions,
  type TokenState,
  type UploadContent,
  type UploadOptions,
  checkRequestKey,
} from '#wit/api';
import { parseJson } from '#wit/values';
import type { Principal } from '../access/principal.ts';
import type { AriaService } from '../api/gateway.ts';
import type { Calls } from './calls.ts';
import type { DivergenceCheck } from './divergence.ts';
import { notServing, permissionDenied } from './errors.ts';
import type { IdempotentRequests } from './idempotency.ts';
import type { Installer } from './installer.ts';
import type { BundleStore, EventLog, LogTail, Registry, Scheduler, StoredVersion, Trust } from './ports.ts';
import { resultOf, resultText, valueText } from './result-text.ts';
import { requireRole } from './roles.ts';
import type { Uploads } from './uploads.ts';
import { bundleVersion } from './versions.ts';

/** Versions that a list looks at in one turn of the event loop; each takes a tenth of a millisecond, and half of one where its manifest has to be read. */
const listedAtOnce = 32;

/** What the service is made of. */
export interface ServiceSetting {
  readonly calls: Calls;
  readonly installer: Installer;
  readonly uploads: Uploads;
  readonly idempotency: IdempotentRequests;
  readonly store: BundleStore;
  readonly trust: Trust;
  readonly registry: Registry;
  readonly events: EventLog;
  readonly tail: LogTail;
  readonly scheduler: Pick<Scheduler, 'view'>;
  readonly divergence: DivergenceCheck;
  readonly status: () => HostStatus;
  /** Why nothing is served; `undefined` while the host is ready. */
  readonly closedBecause: () => string | undefined;
}

/** Creates the service. */
export function createService(setting: ServiceSetting): AriaService {
  return { api: (principal) => new PrincipalApi(setting, principal) };
}

class PrincipalApi implements AriaApi {
  readonly #setting: ServiceSetting;
  readonly #principal: Principal;

  constructor(setting: ServiceSetting, principal: Principal) {
    this.#setting = setting;
    this.#principal = principal;
  }

  async status(): Promise<HostStatus> {
    this.#allow('status');
    return this.#setting.status();
  }

  async listComponents(query: Parameters<AriaApi['listComponents']>[0] = {}): ReturnType<AriaApi['listComponents']> {
    this.#admit('listComponents');
    return this.#setting.registry.list(query);
  }

  async getComponent({ name, kind }: Parameters<AriaApi['getComponent']>[0]): ReturnType<AriaApi['getComponent']> {
    this.#admit('getComponent');
    return this.#setting.registry.details(name, kind);
  }

  async callTool(call: CallRequest, options: CallOptions = {}): Promise<CallResult> {
    this.#admit('callTool');
    const { calls } = this.#setting;
    const { session } = call;
    if (session !== undefined) checkRequestKey('session', session);
    const client = { name: this.#principal.name, admin: this.#principal.role === 'admin' };
    if (options.idempotencyKey === undefined) return calls.perform(call, options, client);
    // Bytes in input and output travel as text: an answer has to be the same after a restart.
    const { timeoutMs, seed, tool } = call;
    const input = valueText(call.input);
    const content = JSON.stringify([
      ...['callTool', tool, input, timeoutMs ?? null, seed ? [...seed] : null],
      // A request without one has the content that it had before there were sessions.
      ...(session === undefined ? [] : [session]),
    ]);
    // A call that never came to a turn was refused: the host stopped, say, or the caller left while its tool was loaded.
    let begun = true;
    const work = async (): Promise<string> => {
      const result = await calls.perform(call, options, client);
      begun = result.kind === 'done' || result.usage.turns > 0;
      return resultText(result);
    };
    return resultOf(await this.#once(content, options, work, () => begun));
  }

  async tokens(): Promise<TokenState> {
    this.#admit('tokens');
    const { totals, holds, ...rest } = this.#setting.scheduler.view();
    // A call without tokens that it holds is known to the scheduler as the parent of its operations alone.
    const held = holds.filter(({ tokens }) => tokens.length > 0);
    return { ...rest, holds: held, totals: { ...totals, holds: totals.holds - (holds.length - held.length) } };
  }

  async why(callId: string): Promise<CallExplanation> {
    this.#admit('why');
    return this.#setting.calls.why(callId);
  }

  async diverge(call: CallRequest, options: RequestOptions = {}): Promise<Divergence> {
    this.#admit('diverge');
    return this.#setting.divergence.compare(call, options);
  }

  async listBundles(): Promise<readonly BundleVersion[]> {
    this.#admit('listBundles');
    const { store, trust } = this.#setting;
    const upgrades = trust.upgrades();
    const activations = new Map(store.activations().map((activation) => [activation.name, activation]));
    const listed: BundleVersion[] = [];
    for (const version of store.versions()) {
      // Manifests are read for it; calls must not wait for all of a thousand.
      if (listed.length % listedAtOnce === listedAtOnce - 1) await setImmediate();
      const active = activations.get(version.name);
      listed.push(bundleVersion(version, { active, upgrades, ...this.#known(version) }));
    }
    return listed;
  }

  async upload(content: UploadContent, options: UploadOptions = {}): Promise<InstallResult> {
    this.#admit('upload');
    const { allowDowngrade = false, signal, progress } = options;
    if (allowDowngrade && this.#principal.role !== 'admin')
      throw permissionDenied('allow a downgrade', this.#principal, 'admin');
    const { uploads, installer, events } = this.#setting;
    const { hash, signature, name } = content;
    const by = this.#principal.name;
    const install = (archive: Uint8Array): Promise<InstallResult> => {
      events.publish('bundle.uploaded', { file: name, hash, bytes: archive.length, by });
      return installer.install({ archive, signature, allowDowngrade, by, ...(signal && { signal }) });
    };
    return this.#keyed(['upload', hash, signature ?? null, allowDowngrade], options, () =>
      uploads.take(content, install, progress),
    );
  }

  async rollback(wanted: Parameters<AriaApi['rollback']>[0], options: RequestOptions = {}): Promise<ActivationResult> {
    this.#admit('rollback');
    return this.#keyed(['rollback', wanted.name, wanted.version ?? null], options, () =>
      this.#setting.installer.rollback(wanted),
    );
  }

  async removeVersion(
    { name, version }: Parameters<AriaApi['removeVersion']>[0],
    options: RequestOptions = {},
  ): Promise<void> {
    this.#admit('removeVersion');
    await this.#keyed(['removeVersion', name, version], options, async () => {
      await this.#setting.installer.remove({ name, version }, this.#principal.name);
      return null;
    });
  }

  async listUpgrades(): ReturnType<AriaApi['listUpgrades']> {
    this.#admit('listUpgrades');
    return this.#setting.trust.upgrades();
  }

  async approve(id: string, options: RequestOptions = {}): Promise<ActivationResult> {
    this.#admit('approve');
    return this.#keyed(['approve', id], options, () => this.#setting.installer.approve(id, this.#principal.name));
  }

  async reject(id: string, options: RequestOptions = {}): Promise<void> {
    this.#admit('reject');
    await this.#keyed(['reject', id], options, async () => {
      await this.#setting.installer.reject(id, this.#principal.name);
      return null;
    });
  }

  async *events(query: EventQuery = {}): AsyncIterable<HostEvent> {
    this.#allow('events');
    yield* this.#setting.events.subscribe({ ...query, signal: query.signal ?? new AbortController().signal });
  }

  async *logs(query: LogQuery = {}): AsyncIterable<LogEntry> {
    this.#allow('logs');
    yield* this.#setting.tail.subscribe({ ...query, signal: query.signal ?? new AbortController().signal });
  }

  /** Only the role: what a host tells about itself it tells in every state. */
  #allow(action: keyof AriaApi): void {
    requireRole(this.#principal, action);
  }

  #admit(action: keyof AriaApi): void {
    this.#allow(action);
    const state = this.#setting.closedBecause();
    if (state !== undefined) throw notServing(state);
  }

  #known(version: StoredVersion): { keyName: string | undefined; tools: number } {
    const { store, trust } = this.#setting;
    if (version.quarantined !== undefined) return { keyName: undefined, tools: 0 };
    try {
      return { keyName: trust.recheck(version).keyName, tools: store.manifest(version.hash).tools.length };
    } catch {
      // A key that is no longer trusted, or content that is corrupt: the list goes on.
      return { keyName: undefined, tools: 0 };
    }
  }

  /** `about`: what the request is, which a repeated key has to repeat. */
  async #keyed<Result>(
    about: readonly unknown[],
    options: RequestOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (options.idempotencyKey === undefined) return work();
    const answer = await this.#once(JSON.stringify(about), options, async () => JSON.stringify(await work()));
    return parseJson(answer) as Result;
  }

  #once(
    content: string,
    { idempotencyKey: key = '' }: RequestOptions,
    work: () => Promise<string>,
    happened: () => boolean = () => true,
  ): Promise<string> {
    return this.#setting.idempotency.once({ client: this.#principal.name, key, content, happened }, work);
  }
}
