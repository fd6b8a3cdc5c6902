/**
 * The HTTP/2 below the gRPC library, for two things that it has no way to do: count pings, and reset the stream of a client that no longer reads.
 * Both reads are of private fields of a version that package.json pins; tests fail where they no longer find what they look for.
 */
import type { Server } from '@grpc/grpc-js';
import { type Http2Server, type ServerHttp2Session, type ServerHttp2Stream, constants } from 'node:http2';

/** Pings that a connection may send in a window; libraries that measure the line send a few a second. */
const pingsMax = 500;
const pingWindowMs = 10_000;

interface ServerInternals {
  readonly http2Servers?: ReadonlyMap<Http2Server, unknown>;
}

interface CallInternals {
  readonly call?: CallInternals;
  readonly nextCall?: CallInternals;
  readonly stream?: ServerHttp2Stream;
}

/** Ends connections that flood the host with pings. Called after the server has its connection injector. */
export function limitPings(server: Server): void {
  const servers = [...((server as unknown as ServerInternals).http2Servers?.keys() ?? [])];
  for (const http2 of servers) http2.on('session', (session: ServerHttp2Session) => watchPings(session));
  if (servers.length === 0) throw new Error('the gRPC library keeps its HTTP/2 servers somewhere else');
}

/** The stream of a call. */
export function http2StreamOf(call: object): ServerHttp2Stream | undefined {
  let at: CallInternals | undefined = call as CallInternals;
  while (at !== undefined && at.stream === undefined) at = at.call ?? at.nextCall;
  return at?.stream;
}

/** Resets the stream of a call, and with it what waits to be sent. */
export function resetStream(call: object): void {
  const stream = http2StreamOf(call);
  if (stream !== undefined && !stream.destroyed) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

function watchPings(session: ServerHttp2Session): void {
  let pings = 0;
  let windowEndsMs = 0;
  session.on('ping', () => {
    const nowMs = performance.now();
    if (nowMs >= windowEndsMs) {
      windowEndsMs = nowMs + pingWindowMs;
      pings = 0;
    }
    pings += 1;
    if (pings > pingsMax) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
}
