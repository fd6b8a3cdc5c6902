/** What runs calls: the WASM host, the programs of active versions, their registry, and what changes them. */
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, createHost, engineHere, openArtifactKey } from '#host';
import type { HostConfig } from './config/host-config.ts';
import type { Stores } from './open-stores.ts';
import { createPrograms } from './registry/programs.ts';
import { type ComponentRegistry, createRegistry } from './registry/registry.ts';
import { Calls } from './service/calls.ts';
import { dependencyCheck, dependentsOf } from './service/dependency-check.ts';
import { Installer } from './service/installer.ts';
import type { EventLog } from './service/ports.ts';
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
  /** Owns them from now on. */
  readonly stack: AsyncDisposableStack;
}

/** Opens them; nothing is registered yet. @throws {CodedError} `UNAVAILABLE`, `IO_FAILED`. */
export async function openEngines(setting: EnginesSetting): Promise<Engines> {
  const { config, stores, events, telemetry, clock, elapsedMs, stack } = setting;
  const { store, database } = stores;
  const host = stack.use(
    createHost({
      engine: config.engine,
      profile: 'server',
      cacheDirectory: join(config.home, 'cache'),
      warm: true,
      clock,
      kv: createKeyValueStore(database),
      ...(await artifactsOf(config)),
    }),
  );
  const programs = stack.use(createPrograms({ host, open: (hash, tool) => store.openTool(hash, tool), clock }));
  const registry = createRegistry({ file: (hash, path) => store.file(hash, path) });
  const calls = new Calls({
    ...{ epoch: events.epoch, registry, programs, events, telemetry, limits: config.limits, elapsedMs },
    nowMs: () => clock.nowMs(),
  });
  const installer = new Installer({
    ...stores,
    ...{ registry, programs, events, telemetry },
    checkDependencies: dependencyCheck(registry),
    dependents: dependentsOf(registry),
  });
  stack.use(watchKeys(config, () => installer.recheck(), telemetry.log));
  return { engine: host.engine, registry, calls, installer, held: () => programs.held() };
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
