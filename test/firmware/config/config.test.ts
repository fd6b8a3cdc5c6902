import { describe, expect, test } from 'vitest';
import { configOf, loadedOf, refusalOf } from './config-sources.ts';

describe('defaults', () => {
  test('without any file the host listens on loopback only, trusts nobody and runs nothing unsigned', () => {
    expect(configOf('')).toMatchObject({
      home: '/home/user/.aria',
      grpc: { host: '127.0.0.1', port: 7600 },
      web: { host: '127.0.0.1', port: 7601 },
      metrics: { host: '127.0.0.1', port: 9090 },
      allowUnsigned: false,
      trust: [],
      accessTokens: [],
      tls: undefined,
      engine: 'auto',
    });
  });

  test('nothing in the settings can be changed', () => {
    const config = configOf('[trust.acme]\ntokens = ["kv:a:r"]\n[web]\norigins = ["https://a.example"]');
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || value instanceof Map
        ? true
        : Object.isFrozen(value) && Object.values(value).every(frozen);
    expect(frozen(config)).toBe(true);
  });

  test.each([
    ['of root', { uid: 0 }, '/run/aria'],
    ['of a user with a session', { environment: { XDG_RUNTIME_DIR: '/run/user/1000' } }, '/run/user/1000/aria'],
    ['of a user without one', {}, '/home/user/.aria/run'],
    ['of a home of its own', { flags: { home: 'other' }, uid: 0 }, '/home/user/project/other/run'],
    ['of a home named by the environment', { environment: { ARIA_HOME: '/srv/aria' } }, '/srv/aria/run'],
    ['of the usual home, though it is named', { flags: { home: '/home/user/.aria' }, uid: 0 }, '/run/aria'],
  ])('the run directory %s', (_, sources, directory) => {
    expect(configOf('', sources).runDirectory).toBe(directory);
  });

  test('a path of sockets that the system would cut is refused with what to set', () => {
    const refusal = refusalOf('', { flags: { home: `/srv/${'a'.repeat(100)}` } });
    expect(refusal.wire).toMatchObject({ code: 'CONFIG_INVALID', details: { key: 'listen.run_directory' } });
    expect(
      configOf('[listen]\nrun_directory = "/run/b"', { flags: { home: `/srv/${'a'.repeat(100)}` } }),
    ).toMatchObject({ runDirectory: '/run/b' });
  });
});

describe('precedence', () => {
  const texts = ['[log]\nlevel = "debug"\n[store]\nversions_kept = 1', '[log]\nlevel = "warn"'];

  test('a later file overrides single keys of an earlier one', () => {
    const { config, origins } = loadedOf(texts);
    expect(config.log.level).toBe('warn');
    expect(config.store.versionsKept).toBe(1);
    expect(Object.fromEntries(origins)).toEqual({
      'log.level': '/etc/aria1.toml:2',
      'store.versions_kept': '/etc/aria.toml:4',
    });
  });

  test('the environment overrides files, and flags override the environment', () => {
    const environment = { ARIA_LOG_LEVEL: 'error', ARIA_STORE_VERSIONS_KEPT: '7' };
    expect(loadedOf(texts, { environment }).config.log.level).toBe('error');
    const flags = { settings: { 'log.level': 'info' } } as const;
    const { config } = loadedOf(texts, { environment, flags });
    expect(config.log.level).toBe('info');
    expect(config.store.versionsKept).toBe(7);
  });

  test('an empty variable says nothing, and variables of others are none of ours', () => {
    const environment = { ARIA_LOG_LEVEL: '', ARIA_FUZZ_CASES: '3', ARIAL: 'x', ARIA_TOKEN: 'abc' };
    expect(configOf('', { environment }).log.level).toBe('info');
  });

  test('a wrong value counts although another layer overrides it', () => {
    expect(refusalOf('[log]\nlevel = "loud"', { environment: { ARIA_LOG_LEVEL: 'info' } }).code).toBe('CONFIG_INVALID');
  });

  test('keys of a trusted key are merged by its name', () => {
    const { config } = loadedOf([
      '[trust.acme]\ntokens = ["kv:*:rw"]\nbundles = ["a-*"]',
      '[trust.acme]\nrevoked = true\n[trust."b.c"]\nupgrades = "allow"',
    ]);
    expect(config.trust).toEqual([
      { name: 'acme', tokens: ['kv:*:rw'], bundles: ['a-*'], revoked: true, upgrades: 'approve' },
      { name: 'b.c', revoked: false, upgrades: 'allow' },
    ]);
  });
});

describe('values', () => {
  test.each([
    ['[listen]\ngrpc = "off"', { grpc: undefined }],
    ['[listen]\ngrpc = "127.0.0.1:0"', { grpc: { host: '127.0.0.1', port: 0 } }],
    ['[listen]\ngrpc = "[::1]:7600"', { grpc: { host: '::1', port: 7600 } }],
    ['listen.web = "localhost:65535"', { web: { host: 'localhost', port: 65_535 } }],
    ['[store]\nbytes_max = "1.5 GiB"', { store: { bytesMax: 1_610_612_736 } }],
    ['[store]\nbytes_max = 1048576', { store: { bytesMax: 1_048_576 } }],
    ['[host]\ndrain = "2 min"', { drainMsMax: 120_000 }],
    ['[host]\ndrain = "0 ms"', { drainMsMax: 0 }],
    ['[log]\nfile = "logs/aria.log"', { log: { file: '/etc/logs/aria.log' } }],
    ['[log]\nfile = "~/aria.log"', { log: { file: '/home/user/aria.log' } }],
    ['[web]\nhosts = ["Aria.example.org:8443"]', { webHosts: ['aria.example.org:8443'] }],
    ['\uFEFF[log]\nlevel = "warn"', { log: { level: 'warn' } }],
    ['[log]\r\nlevel = "warn"\r\n', { log: { level: 'warn' } }],
    [
      '[access.tokens.ci]\nrole = "operator"\nfile = "ci-token"',
      { accessTokens: [{ name: 'ci', role: 'operator', file: '/etc/ci-token' }] },
    ],
  ])('%j', (text, expected) => {
    expect(configOf(text)).toMatchObject(expected);
  });

  test('paths of the environment start from the current directory, lists are separated by commas', () => {
    const environment = { ARIA_LOG_FILE: 'a.log', ARIA_WEB_ORIGINS: 'https://a.example, http://b.example:8080' };
    expect(configOf('', { environment })).toMatchObject({
      log: { file: '/home/user/project/a.log' },
      webOrigins: ['https://a.example', 'http://b.example:8080'],
    });
  });

  test('TLS with client certificates', () => {
    const { tls } = configOf(
      '[tls]\ncertificate = "c.pem"\nkey = "k.pem"\nclient_authority = "a.pem"\n[tls.client_roles]\n"deploy.example" = "admin"',
    );
    expect(tls).toMatchObject({ certificate: '/etc/c.pem', key: '/etc/k.pem', clientAuthority: '/etc/a.pem' });
    expect(tls?.clientRoles.get('deploy.example')).toBe('admin');
    expect(tls?.clientRoles.get('__proto__')).toBeUndefined();
  });

  test.each([
    ['[log]\nlevel = 3', 2, 'expected "debug" or "info" or "warn" or "error", found 3'],
    ['[host]\nallow_unsigned = "true"', 2, 'expected true or false, found "true"'],
    ['[host]\ndrain = 30', 2, 'expected a time with its unit'],
    ['[host]\ndrain = "61 min"', 2, 'from "0 ms" to "1 h"'],
    ['[limits]\nconnections_max = 0', 2, 'a whole number from 1 to 100,000, found 0'],
    ['[limits]\nconnections_max = 1.5', 2, 'found 1.5'],
    ['[limits]\nconnections_max = 100001', 2, 'found 100001'],
    ['[limits]\nmessage_bytes_max = "1 TB"', 2, 'expected a size from "64 KiB" to "1 GiB"'],
    ['[limits]\nmessage_bytes_max = "65535 B"', 2, 'expected a size from "64 KiB"'],
    ['[listen]\ngrpc = "127.0.0.1"', 2, 'expected an address'],
    ['[listen]\ngrpc = "127.0.0.1:65536"', 2, 'expected an address'],
    ['[listen]\ngrpc = "127.0.0.256:1"', 2, 'expected an address'],
    ['[listen]\ngrpc = "::1:7600"', 2, 'expected an address'],
    ['[listen]\ngrpc = "a\\nb:1"', 2, 'expected an address'],
    ['[web]\norigins = ["https://a.example/"]', 2, '[0]: expected an origin'],
    ['[web]\norigins = ["https://a.example", "null"]', 2, '[1]: expected an origin'],
    ['[web]\norigins = "https://a.example"', 2, 'expected a list'],
    ['[web]\nhosts = ["*"]', 2, '[0]: expected a host'],
    ['[telemetry]\notlp_endpoint = "http://user:secret@a.example"', 2, 'without user and password'],
    ['[trust.acme]\npublic_key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO"', 2, 'public key file'],
    ['[trust.acme]\ntokens = ["kv:a:r", "kw:a:r"]', 2, 'trust.acme.tokens: [1]: Cannot '],
    ['[trust.acme]\nbundles = ["A"]', 2, '[0]: expected the name of a bundle'],
    ['[trust."a/b"]\nrevoked = true', 1, 'expected a name'],
    ['trust.acme = true', 1, 'trust.acme: expected a table'],
    ['trust = []', 1, 'trust: expected a table'],
    ['[listen]\n\n[[web]]\nhosts = []', 3, 'web: expected a table'],
    ['[access.tokens.ci]\nrole = "owner"\nfile = "f"', 2, 'expected "viewer" or "operator" or "admin"'],
    ['[access.tokens.ci]\nrole = "viewer"', 2, '[access.tokens.ci] has no "file"'],
    ['[tls]\ncertificate = "c.pem"', 2, '[tls] has no "key"'],
    ['[tls]\ncertificate = "c"\nkey = "k"\n[tls.client_roles]\na = "admin"', 2, '[tls] has no "client_authority"'],
    ['[log]\nlevel = "warn"\nlevel = "info"', 3, 'no TOML'],
    ['[log\nlevel = "warn"', 1, 'no TOML'],
  ])('%j is refused in line %i', (text, line, state) => {
    const { code, message } = refusalOf(text);
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(`/etc/aria.toml:${line}: `);
    expect(message).toContain(state);
  });

  test('a text that is no number is refused by what the environment says', () => {
    const { message } = refusalOf('', { environment: { ARIA_LIMITS_CONNECTIONS_MAX: '1e9' } });
    expect(message).toContain('ARIA_LIMITS_CONNECTIONS_MAX: limits.connections_max: expected a whole number');
  });

  test('every fault is said at once', () => {
    const { message, wire } = refusalOf('[log]\nlevel = 3\nlevle = 1\n[web]\nhosts = 2');
    expect(message).toContain('and 2 more');
    expect(wire.details['violations']).toMatchObject([
      { path: '/etc/aria.toml:2' },
      { path: '/etc/aria.toml:3' },
      { path: '/etc/aria.toml:5' },
    ]);
  });
});

describe('unknown keys', () => {
  test.each([
    ['[listen]\n# the port\ngrcp = "off"', 3, 'Did you mean "listen.grpc"?'],
    ['[lisen]\ngrpc = "off"', 1, 'Did you mean "listen"?'],
    ['[host]\nsocket_group = "aria"', 2, 'Did you mean "listen.socket_group"?'],
    ['[limits]\nconnection_max = 5', 2, 'Did you mean "limits.connections_max"?'],
    ['[trust.acme]\nkey = "R"\n', 2, 'Did you mean "trust.acme.public_key"?'],
    ['[trust.acme]\npublickey = "R"', 2, 'Did you mean "trust.acme.public_key"?'],
    ['[access.tokens.ci]\nrole = "viewer"\nfile = "f"\ntoken = "abc"', 4, 'a secret stands in a file of its own'],
    ['[project]\nname = "a"', 1, "the host's own has other tables"],
    ['["host.engine"]\nx = 1', 1, 'Did you mean "host.engine"?'],
    ['[host]\n"engine.x" = 1', 2, 'Did you mean "host.engine"?'],
    ['["__proto__"]\npolluted = true', 1, 'Remove it'],
    ['[host]\nconstructor = 1', 2, 'Remove it'],
    ['[trust.acme]\ntoString = 1', 2, ''],
    ['[log]\nfile = """\n[web]\n"""\nnope = 1', 5, ''],
    ['[web]\nhosts = [\n  "a.example",\n]\nnope = 1', 5, ''],
    ['log = { level = "info", nope = 1 }', 1, ''],
  ])('%j', (text, line, remedy) => {
    const { code, message, wire } = refusalOf(text);
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(`/etc/aria.toml:${line}: unknown key`);
    expect(wire.remedy).toContain(remedy);
  });

  test('a variable with the start of a table is ours, and an unknown one is named with the nearest', () => {
    const { message, wire } = refusalOf('', { environment: { ARIA_LISTEN_GRCP: 'off' } });
    expect(message).toContain('ARIA_LISTEN_GRCP: unknown variable');
    expect(wire.remedy).toBe('Did you mean "ARIA_LISTEN_GRPC"?');
  });

  test('the value of an unknown key is never quoted, since it may be a secret', () => {
    const { wire } = refusalOf('[access.tokens.ci]\nrole = "viewer"\nfile = "f"\ntoken = "s3cr3t"');
    expect(JSON.stringify(wire)).not.toContain('s3cr3t');
  });
});

describe('listening beyond this machine', () => {
  const tls = '[tls]\ncertificate = "c.pem"\nkey = "k.pem"\n';

  test.each(['0.0.0.0:7600', '[::]:7600', '192.168.1.1:7600', 'aria.example.org:7600', '128.0.0.1:7600'])(
    'gRPC on %s is refused without TLS and taken with it',
    (address) => {
      const { code, message } = refusalOf(`[listen]\ngrpc = "${address}"`);
      expect({ code, message }).toEqual({ code: 'LISTEN_REFUSED', message: expect.stringContaining('listen.grpc') });
      expect(configOf(`${tls}[listen]\ngrpc = "${address}"`).grpc).toBeDefined();
    },
  );

  test('the metrics never leave the machine', () => {
    expect(refusalOf(`${tls}[listen]\nmetrics = "0.0.0.0:9090"`).code).toBe('LISTEN_REFUSED');
  });

  test.each(['127.8.9.1:1', '[::1]:1', 'localhost:1'])('%s is loopback', (address) => {
    expect(configOf(`[listen]\ngrpc = "${address}"\nweb = "${address}"\nmetrics = "${address}"`).grpc).toBeDefined();
  });
});
