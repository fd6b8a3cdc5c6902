/** What runs calls: the WASM host, the programs of active versions, their registry, and what changes them. */
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
  return { engine: host.engine, registry, calls, installer, held: () => programs.held() };
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
