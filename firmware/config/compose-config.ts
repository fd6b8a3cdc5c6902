/** From texts, environment and flags to the settings of a host; reads nothing itself. */
import { dirname, join } from 'node:path';
import { listenAddress } from '../access/listen-policy.ts';
import { type ConfigText, parseConfigText } from './config-file.ts';
import { type ConfigSources, homeOf, socketPathFault, usualRunDirectory } from './config-sources.ts';
import { type ConfigProblem, configInvalid } from './errors.ts';
import type { AccessTokenConfig, HostConfig, ListenAddress, QuotaConfig, TlsConfig } from './host-config.ts';
import type { TrustedKeySetting } from '#wit/trust';
import { type Layers, addDocument, addEnvironment, addFlags, noLayers, pathKey } from './layers.ts';
import {
  type FamilyKey,
  type FamilyName,
  type FamilyValue,
  type SettingKey,
  type SettingValue,
  families,
  settings,
} from './settings.ts';

/** The settings with what they were made of. */
export interface LoadedConfig {
  readonly config: HostConfig;
  /** Files that were there, the least one first. */
  readonly files: readonly string[];
  /** Where each key that is no default was set, by dotted path. */
  readonly origins: ReadonlyMap<string, string>;
}

/** What was read before. */
export interface ConfigInput {
  readonly texts: readonly ConfigText[];
  /** Keys of `--trust`. */
  readonly trusted?: readonly TrustedKeySetting[];
  /** What could not be read. */
  readonly problems?: readonly ConfigProblem[];
}

/**
 * Makes the settings of a host, frozen.
 * @throws {CodedError} `CONFIG_INVALID` with every fault that was found; `LISTEN_REFUSED`.
 */
export function composeConfig(
  { texts, trusted = [], problems = [] }: ConfigInput,
  sources: ConfigSources,
): LoadedConfig {
  const layers = laidConfig(texts, sources);
  const config = hostConfig(layers, trusted, sources);
  const all = [...problems, ...layers.problems];
  if (all.length > 0) throw configInvalid(all);
  refuseOpenListening(config);
  return {
    config,
    files: texts.map(({ file }) => file),
    origins: new Map([...layers.values].map(([key, { place }]) => [(JSON.parse(key) as string[]).join('.'), place])),
  };
}

/** All layers, one over the other. */
export function laidConfig(texts: readonly ConfigText[], sources: ConfigSources): Layers {
  const layers = noLayers();
  const { userHome, currentDirectory, environment, flags } = sources;
  for (const text of texts) {
    const document = parseConfigText(text);
    if ('place' in document) layers.problems.push(document);
    else addDocument(layers, document, { directory: dirname(text.file), userHome });
  }
  addEnvironment(layers, environment, { directory: currentDirectory, userHome });
  addFlags(layers, flags.settings ?? {}, { directory: currentDirectory, userHome });
  return layers;
}

/** The directory of the sockets. */
export function runDirectoryIn(layers: Layers, sources: ConfigSources): string {
  return valueOf(layers, 'listen.run_directory') ?? usualRunDirectory(sources);
}

function valueOf<Key extends SettingKey>({ values }: Layers, key: Key): SettingValue<Key> {
  const laid = values.get(pathKey(key.split('.')));
  // The form of this very key made it.
  return (laid === undefined ? settings[key].fallback : laid.value) as SettingValue<Key>;
}

function memberValue<Family extends FamilyName, Key extends FamilyKey<Family>>(
  { values }: Layers,
  [family, name, key]: readonly [Family, string, Key],
): FamilyValue<Family, Key> {
  const laid = values.get(pathKey([...family.split('.'), name, key]));
  const known: Readonly<Record<string, { readonly fallback: unknown }>> = families[family];
  return (laid === undefined ? known[key]?.fallback : laid.value) as FamilyValue<Family, Key>;
}

function hostConfig(layers: Layers, trusted: readonly TrustedKeySetting[], sources: ConfigSources): HostConfig {
  const get = <Key extends SettingKey>(key: Key): SettingValue<Key> => valueOf(layers, key);
  return Object.freeze<HostConfig>({
    home: homeOf(sources),
    runDirectory: checkedRunDirectory(layers, sources),
    allowUnsigned: get('host.allow_unsigned'),
    trust: trustOf(layers, trusted),
    engine: get('host.engine'),
    grpc: listening(get('listen.grpc')),
    web: listening(get('listen.web')),
    metrics: listening(get('listen.metrics')),
    socketGroup: get('listen.socket_group'),
    tls: tlsOf(layers),
    accessTokens: accessTokensOf(layers),
    webHosts: get('web.hosts'),
    webOrigins: get('web.origins'),
    limits: Object.freeze({
      connectionsMax: get('limits.connections_max'),
      messageBytesMax: get('limits.message_bytes_max'),
      callsInFlightMax: get('limits.calls_in_flight_max'),
      requestsPerSecond: get('limits.requests_per_second'),
      requestsBurst: get('limits.requests_burst'),
      eventBacklog: get('limits.event_backlog'),
      logBacklog: get('limits.log_backlog'),
    }),
    store: Object.freeze({
      bytesMax: get('store.bytes_max'),
      versionsKept: get('store.versions_kept'),
      compiledDirectory: get('store.compiled_directory') ?? join(homeOf(sources), 'compiled'),
      compiledBytesMax: get('store.compiled_bytes_max'),
    }),
    log: Object.freeze({ level: get('log.level'), file: get('log.file') }),
    containers: Object.freeze({
      backend: get('containers.backend'),
      allowNone: get('containers.allow_none'),
      poolBytes: get('containers.pool_bytes'),
      cacheDirectory:
        get('containers.cache_directory') ?? (sources.uid === 0 ? '/var/cache/aria' : join(homeOf(sources), 'cache')),
      runningMax: get('containers.running_max'),
      reuse: get('containers.reuse'),
      tools: get('containers.tools'),
      createsPerMinute: get('containers.creates_per_minute'),
      quilt: get('containers.quilt'),
    }),
    placement: Object.freeze({
      unsigned: get('placement.unsigned'),
      thirdParty: get('placement.third_party'),
    }),
    scheduler: Object.freeze({
      socket: schedulerSocketOf(layers, sources),
      waitersMax: get('quilt.waiters_max'),
      quotas: quotasOf(layers),
    }),
    otlpEndpoint: get('telemetry.otlp_endpoint'),
    drainMsMax: get('host.drain'),
    minimum: Object.freeze({ memoryBytes: get('minimum.memory_bytes'), diskBytes: get('minimum.disk_bytes') }),
  });
}

function listening(address: ListenAddress | 'off'): ListenAddress | undefined {
  return address === 'off' ? undefined : Object.freeze(address);
}

function checkedRunDirectory(layers: Layers, sources: ConfigSources): string {
  const directory = runDirectoryIn(layers, sources);
  const state = socketPathFault(directory);
  if (state !== undefined)
    layers.problems.push({
      place: layers.values.get(pathKey(['listen', 'run_directory']))?.place ?? homeOf(sources),
      key: 'listen.run_directory',
      state,
      remedy: 'Set listen.run_directory to a shorter path',
    });
  return directory;
}

/** A key of the configuration, or of a flag, whose file then counts. */
function trustOf(layers: Layers, trusted: readonly TrustedKeySetting[]): readonly TrustedKeySetting[] {
  const flagged = new Map(trusted.map((key) => [key.name, key]));
  const names = new Set([...(layers.members.get('trust') ?? []), ...flagged.keys()]);
  return Object.freeze(
    [...names].map((name) => {
      const get = <Key extends FamilyKey<'trust'>>(key: Key): FamilyValue<'trust', Key> =>
        memberValue(layers, ['trust', name, key]);
      const publicKey = flagged.get(name)?.publicKey ?? get('public_key');
      const bundles = get('bundles');
      const tokens = get('tokens');
      return Object.freeze<TrustedKeySetting>({
        name,
        ...(publicKey !== undefined && { publicKey }),
        ...(bundles !== undefined && { bundles }),
        ...(tokens !== undefined && { tokens }),
        revoked: get('revoked'),
        ...(get('third_party') && { thirdParty: true }),
        upgrades: get('upgrades'),
      });
    }),
  );
}

function schedulerSocketOf(layers: Layers, sources: ConfigSources): string | undefined {
  const set = valueOf(layers, 'quilt.socket');
  if (set !== undefined) return set === 'off' ? undefined : set;
  const directory = runDirectoryIn(layers, sources);
  return directory === '/run/aria' ? '/run/quilt/api.sock' : join(directory, 'quilt', 'api.sock');
}

function quotasOf(layers: Layers): readonly QuotaConfig[] {
  const quotas: QuotaConfig[] = [];
  for (const name of layers.members.get('quota') ?? []) {
    const get = <Key extends FamilyKey<'quota'>>(key: Key): FamilyValue<'quota', Key> =>
      memberValue(layers, ['quota', name, key]);
    const token = get('token');
    const [concurrency, rate, capacity] = [get('concurrency'), get('rate'), get('capacity')];
    const rules: QuotaConfig['rule'][] = [
      ...(concurrency === undefined ? [] : [{ kind: 'concurrency', max: concurrency } as const]),
      ...(rate === undefined ? [] : [{ kind: 'rate', max: rate, perMs: get('per') ?? 60_000 } as const]),
      ...(capacity === undefined ? [] : [{ kind: 'capacity', max: capacity } as const]),
    ];
    if (token === undefined) missing(layers, `quota.${name}`, 'token');
    else if (rules.length === 0) missing(layers, `quota.${name}`, 'rate');
    else
      for (const rule of rules)
        quotas.push(Object.freeze({ name: rules.length === 1 ? name : `${name} (${rule.kind})`, token, rule }));
  }
  return Object.freeze(quotas);
}

function accessTokensOf(layers: Layers): readonly AccessTokenConfig[] {
  const tokens: AccessTokenConfig[] = [];
  for (const name of layers.members.get('access.tokens') ?? []) {
    const role = memberValue(layers, ['access.tokens', name, 'role']);
    const file = memberValue(layers, ['access.tokens', name, 'file']);
    if (role !== undefined && file !== undefined) tokens.push(Object.freeze({ name, role, file }));
    else missing(layers, `access.tokens.${name}`, role === undefined ? 'role' : 'file');
  }
  return Object.freeze(tokens);
}

function tlsOf(layers: Layers): TlsConfig | undefined {
  const certificate = valueOf(layers, 'tls.certificate');
  const key = valueOf(layers, 'tls.key');
  const clientAuthority = valueOf(layers, 'tls.client_authority');
  const clientRoles = valueOf(layers, 'tls.client_roles');
  if (clientRoles !== undefined && clientAuthority === undefined) missing(layers, 'tls', 'client_authority');
  if (certificate !== undefined && key !== undefined)
    return Object.freeze<TlsConfig>({
      certificate,
      key,
      ...(clientAuthority !== undefined && { clientAuthority }),
      clientRoles: clientRoles ?? new Map(),
    });
  if (certificate !== undefined || key !== undefined || clientAuthority !== undefined)
    missing(layers, 'tls', certificate === undefined ? 'certificate' : 'key');
  return undefined;
}

/** A table says something and leaves out what that needs. Where it does is known by one of its keys, or a value that did not fit is the reason. */
function missing({ values, problems }: Layers, table: string, key: string): void {
  const path = `${table}.${key}`;
  if (problems.some((problem) => problem.key === path)) return;
  const start = pathKey(table.split('.')).slice(0, -1);
  const place = [...values].find(([known]) => known.startsWith(`${start},`))?.[1].place ?? `[${table}]`;
  problems.push({ place, key: path, state: `[${table}] has no "${key}"`, remedy: `Set ${path}` });
}

/** Gateways ask the same when they bind; asked here, it is said before anything is opened. */
function refuseOpenListening({ grpc, web, metrics, tls }: HostConfig): void {
  if (grpc !== undefined) listenAddress('listen.grpc', grpc, tls !== undefined);
  if (web !== undefined) listenAddress('listen.web', web, tls !== undefined);
  if (metrics !== undefined) listenAddress('listen.metrics', metrics, 'never');
}
