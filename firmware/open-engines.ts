/** What runs calls: the WASM host, the programs of active versions, their registry, and what changes them. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, createHost, engineHere, openArtifactKey } from '#host';
import type { Quota, TokenScheduler } from '#quilt-adapter/sync';
import type { SyncServer } from '#quilt-adapter/sync/grpc';
import type { ToolRunner } from '#wit/interfaces';
import type { BuiltInBundle } from './built-in/built-in-bundle.ts';
import { withBuiltIn } from './built-in/built-in-programs.ts';
import { containerBundleName, containerToolsBundle } from './built-in/container-tools.ts';
import type { HostConfig } from './config/host-config.ts';
import { type EgressMeans, type HostContainers, openContainers } from './open-containers.ts';
import { openScheduler } from './open-scheduler.ts';
import type { Stores } from './open-stores.ts';
import { placementOf } from './placement/placement.ts';
import { type PlacedLoader, createToolLoader } from './placement/tool-loader.ts';
import { createPrograms } from './registry/programs.ts';
import { type ComponentRegistry, createRegistry } from './registry/registry.ts';
import { Calls } from './service/calls.ts';
import { dependencyCheck, dependentsOf } from './service/dependency-check.ts';
import { DivergenceCheck } from './service/divergence.ts';
import { Installer } from './service/installer.ts';
import { LockPlan } from './service/lock-plan.ts';
import type { EventLog, Placement, Programs, ResolvedTool } from './service/ports.ts';
import { createKeyValueStore } from './stores/key-value-store.ts';
import type { HostTelemetry } from './telemetry/create-telemetry.ts';
import type { Log } from './telemetry/telemetry.ts';

/** How often the directory of keys is looked at, in milliseconds: a person who revokes a key waits for it. */
const keysLookMs = 1_000;

/** What runs calls. */
export interface Engines {
  readonly engine: string;
  readonly registry: ComponentRegistry;
  readonly calls: Calls;
  readonly installer: Installer;
  readonly scheduler: TokenScheduler;
  readonly divergence: DivergenceCheck;
  /** Serves the scheduler to other processes, where the configuration says so. */
  readonly serveScheduler: (group: number | undefined) => Promise<SyncServer | undefined>;
  /** Versions that calls run on. */
  readonly held: () => ReadonlySet<string>;
}

/** What they run on. */
export interface EnginesSetting {
  readonly config: HostConfig;
  readonly stores: Stores;
  readonly events: EventLog;
  readonly telemetry: HostTelemetry;
  readonly clock: Clock;
  /** Of a clock that nobody sets. */
  readonly elapsedMs: () => number;
  readonly random: (length: number) => Uint8Array;
  /** Of the host. */
  readonly version: string;
  readonly egress?: EgressMeans | undefined;
  /** Owns them from now on. */
  readonly stack: AsyncDisposableStack;
}

/** Opens them; nothing is registered yet. @throws {CodedError} `UNAVAILABLE`, `IO_FAILED`. */
export async function openEngines(setting: EnginesSetting): Promise<Engines> {
  const { config, stores, events, telemetry, clock, elapsedMs, random, version, stack, egress } = setting;
  const { store, database } = stores;
  const { scheduler, counted, quotas, serve } = stack.use(
    openScheduler({ config, database, events, telemetry, random }),
  );
  const containers = stack.use(
    openContainers({
      ...{ config, events, telemetry, clock, random, version, egress },
      operations: () => host.operations,
    }),
  );
  const own = await ownBundles(setting, containers);
  const { registry, placed } = componentsOf(setting, own);
  const plan = lockPlan(setting, registry, quotas);
  // Calls run on programs, programs on the host, and what its tools call on calls.
  const programs = (): Programs => running;
  const calls = new Calls({
    ...{ epoch: events.epoch, registry, events, telemetry, limits: config.limits, elapsedMs, scheduler, counted },
    programs,
    alsoTaken: (bundle, tool) => plan.takenBy(bundle, tool),
    placementOf: placed,
    nowMs: () => clock.nowMs(),
  });
  const host = stack.use(
    createHost({
      engine: config.engine,
      profile: 'server',
      cacheDirectory: join(config.home, 'cache'),
      warm: true,
      clock,
      kv: createKeyValueStore(database),
      nested: calls,
      locks: calls.locks,
      ...(await artifactsOf(config)),
    }),
  );
  const loader = createToolLoader({ host, containers });
  const loading = stack.use(createPrograms({ host: loader, open: (hash, tool) => store.openTool(hash, tool), clock }));
  const running = withBuiltIn(loading, own, clock);
  const checkBeside = dependencyCheck(registry);
  const installer = new Installer({
    ...stores,
    ...{ registry, programs: running, events, telemetry },
    checkDependencies: (manifest) => {
      checkBeside(manifest);
      plan.check(manifest);
    },
    replaced: () => plan.refresh(),
    dependents: dependentsOf(registry),
    // Also where its tools are not served: whoever calls them must not get somebody else's.
    reserved: new Set([containerBundleName]),
  });
  stack.use(watchKeys(config, () => installer.recheck(), telemetry.log));
  return {
    ...{ engine: host.engine, registry, calls, installer, scheduler, serveScheduler: serve },
    divergence: divergenceCheck(setting, { registry, placed, loader, calls }),
    held: () => running.held(),
  };
}

type PlacedBy = (target: Parameters<typeof placementOf>[0]) => Placement;

/** The registry, with the bundles of the host itself, and where its tools run. */
function componentsOf(
  { config, stores: { store } }: EnginesSetting,
  own: readonly BuiltInBundle[],
): { readonly registry: ComponentRegistry; readonly placed: PlacedBy } {
  const builtIn = new Map(own.map((bundle) => [bundle.active.hash, bundle]));
  const registry = createRegistry({
    file: async (hash, path) => builtIn.get(hash)?.file(path) ?? (await store.file(hash, path)),
    builtIn: own.map(({ active }) => active),
  });
  const placed: PlacedBy = (target) =>
    builtIn.has(target.provenance.hash)
      ? { substrate: 'host', reasons: ['it is a tool of the host itself'] }
      : placementOf(target, config.placement);
  return { registry, placed };
}

function divergenceCheck(
  { events, random, stores: { store } }: EnginesSetting,
  {
    registry,
    placed,
    loader,
    calls,
  }: { registry: ComponentRegistry; placed: PlacedBy; loader: PlacedLoader; calls: Calls },
): DivergenceCheck {
  return new DivergenceCheck({
    ...{ registry, placementOf: placed, random: () => random(32) },
    hold: (callId, target, signal) => calls.hold(callId, target, signal),
    callId: () => `${events.epoch}-diverge-${Buffer.from(random(6)).toString('hex')}`,
    runnerOn: (substrate, target, operations) => runnerOn({ store, loader }, substrate, target, operations),
  });
}

/** Bundles of the host itself. */
async function ownBundles(
  { config, telemetry, clock, version }: EnginesSetting,
  containers: HostContainers,
): Promise<readonly BuiltInBundle[]> {
  const { tools, createsPerMinute } = config.containers;
  if (!tools) return [];
  const runtime = (): ReturnType<HostContainers['runtime']> => containers.runtime();
  return [await containerToolsBundle({ version, clock, log: telemetry.log, createsPerMinute, runtime })];
}

function lockPlan(
  { events, telemetry }: EnginesSetting,
  registry: ComponentRegistry,
  quotas: readonly Quota[],
): LockPlan {
  return new LockPlan({
    active: () => registry.bundles(),
    quotas,
    serialised: ({ deadlocks, serialised }) => {
      const cycles = deadlocks.map(({ cycle }) => cycle);
      events.publish('tokens.serialised', { cycles, taken: Object.fromEntries(serialised) });
      telemetry.log.warn('calls that could wait for each other take their tokens at once', { cycles });
    },
    // Nothing is kept from running: what comes to wait for itself is ended then, which is what people are told.
    unproven: ({ deadlocks, tooLarge }) => {
      const cycles = deadlocks.map(({ cycle }) => cycle);
      events.publish('tokens.unproven', { cycles, ...(tooLarge !== undefined && { tooLarge }) });
      telemetry.log.error('calls of active bundles may come to wait for each other, and end with DEADLOCK then', {
        cycles,
        ...(tooLarge !== undefined && { tooLarge }),
      });
    },
  });
}

async function runnerOn(
  { store, loader }: { readonly store: Stores['store']; readonly loader: PlacedLoader },
  substrate: 'wasm' | 'container',
  { hash, tool }: ResolvedTool,
  // oxlint-disable-next-line max-params -- What it runs on, and the three of `RunnerOn`.
  operations: Parameters<PlacedLoader['loadOn']>[2],
): Promise<ToolRunner> {
  return loader.loadOn(substrate, { content: await store.openTool(hash, tool.name), tool, hash }, operations);
}

/** A key that comes or is revoked counts for what is active, too. Looked at and not watched: shares and links tell nobody of a change. */
function watchKeys({ home }: HostConfig, recheck: () => Promise<void>, log: Log): Disposable {
  const directory = join(home, 'trust');
  const look = (now: Stats, before: Stats): void => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
    recheck().catch((thrown: unknown) =>
      log.error('active bundles were not checked again', { reason: String(thrown) }),
    );
  };
  watchFile(directory, { interval: keysLookMs, persistent: false }, look);
  return { [Symbol.dispose]: () => unwatchFile(directory, look) };
}

/** Where compiled code is kept, where there is an engine that compiles. */
async function artifactsOf({
  engine,
  store,
}: HostConfig): Promise<Pick<Parameters<typeof createHost>[0] & object, 'artifacts'>> {
  if (engine === 'v8' || engineHere() !== 'wasmtime') return {};
  const { compiledDirectory: directory, compiledBytesMax: directoryBytesMax } = store;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return { artifacts: { directory, key: await openArtifactKey(join(directory, 'key')), directoryBytesMax } };
}
