/** What every gateway is made of, and what it gives back. */
import type { AriaApi } from '#wit/api';
import type { Access } from '../access/access.ts';
import type { Principal } from '../access/principal.ts';
import type { ApiLimits } from '../config/host-config.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** The service layer: one interface for each principal. It checks roles, idempotency keys and admission; gateways translate. */
export interface AriaService {
  api(principal: Principal): AriaApi;
}

/** What a gateway needs. */
export interface GatewaySetting {
  readonly service: AriaService;
  readonly access: Access;
  readonly telemetry: Telemetry;
  readonly limits: ApiLimits;
  /** Whether the host takes calls: what readiness probes ask. */
  readonly ready: () => boolean;
}

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** As bound: `host:port`, or the path of a socket. */
  readonly address: string;
  /** Takes no new connections and no new requests; resolves when those that run have ended or the signal is aborted. */
  drain(signal: AbortSignal): Promise<void>;
}
