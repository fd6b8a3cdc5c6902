/** Every way into the host, opened as the configuration says. */
import { randomBytes } from 'node:crypto';
import type { HostAddresses } from '#wit/api';
import { type HostTls, openTls } from './access/tls.ts';
import type { Gateway, GatewaySetting } from './api/gateway.ts';
import type { RunDirectory } from './boot/run-directory.ts';
import type { HostConfig, ListenAddress } from './config/host-config.ts';
import type { HostTelemetry } from './telemetry/create-telemetry.ts';
import type { MetricsServer } from './telemetry/metrics-server.ts';

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
  /** Reads the certificates again, as after a renewal. @throws {CodedError} `CONFIG_INVALID`; those in use stay. */
  reloadTls(): Promise<void>;
}

/** Opens them. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function openGateways(wanted: GatewaysSetting): Promise<OpenGateways> {
  const { config, run, stack, setting, phase } = wanted;
  // Loaded while the phases before are at work would be in their way; both are needed from here on.
  const [{ openGrpcGateway }, { openWebGateway }] = await Promise.all([
    import('./api/grpc/open-grpc-gateway.ts'),
    import('./api/web/web-gateway.ts'),
  ]);
  const tls = config.tls && (await openTls(config.tls));
  const api = stack.use(
    await openGrpcGateway(setting, {
      kind: 'unix',
      path: run.api,
      ...(run.groupId !== undefined && { group: String(run.groupId) }),
    }),
  );
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
    reloadTls: async () => tls?.reload(),
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
