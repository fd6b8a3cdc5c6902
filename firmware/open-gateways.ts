/** Every way into the host, opened as the configuration says. */
import { randomBytes } from 'node:crypto';
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import type { HostAddresses } from '#wit/api';
import { toWireError } from '#wit/errors';
import { type HostTls, openTls } from './access/tls.ts';
import type { Gateway, GatewaySetting } from './api/gateway.ts';
import type { RunDirectory } from './boot/run-directory.ts';
import type { HostConfig, ListenAddress, TlsConfig } from './config/host-config.ts';
import type { HostTelemetry } from './telemetry/create-telemetry.ts';
import type { Log } from './telemetry/telemetry.ts';
import type { MetricsServer } from './telemetry/metrics-server.ts';

/** How often certificates are looked at, in milliseconds: they are renewed weeks before they end. */
const certificateLookMs = 30_000;

/** What they are opened with. */
export interface GatewaysSetting {
  readonly config: HostConfig;
  readonly run: RunDirectory;
  /** Owns them from now on. */
  readonly stack: AsyncDisposableStack;
  readonly telemetry: HostTelemetry;
  readonly setting: GatewaySetting;
  readonly phase: () => string;
}

/** What was opened. */
export interface OpenGateways {
  readonly gateways: readonly Gateway[];
  readonly addresses: HostAddresses;
}

/** Opens them. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function openGateways(wanted: GatewaysSetting): Promise<OpenGateways> {
  const { config, run, stack, setting, phase, telemetry } = wanted;
  // Loaded while the phases before are at work would be in their way; both are needed from here on.
  const [{ openGrpcGateway }, { openWebGateway }] = await Promise.all([
    import('./api/grpc/open-grpc-gateway.ts'),
    import('./api/web/web-gateway.ts'),
  ]);
  const tls = config.tls && (await openTls(config.tls));
  if (tls && config.tls) stack.use(renewTls(tls, config.tls, telemetry.log));
  const api = stack.use(await openGrpcGateway(setting, { kind: 'unix', path: run.api, group: run.groupId }));
  const grpc = config.grpc && stack.use(await openGrpcGateway(setting, { kind: 'tcp', ...config.grpc, tls }));
  const web =
    config.web &&
    stack.use(
      await openWebGateway(setting, {
        listen: config.web,
        tls,
        hosts: config.webHosts,
        origins: config.webOrigins,
        phase,
        random: (count) => new Uint8Array(randomBytes(count)),
      }),
    );
  const metrics = config.metrics && stack.use(await serveMetrics(wanted, config.metrics, tls));
  return {
    gateways: [api, grpc, web].filter((gateway) => gateway !== undefined),
    addresses: {
      api: api.address,
      ...(grpc && { grpc: grpc.address }),
      ...(web && { ws: web.address }),
      ...(metrics && { metrics: metrics.address }),
    },
  };
}

/** Takes renewed certificates into use; those in use stay where the new ones are wrong. */
function renewTls(tls: HostTls, { certificate, key, clientAuthority }: TlsConfig, log: Log): Disposable {
  const files = [certificate, key, ...(clientAuthority === undefined ? [] : [clientAuthority])];
  const renew = (now: Stats, before: Stats): void => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
    tls.reload().then(
      () => log.info('certificates were read again'),
      (thrown: unknown) =>
        log.error('renewed certificates are not used', {
          reason: toWireError(thrown).message,
          remedy: toWireError(thrown).remedy,
        }),
    );
  };
  // Looked at and not watched: a renewal replaces files, and links to them.
  for (const file of files) watchFile(file, { interval: certificateLookMs, persistent: false }, renew);
  return {
    [Symbol.dispose]: () => {
      for (const file of files) unwatchFile(file, renew);
    },
  };
}

/** On loopback without a token, as Prometheus asks; elsewhere behind both. */
function serveMetrics(
  { telemetry, setting: { access }, config }: GatewaysSetting,
  address: ListenAddress,
  tls: HostTls | undefined,
): Promise<MetricsServer> {
  const pem = tls?.material;
  return telemetry.serveMetrics({
    ...address,
    hosts: config.webHosts,
    ...(pem && { tls: { certificate: pem.certificate.toString(), key: pem.key.toString() } }),
    authenticate: (authorization) =>
      void access.authenticate({ authorization, certificateName: undefined, via: 'tcp' }),
  });
}
