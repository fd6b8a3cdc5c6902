/**
 * The HTTP/2 below the gRPC library: the library does not say which connection a request came over, and over a Unix socket they have no addresses.
 * Reads private fields of a version that package.json pins; tests fail where they no longer find what they look for.
 */
import type { ServerHttp2Stream } from 'node:http2';

interface CallInternals {
  readonly call?: CallInternals;
  readonly nextCall?: CallInternals;
  readonly stream?: ServerHttp2Stream;
}

/** The stream of a call. */
export function streamOf(call: object): ServerHttp2Stream {
  let at: CallInternals | undefined = call as CallInternals;
  while (at !== undefined && at.stream === undefined) at = at.call ?? at.nextCall;
  if (at?.stream === undefined) throw new Error('the gRPC library keeps its HTTP/2 streams somewhere else');
  return at.stream;
}
