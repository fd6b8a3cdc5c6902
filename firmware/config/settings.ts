/**
 * Every key of a host's `aria.toml`: its form, its default, and what it is for. The parser, the environment, the flags and the table in
 * `docs/deploy.md` are made of this one list.
 */
import { logLevels } from '#wit/api';
import {
  type Form,
  address,
  choice,
  duration,
  endpoint,
  list,
  named,
  origin,
  path,
  resourceToken,
  role,
  size,
  socketOrOff,
  text,
  truth,
  webHost,
  whole,
} from './forms.ts';
import type { ListenAddress } from './host-config.ts';

/** A key. */
export interface Setting<Value, Fallback extends Value | undefined = Value | undefined> {
  readonly form: Form<Value>;
  readonly fallback: Fallback;
  readonly about: string;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;
const tebibyte = 1024 * gibibyte;

function setting<Value, Fallback extends Value | undefined>(
  form: Form<Value>,
  fallback: Fallback,
  about: string,
): Setting<Value, Fallback> {
  return { form, fallback, about };
}

function loopback(port: number): ListenAddress | 'off' {
  return Object.freeze({ host: '127.0.0.1', port });
}

/** Keys with a fixed path. */
export const settings = {
  'host.allow_unsigned': setting(truth, false, 'Run bundles that nobody signed'),
  'host.engine': setting(
    choice(['auto', 'wasmtime', 'v8']),
    'auto',
    'What runs tools; `auto`: the native engine where it is built',
  ),
  'host.drain': setting(duration(0, 3_600_000), 30_000, 'Longest that a stop waits for calls in flight'),
  'listen.grpc': setting(address, loopback(7600), 'gRPC; port 0: any free one; `off`: none'),
  'listen.web': setting(address, loopback(7601), 'WebSocket, JSON API, `/healthz` and `/readyz`'),
  'listen.metrics': setting(address, loopback(9090), 'Prometheus metrics'),
  'listen.run_directory': setting(
    path,
    undefined,
    'Directory of the Unix sockets; `/run/aria` for root, `$XDG_RUNTIME_DIR/aria` otherwise, `run` in any other home than the default',
  ),
  'listen.socket_group': setting(
    text(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, 'the name or the number of a group'),
    undefined,
    'Members of this group are operators on the Unix sockets',
  ),
  'tls.certificate': setting(path, undefined, 'PEM file of the certificate chain; TLS on gRPC and web'),
  'tls.key': setting(path, undefined, 'PEM file of its private key, mode 0600'),
  'tls.client_authority': setting(path, undefined, 'PEM file of the authority whose certificates clients need'),
  'tls.client_roles': setting(named(role), undefined, 'Roles by common name of the client certificate'),
  'web.hosts': setting(
    list(webHost),
    Object.freeze([]),
    'Names under which the web port may be asked, beside loopback',
  ),
  'web.origins': setting(list(origin), Object.freeze([]), 'Origins of pages that may connect'),
  'limits.connections_max': setting(whole(1, 100_000), 1024, 'Connections of each API'),
  // 8 MiB of JSON and 32 MiB of blobs are the largest input of a call; base64 adds a third.
  'limits.message_bytes_max': setting(size(64 * kibibyte, gibibyte), 64 * mebibyte, 'Largest message of a client'),
  'limits.calls_in_flight_max': setting(whole(1, 8192), 1024, 'Calls that run or wait at the same time'),
  'limits.requests_per_second': setting(whole(1, 1_000_000), 5000, 'Requests of one client'),
  'limits.requests_burst': setting(whole(1, 1_000_000), 10_000, 'Requests of one client at once'),
  'limits.event_backlog': setting(
    whole(16, 1_000_000),
    10_000,
    'Events kept for those who resume; a slow reader may be this far behind',
  ),
  'limits.log_backlog': setting(whole(16, 1_000_000), 10_000, 'The same for lines of logs'),
  'store.bytes_max': setting(size(mebibyte, 16 * tebibyte), 2 * gibibyte, 'What bundles may take'),
  'store.compiled_directory': setting(
    path,
    undefined,
    'Where compiled code is kept; `compiled` in the data directory where absent. Hosts of one user may share it',
  ),
  'store.compiled_bytes_max': setting(
    size(16 * mebibyte, 16 * tebibyte),
    2 * gibibyte,
    'What compiled code may take; what was used longest ago goes first',
  ),
  'store.versions_kept': setting(whole(1, 1000), 5, 'Inactive versions of a bundle that are kept'),
  'log.level': setting(choice(logLevels), 'info', 'Least level of lines'),
  'log.file': setting(path, undefined, 'Where lines go; stderr where absent'),
  'telemetry.otlp_endpoint': setting(
    endpoint,
    undefined,
    'Metrics and traces go there by OTLP over HTTP; absent: nowhere',
  ),
  'containers.backend': setting(
    choice(['auto', 'crun', 'runc', 'bubblewrap', 'none', 'off']),
    'auto',
    'What isolates container tools; `auto`: the best that works here; `none` isolates nothing; `off`: no containers',
  ),
  'containers.allow_none': setting(
    truth,
    false,
    'Lets `none` run tools: their code then has all rights of the user of this host',
  ),
  'containers.pool_bytes': setting(
    size(0, 16 * tebibyte),
    256 * mebibyte,
    'Memory that containers may take which wait for a call; 0: none waits',
  ),
  'containers.cache_directory': setting(
    path,
    undefined,
    'Where the root file system of containers is; for root `/var/cache/aria`, else `cache` in the data directory. Users of containers must be able to pass it',
  ),
  'containers.running_max': setting(
    whole(1, 4096),
    64,
    'Calls that run in containers at the same time; further ones wait up to 10 s, those of a caller that has a container are refused',
  ),
  'containers.reuse': setting(
    choice(['call', 'session']),
    'call',
    'How long a container serves: one call, or the calls of one client that name the same session',
  ),
  'containers.tools': setting(
    truth,
    false,
    'Serves the bundle `quilt`: tools that create, start and look at containers; whoever may call tools may call them',
  ),
  'containers.creates_per_minute': setting(
    whole(1, 100_000),
    30,
    'Containers that one session may create by the tools of the bundle `quilt`',
  ),
  'containers.quilt': setting(
    text(
      /^(?:unix:\/.{1,100}|[A-Za-z0-9.-]{1,253}:\d{1,5}|\[[0-9a-fA-F:]{2,45}\]:\d{1,5})$/,
      'host:port, or unix: and a path',
    ),
    undefined,
    'A remote Quilt daemon that runs what the tools of the bundle `quilt` create; absent: this machine does',
  ),
  'placement.unsigned': setting(
    choice(['built', 'container']),
    'built',
    'Where tools of bundles run that nobody signed; `built`: where arc placed them',
  ),
  'placement.third_party': setting(
    choice(['built', 'container']),
    'container',
    'Where tools run whose key has `third_party = true`',
  ),
  'quilt.socket': setting(
    socketOrOff,
    undefined,
    'Socket of the token scheduler; `/run/quilt/api.sock` where the sockets are in `/run/aria`, else `quilt/api.sock` beside the others; `off`: none',
  ),
  'quilt.waiters_max': setting(whole(1, 1_000_000), 10_000, 'Calls and clients that may wait for tokens'),
  'minimum.memory_bytes': setting(size(0, 16 * tebibyte), 256 * mebibyte, 'A boot refuses to run with less memory'),
  'minimum.disk_bytes': setting(size(0, 16 * tebibyte), 256 * mebibyte, 'A boot refuses to run with less free disk'),
} as const satisfies Record<string, Setting<unknown>>;
export type SettingKey = keyof typeof settings;

type ValueOf<One> =
  One extends Setting<infer Value, infer Fallback> ? Value | (undefined extends Fallback ? undefined : never) : never;

/** A value of a key: what its form gives, or its default. */
export type SettingValue<Key extends SettingKey> = ValueOf<(typeof settings)[Key]>;

const bundlePattern = text(/^(?:[a-z][a-z0-9-]{0,127}\*?|\*)$/, 'the name of a bundle, "*" at its end allowed');

/** Tables with a name in their path: `[trust.NAME]`. */
export const families = {
  trust: {
    public_key: setting(
      // 42 bytes that begin with "Ed", in base64.
      text(/^RW[QRST][A-Za-z0-9+/]{53}$/, 'the second line of a public key file of minisign'),
      undefined,
      'The key; absent: `trust/NAME.pub` of the home has it',
    ),
    bundles: setting(list(bundlePattern), undefined, 'Bundles that it may sign; absent: all'),
    tokens: setting(
      list(resourceToken),
      undefined,
      'Tokens that its bundles get without an approval; absent: all but `fs`, `spawn` and `net` to private ranges',
    ),
    upgrades: setting(
      choice(['approve', 'allow']),
      'approve',
      'Whether an upgrade that asks for more waits for a person',
    ),
    revoked: setting(truth, false, 'Nothing that it signed counts any more'),
    third_party: setting(truth, false, 'It is somebody else’s: `placement.third_party` says where its tools run'),
  },
  quota: {
    token: setting(resourceToken, undefined, 'What it counts: calls that have a token which this one covers'),
    concurrency: setting(whole(1, 1_000_000), undefined, 'How many may run at the same time'),
    // Each is remembered by its time.
    rate: setting(whole(1, 100_000), undefined, 'How many may begin in the time of `per`'),
    per: setting(duration(1, 86_400_000), 60_000, 'The time of `rate`'),
    capacity: setting(whole(1, 1_000_000_000), undefined, 'How much those that run may take together'),
  },
  'access.tokens': {
    role: setting(role, undefined, 'What who shows the token may do'),
    file: setting(path, undefined, 'A file of mode 0600 that holds the token'),
  },
} as const satisfies Record<string, Record<string, Setting<unknown>>>;
export type FamilyName = keyof typeof families;
export type FamilyKey<Family extends FamilyName> = keyof (typeof families)[Family] & string;
/** The same for a key of a family. */
export type FamilyValue<Family extends FamilyName, Key extends FamilyKey<Family>> = ValueOf<
  (typeof families)[Family][Key]
>;

/** Members of one family: each may have a key, tokens and files of its own. */
export const familyMembersMax = 256;

/** Every path as it is documented, a name in it as `NAME`. */
export function documentedPaths(): readonly string[] {
  return [
    ...Object.keys(settings),
    ...Object.entries(families).flatMap(([family, keys]) => Object.keys(keys).map((key) => `${family}.NAME.${key}`)),
  ];
}

/** The environment variable of a key. */
export function variableOf(key: string): string {
  return `ARIA_${key.replaceAll('.', '_').toUpperCase()}`;
}
