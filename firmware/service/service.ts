/** The service layer: what a host does, once, behind every gateway. Roles, idempotency keys and what is being stopped are checked here. */
import type {
  ActivationResult,
  AriaApi,
  BundleVersion,
  CallOptions,
  CallRequest,
  CallResult,
  EventQuery,
  HostEvent,
  HostStatus,
  InstallResult,
  LogEntry,
  LogQuery,
  RequestOptions,
  Role,
  UploadContent,
  UploadOptions,
} from '#wit/api';
import { roles } from '#wit/api';
import type { Principal } from '../access/principal.ts';
import type { AriaService } from '../api/gateway.ts';
import type { Calls } from './calls.ts';
import { notServing, permissionDenied } from './errors.ts';
import type { IdempotentRequests } from './idempotency.ts';
import type { Installer } from './installer.ts';
import type { BundleStore, EventLog, LogTail, Registry, Trust } from './ports.ts';
import { resultOf, resultText, valueText } from './result-text.ts';
import type { Uploads } from './uploads.ts';
import { bundleVersion } from './versions.ts';

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
  readonly status: () => HostStatus;
  /** Why nothing is served; `undefined` while the host is ready. */
  readonly closedBecause: () => string | undefined;
}

/** Creates the service. */
export function createService(setting: ServiceSetting): AriaService {
  return { api: (principal) => new PrincipalApi(setting, principal) };
}

type Action = keyof AriaApi;

/** What each method takes, and its name in a refusal. */
const actions: Readonly<Record<Action, { readonly role: Role; readonly does: string }>> = {
  status: { role: 'viewer', does: 'read the status' },
  listComponents: { role: 'viewer', does: 'list components' },
  getComponent: { role: 'viewer', does: 'read a component' },
  callTool: { role: 'operator', does: 'call a tool' },
  listBundles: { role: 'viewer', does: 'list bundles' },
  upload: { role: 'operator', does: 'upload a bundle' },
  rollback: { role: 'operator', does: 'roll a bundle back' },
  removeVersion: { role: 'operator', does: 'remove a version' },
  listUpgrades: { role: 'viewer', does: 'list upgrades' },
  approve: { role: 'admin', does: 'approve an upgrade' },
  reject: { role: 'admin', does: 'reject an upgrade' },
  events: { role: 'viewer', does: 'follow events' },
  logs: { role: 'operator', does: 'read logs' },
};

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
    if (options.idempotencyKey === undefined) return calls.run(call, options);
    // Bytes in input and output travel as text: an answer has to be the same after a restart.
    const { timeoutMs, seed, tool } = call;
    const input = valueText(call.input);
    const content = JSON.stringify(['callTool', tool, input, timeoutMs ?? null, seed ? [...seed] : null]);
    const answer = await this.#once(content, options, async () => resultText(await calls.run(call, options)));
    return resultOf(answer);
  }

  async listBundles(): Promise<readonly BundleVersion[]> {
    this.#admit('listBundles');
    const { store, trust } = this.#setting;
    const upgrades = trust.upgrades();
    return store.versions().map((version) => {
      const active = store.activation(version.name);
      return bundleVersion(version, { active, upgrades, ...this.#known(version.hash) });
    });
  }

  async upload(content: UploadContent, options: UploadOptions = {}): Promise<InstallResult> {
    this.#admit('upload');
    const { allowDowngrade = false, signal, progress } = options;
    if (allowDowngrade && this.#principal.role !== 'admin')
      throw permissionDenied('allow a downgrade', this.#principal, 'admin');
    const { uploads, installer, events } = this.#setting;
    const { hash, signature, name } = content;
    const work = async (): Promise<InstallResult> => {
      const archive = await uploads.receive(content, progress);
      events.publish('bundle.uploaded', { file: name, hash, bytes: archive.length, by: this.#principal.name });
      try {
        return await installer.install({
          archive,
          signature,
          allowDowngrade,
          by: this.#principal.name,
          ...(signal && { signal }),
        });
      } finally {
        await uploads.forget(hash);
      }
    };
    return this.#keyed(['upload', hash, signature ?? null, allowDowngrade], options, work);
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
      await this.#setting.installer.remove({ name, version });
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
  #allow(action: Action): void {
    const { role, does } = actions[action];
    if (roles.indexOf(this.#principal.role) < roles.indexOf(role)) throw permissionDenied(does, this.#principal, role);
  }

  #admit(action: Action): void {
    this.#allow(action);
    const state = this.#setting.closedBecause();
    if (state !== undefined) throw notServing(state);
  }

  #known(hash: string): { keyName: string | undefined; tools: number } {
    const { store, trust } = this.#setting;
    const version = store.version(hash);
    if (version === undefined || version.quarantined !== undefined) return { keyName: undefined, tools: 0 };
    try {
      return { keyName: trust.recheck(version).keyName, tools: store.manifest(hash).tools.length };
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
    return JSON.parse(answer) as Result;
  }

  #once(content: string, { idempotencyKey = '' }: RequestOptions, work: () => Promise<string>): Promise<string> {
    return this.#setting.idempotency.once({ client: this.#principal.name, key: idempotencyKey, content }, work);
  }
}
