/**
 * JSON-RPC 2.0 over WebSocket, subprotocol `aria.v1`, at `/v1/ws`. Methods have the names of `AriaApi` and take one object: the arguments by name, and
 * `options`. An error's `data` is the wire error.
 * - `authenticate {token}` comes first where the request for the connection had no `authorization` header.
 * - `callTool {…, progress: true}` is told `progress {id, progress}` before its answer. `cancel {id}`, a notification, cancels a request.
 * - `events` and `logs` answer `{subscription}`; then `event` or `log` come as notifications, and `end` last. `unsubscribe {subscription}` ends it.
 * - `upload` is told `uploadRead {id, read, offset}` when the host wants bytes from an offset on: then the client sends `uploadChunk {id, read, offset, bytes}` one
 *   after the other, each answered when the host has room for the next.
 * - No batches, no binary messages.
 */

/** What a client asks for in `sec-websocket-protocol`. */
export const webSocketProtocol = 'aria.v1';

/** Where it is. */
export const webSocketPath = '/v1/ws';

/** Why a host closes a connection; the reason begins with the code of the error. */
export const webSocketCloseCodes = {
  goingAway: 1001,
  binary: 1003,
  overloaded: 1013,
  unauthenticated: 4001,
  rateLimited: 4002,
  slowReader: 4003,
} as const;

/** Notifications of a host. */
export type HostNotification =
  | { readonly method: 'progress'; readonly params: { readonly id: string | number; readonly progress: unknown } }
  | { readonly method: 'event'; readonly params: { readonly subscription: number; readonly event: unknown } }
  | { readonly method: 'log'; readonly params: { readonly subscription: number; readonly entry: unknown } }
  | { readonly method: 'end'; readonly params: { readonly subscription: number; readonly error?: unknown } }
  | { readonly method: 'uploadProgress'; readonly params: { readonly id: string | number; readonly sent: number } }
  | {
      readonly method: 'uploadRead';
      readonly params: { readonly id: string | number; readonly read: number; readonly offset: number };
    };
