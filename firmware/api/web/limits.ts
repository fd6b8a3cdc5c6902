/** Every maximum of HTTP and WebSocket that is no setting of the host, with its reason. */

/** Times in milliseconds, sizes in bytes. Tests make them smaller. */
export interface WebLimits {
  /** How often deadlines are looked at. */
  readonly tickMs: number;
  /** From the connection, or the request before, to the end of the headers: whoever sends slowly holds a connection no longer. */
  readonly headersMs: number;
  /** From the headers to the end of a JSON body. */
  readonly bodyMs: number;
  /** Between two pieces of an upload, which may take long as a whole. */
  readonly uploadIdleMs: number;
  /** From an answer to its last byte taken; also how long a WebSocket or a stream may take nothing of what waits for it. */
  readonly stalledMs: number;
  /** From a WebSocket without a token to its `authenticate`. */
  readonly authenticateMs: number;
  /** Between pings; who has not answered by the next one is gone. Also between the comments of a stream. */
  readonly pingMs: number;
  /** Headers of a request: cookies of other applications on localhost come along. */
  readonly headerBytes: number;
  /** Message of a WebSocket that began without a token: what a page sends, and what a stranger can make us hold. */
  readonly strangerMessageBytes: number;
  /** WebSockets without a token at the same time; the oldest goes. */
  readonly strangers: number;
  /** Requests of one connection at the same time. */
  readonly connectionRequests: number;
  /** Subscriptions of one WebSocket. */
  readonly subscriptions: number;
  /** What the socket holds before the rest waits with us, and subscriptions wait with the service, whose backlog has a maximum of its own. */
  readonly highWaterBytes: number;
  /** Connections of one address, as a share of all of them; loopback is no address, since proxies and people share it. */
  readonly addressShare: number;
}

/** The maxima of a host. */
export const webLimits: WebLimits = {
  tickMs: 200,
  headersMs: 10_000,
  bodyMs: 30_000,
  uploadIdleMs: 30_000,
  stalledMs: 30_000,
  authenticateMs: 10_000,
  pingMs: 20_000,
  headerBytes: 16 * 1024,
  strangerMessageBytes: 1024 * 1024,
  strangers: 64,
  connectionRequests: 256,
  subscriptions: 16,
  highWaterBytes: 64 * 1024,
  addressShare: 0.25,
};

/** How long a service that keeps deadlines itself may take to say so, in milliseconds. */
export const graceMs = 1000;

/** Bytes that all clients together can make us hold, in each direction, in messages of the maximum. */
export const heldMessagesMax = 4;
