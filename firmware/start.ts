/**
 * The composition: one process with stores, engines, registry and APIs, brought up in phases.
 *
 * - What is opened goes onto one stack, and leaves in the opposite order.
 * - A phase that fails leaves what is there: the APIs come up all the same and tell what is wrong. Only a home that another host holds is left at once.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, engineHere } from '#host';
import { type AriaApi, type HostAddresses, type HostStatus, hostFilePath, tokenPath } from '#wit/api';
import { CodedError } from '#wit/errors';
import type { Access } from './access/access.ts';
import { openAccess } from './access/open-access.ts';
import type { Principal } from './access/principal.ts';
import type { AriaService, Gateway } from './api/gateway.ts';
import { lockHome } from './boot/home-lock.ts';
import { machineText, readMachine, requireMachine } from './boot/machine.ts';
import { type Boot, type PhaseScope, createBoot } from './boot/phases.ts';
import { openRunDirectory } from './boot/run-directory.ts';
import type { HostConfig } from './config/host-config.ts';
import { diagnosticsService } from './diagnostics.ts';
import { createEventLog } from './events/event-log.ts';
import type { EgressMeans } from './open-containers.ts';
import { type Engines, openEngines } from './open-engines.ts';
import { openGateways } from './open-gateways.ts';
import { type Stores, openStores } from './open-stores.ts';
import { IdempotentRequests } from './service/idempotency.ts';
import type { EventLog } from './service/ports.ts';
import { createService } from './service/service.ts';
import { Uploads } from './service/uploads.ts';
import { whenAborted } from './when-aborted.ts';
import { type HostTelemetry, createTelemetry } from './telemetry/create-telemetry.ts';

/** What a host runs on. */
export interface FirmwareSetting {
  readonly config: HostConfig;
  readonly clock: Clock;
  /** Milliseconds since the process started, of a clock that nobody sets. */
  readonly elapsedMs: () => number;
  readonly random: (length: number) => Uint8Array;
  readonly version: string;
  readonly pid: number;
  readonly uid: number | undefined;
  readonly egress?: EgressMeans;
}

/** A host. Leaving the scope stops it: calls in flight end, or the deadline of the configuration does. */
export interface Firmware extends AsyncDisposable {
  /** Why the boot failed; the APIs are up and tell it. */
  readonly failure: CodedError | undefined;
  readonly addresses: HostAddresses;
  status(): HostStatus;
  /** The service, for callers in this process. */
  api(principal: Principal): AriaApi;
  /** Takes nothing new and waits for what runs; ends early with the signal. */
  drain(signal: AbortSignal): Promise<void>;
}

/** Brings a host up. @throws {CodedError} `HOME_LOCKED`, and what keeps even its APIs from coming up; nothing is left then. */
export async function startFirmware(setting: FirmwareSetting): Promise<Firmware> {
  const host = new HostProcess(setting);
  try {
    await host.start();
    return host;
  } catch (thrown) {
    await host[Symbol.asyncDispose]();
    throw thrown;
  }
}

class HostProcess implements Firmware {
  readonly #setting: FirmwareSetting;
  readonly #stack = new AsyncDisposableStack();
  readonly #epoch: string;
  readonly #events: EventLog;
  readonly #telemetry: HostTelemetry;
  readonly #boot: Boot;
  readonly #startedAtMs: number;
  #service: AriaService;
  #gateways: readonly Gateway[] = [];
  #addresses: HostAddresses = {};
  #failure: CodedError | undefined;
  #stopping = false;
  #stores: Stores | undefined;
  #engines: Engines | undefined;

  constructor(setting: FirmwareSetting) {
    const { config, clock, elapsedMs, random, version } = setting;
    this.#setting = setting;
    this.#startedAtMs = clock.nowMs();
    this.#epoch = Buffer.from(random(9)).toString('base64url');
    this.#telemetry = this.#stack.use(
      createTelemetry({
        config: config.log,
        otlpEndpoint: config.otlpEndpoint,
        logBacklog: config.limits.logBacklog,
        host: { version, instance: this.#epoch },
        clock,
        monotonicMs: elapsedMs,
        randomBytes: random,
      }),
    );
    const { log, metrics, redact } = this.#telemetry;
    this.#events = createEventLog({ epoch: this.#epoch, backlog: config.limits.eventBacklog, clock, clean: redact });
    this.#boot = createBoot({
      elapsedMs,
      report: ({ phase, state, durationMs = 0, detail, remedy }) => {
        if (state === 'running') return;
        metrics.bootPhase({ phase, durationMs });
        const fields = {
          phase,
          durationMs,
          ...(detail !== undefined && { detail }),
          ...(remedy !== undefined && { remedy }),
        };
        if (state === 'failed') log.error('a phase of the boot failed', fields);
        else log.info('a phase of the boot is done', fields);
      },
    });
    this.#service = diagnosticsService({
      status: () => this.status(),
      events: this.#events,
      tail: this.#telemetry.tail,
    });
  }

  get failure(): CodedError | undefined {
    return this.#failure;
  }

  get addresses(): HostAddresses {
    return this.#addresses;
  }

  api(principal: Principal): AriaApi {
    return this.#service.api(principal);
  }

  async start(): Promise<void> {
    const access = await this.#phases();
    await this.#boot.phase('apis', async (scope) => {
      await this.#listen(access, scope);
    });
    await this.#writeHostFile();
    if (this.#failure !== undefined) return;
    this.#events.publish('host.ready', { ...this.#addresses });
    if (this.#setting.config.allowUnsigned)
      this.#telemetry.log.warn('bundles that nobody signed run here', { setting: 'allow_unsigned' });
  }

  status(): HostStatus {
    const { config, clock, version, pid } = this.#setting;
    const { store, trust } = this.#stores ?? {};
    const versions = store?.versions() ?? [];
    const { tool = 0, agent = 0, team = 0, pipeline = 0 } = this.#engines?.registry.counts() ?? {};
    const { bytes = 0, bytesMax = config.store.bytesMax } = store?.usage() ?? {};
    return {
      version,
      state: this.#stopping ? 'stopping' : this.#boot.state,
      epoch: this.#epoch,
      startedAtMs: this.#startedAtMs,
      uptimeMs: Math.max(0, clock.nowMs() - this.#startedAtMs),
      pid,
      boot: this.#boot.phases,
      addresses: this.#addresses,
      engine: this.#engines?.engine ?? 'none',
      allowUnsigned: config.allowUnsigned,
      bundles: {
        active: store?.activations().length ?? 0,
        installed: versions.length,
        quarantined: versions.filter(({ quarantined }) => quarantined !== undefined).length,
      },
      components: { tools: tool, agents: agent, teams: team, pipelines: pipeline },
      calls: this.#engines?.calls.counts ?? { inFlight: 0, finished: 0, failed: 0 },
      upgradesWaiting: trust?.upgrades().length ?? 0,
      store: { bytes, bytesMax },
      memory: { rssBytes: process.memoryUsage.rss() },
    };
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (!this.#stopping) this.#events.publish('host.stopping', {});
    this.#stopping = true;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#setting.config.drainMsMax)]);
    const drained = [...this.#gateways.map((gateway) => gateway.drain(deadline)), this.#engines?.calls.idle()];
    await Promise.race([Promise.allSettled(drained), whenAborted(deadline)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#stack.disposeAsync();
  }

  /** The phases before the APIs; what fails is kept, and the host goes on to tell it. */
  async #phases(): Promise<Access | undefined> {
    let access: Access | undefined;
    let entered = false;
    try {
      await this.#boot.phase('machine', (scope) => this.#machine(scope));
      const stores = await this.#boot.phase('stores', async (scope) => {
        entered = true;
        access = await this.#enter();
        return this.#openStores(scope);
      });
      const engines = await this.#boot.phase('engines', (scope) => this.#openEngines(stores, scope));
      await this.#boot.phase('bundles', (scope) => {
        const { active, failed } = engines.installer.recover();
        scope.seen([`${active} active`, ...failed].join('; '));
        this.#serve(stores, engines);
      });
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      if (thrown.code === 'HOME_LOCKED') throw thrown;
      this.#failure = thrown;
    }
    // A machine that is refused is told of by the APIs, too, where the home is fit for them.
    if (!entered) access = await this.#enter().catch(exceptUnusable);
    return access;
  }

  /** From here on the home is this host's alone, and it knows who may come in. */
  async #enter(): Promise<Access> {
    const { config, clock, pid } = this.#setting;
    this.#stack.use(lockHome(config.home, { nowMs: clock.nowMs(), pid }));
    return this.#openAccess();
  }

  async #machine(scope: PhaseScope): Promise<void> {
    const { home, minimum, engine } = this.#setting.config;
    const engines = engineHere() === 'wasmtime' ? ['wasmtime', 'v8'] : ['v8'];
    const found = await readMachine({ home, engines });
    scope.seen(machineText(found));
    requireMachine(found, { memoryBytes: minimum.memoryBytes, diskBytes: minimum.diskBytes, engine });
  }

  async #openAccess(): Promise<Access> {
    const { config, clock, elapsedMs, random } = this.#setting;
    const access = await openAccess({
      home: config.home,
      config,
      clock: { nowMs: () => clock.nowMs(), monotonicMs: elapsedMs },
      random,
    });
    // From here on they are in no line, no label, no span and no event.
    for (const file of [tokenPath(config.home), ...config.accessTokens.map((token) => token.file)])
      this.#telemetry.addSecret((await readFile(file, 'utf8')).trim());
    return access;
  }

  #openStores(scope: PhaseScope): Stores {
    const { config, clock } = this.#setting;
    this.#stores = openStores({
      ...{ config, clock, stack: this.#stack },
      held: () =>
        new Set([...(this.#engines?.held() ?? []), ...(this.#stores?.trust.upgrades() ?? []).map(({ hash }) => hash)]),
      quarantined: ({ name, version, hash }, reason) => {
        this.#telemetry.metrics.bundleChanged({ change: 'quarantined' });
        this.#telemetry.log.error('a bundle is quarantined', { bundle: name, version, reason });
        this.#events.publish('bundle.quarantined', { name, version, hash, reason });
      },
    });
    const usage = this.#stores.store.usage();
    scope.seen(`${usage.objects} objects, ${Math.ceil(usage.bytes / 2 ** 20)} MiB`);
    return this.#stores;
  }

  async #openEngines(stores: Stores, scope: PhaseScope): Promise<Engines> {
    const { config, clock, elapsedMs } = this.#setting;
    this.#engines = await openEngines({
      ...{ config, stores, clock, elapsedMs },
      ...{ events: this.#events, telemetry: this.#telemetry, stack: this.#stack },
      ...{ random: this.#setting.random, version: this.#setting.version, egress: this.#setting.egress },
    });
    scope.seen(this.#engines.engine);
    return this.#engines;
  }

  #serve({ database, store, trust }: Stores, engines: Engines): void {
    const { calls, installer, registry, scheduler, divergence } = engines;
    const { config, clock } = this.#setting;
    const { metrics, tail } = this.#telemetry;
    this.#service = createService({
      calls,
      installer,
      uploads: new Uploads(join(config.home, 'uploads'), clock),
      idempotency: new IdempotentRequests(database, clock),
      store,
      trust,
      registry,
      scheduler,
      divergence,
      events: this.#events,
      tail,
      status: () => this.status(),
      closedBecause: () => (this.#stopping ? 'stopping' : undefined),
    });
    metrics.observe('components', () => Object.values(registry.counts()).reduce((sum, count) => sum + count, 0));
    metrics.observe('bundles_active', () => store.activations().length);
    metrics.observe('calls_in_flight', () => calls.counts.inFlight);
    metrics.observe('store_bytes', () => store.usage().bytes);
    metrics.observe('upgrades_waiting', () => trust.upgrades().length);
  }

  async #listen(access: Access | undefined, scope: PhaseScope): Promise<void> {
    const { config, uid } = this.#setting;
    if (access === undefined) throw this.#failure ?? new Error('Cannot listen: nobody could be let in');
    const run = await openRunDirectory({ path: config.runDirectory, group: config.socketGroup, uid });
    const { gateways, addresses } = await openGateways({
      config,
      run,
      stack: this.#stack,
      phase: () => this.#phase(),
      telemetry: this.#telemetry,
      setting: {
        // Looked up for each request: the service takes the place of the diagnostics when the bundles are registered.
        service: { api: (principal) => this.#service.api(principal) },
        access,
        telemetry: this.#telemetry,
        limits: config.limits,
        ready: () => this.#boot.state === 'ready' && !this.#stopping,
      },
    });
    const served = await this.#engines?.serveScheduler(run.groupId);
    if (served) this.#stack.use(served);
    this.#gateways = gateways;
    this.#addresses = { ...addresses, ...(served && { quilt: served.path }) };
    scope.seen(
      Object.entries(addresses)
        .map(([name, address]) => `${name} ${String(address)}`)
        .join(', '),
    );
  }

  /** What a readiness probe is told. */
  #phase(): string {
    if (this.#stopping) return 'stopping';
    const at = this.#boot.phases.find(({ state }) => state === 'failed' || state === 'running');
    return at === undefined ? this.#boot.state : `${at.phase} ${at.state}`;
  }

  /** Where clients find the host. */
  async #writeHostFile(): Promise<void> {
    const path = hostFilePath(this.#setting.config.home);
    await writeFile(`${path}.new`, JSON.stringify({ pid: this.#setting.pid, addresses: this.#addresses }), {
      mode: 0o600,
    });
    await rename(`${path}.new`, path);
    this.#stack.defer(() => rm(path, { force: true }));
  }
}

function exceptUnusable(thrown: unknown): undefined {
  if (!(thrown instanceof CodedError) || thrown.code === 'HOME_LOCKED') throw thrown;
}
