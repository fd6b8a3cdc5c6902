/** What one container may have on its way to the network; tests set smaller ones. */

/** Maxima of one container's proxy. */
export interface EgressLimits {
  /** Connections to the proxy; each has one beyond it at most. */
  readonly connectionsMax: number;
  /** Request line and headers, of requests and of answers. */
  readonly headerBytesMax: number;
  /** Both ways together, of one tunnel or one request; no maximum where absent. */
  readonly connectionBytesMax?: number;
  /** Until the headers of a request are complete. */
  readonly headersMs: number;
  /** Name and connection together. */
  readonly connectMs: number;
  /** How long nothing may move. */
  readonly idleMs: number;
}

/** The defaults: browsers keep some 250 connections, and servers wait a minute or five for the next byte. */
export const egressLimits: EgressLimits = {
  connectionsMax: 256,
  headerBytesMax: 32 * 1024,
  headersMs: 10_000,
  connectMs: 10_000,
  idleMs: 300_000,
};

/** Addresses of one name that are tried; more than that is no help. */
export const addressesTriedMax = 4;
/** Characters of a target: what servers take of a URL, at least (RFC 9110, section 4.1). */
export const targetCharactersMax = 8000;
/** Names in a hosts file, each with an address of its own. */
export const hostsMax = 64;
