/** What one container may ask of its ICC; tests set smaller ones. */

/** Maxima of one container's ICC. */
export interface IccLimits {
  /** Calls that have a token at the same time. */
  readonly callsMax: number;
  readonly connectionsMax: number;
  /** Requests that wait for their answer. */
  readonly requestsOpenMax: number;
  /** Request line and headers together. */
  readonly headerBytesMax: number;
  /** A body of JSON. */
  readonly jsonBytesMax: number;
  /** A body of the content type `application/x-aria-frame`. */
  readonly frameBytesMax: number;
  /** Bodies that are being read, of all requests together; answers that wait to be taken have as much. */
  readonly heldBytesMax: number;
  /** Until the headers of a request are complete. */
  readonly headersMs: number;
  /** Until a request is complete. */
  readonly receiveMs: number;
  /** How long a connection may be idle between two requests. */
  readonly keepAliveMs: number;
  /** How long the taking of an answer may last. */
  readonly stalledMs: number;
}

const mebibyte = 1024 * 1024;

/**
 * The defaults. A frame holds the 8 MiB of JSON and the 32 MiB of blobs that a turn may (`tool.wit`); a body of JSON holds the largest
 * single value (8 MiB, `files.wit`) in base64 with room. 256 requests are twice what a library's pool of connections opens.
 */
export const iccLimits: IccLimits = {
  callsMax: 64,
  connectionsMax: 128,
  requestsOpenMax: 256,
  headerBytesMax: 16 * 1024,
  jsonBytesMax: 16 * mebibyte,
  frameBytesMax: 41 * mebibyte,
  heldBytesMax: 64 * mebibyte,
  headersMs: 10_000,
  receiveMs: 30_000,
  keepAliveMs: 60_000,
  stalledMs: 30_000,
};

/** Maxima of the forms themselves, which nothing changes. */
export const formLimits = {
  /** What `#wit/values` takes (256), and the envelope around it. */
  depthMax: 272,
  /** Values of one body: what JSON of 16 MiB holds as numbers of eight characters; keeps empty arrays from costing twenty times their text. */
  valuesMax: 2_000_000,
  /** JSON of a frame, as of a turn. */
  frameJsonBytesMax: 8 * mebibyte,
  /** As of a turn. */
  blobsMax: 1024,
  blobBytesMax: 32 * mebibyte,
  /** Path and query. */
  targetCharactersMax: 2048,
  /** `timeout_seconds`: one day. */
  timeoutSecondsMax: 86_400,
} as const;
