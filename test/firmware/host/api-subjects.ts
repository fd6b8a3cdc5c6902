/** Every way to a host's interface: the service itself, gRPC over the socket and over TCP, WebSocket. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AriaApi } from '#wit/api';
import { connectWebSocket } from '../../../wit/api/web-socket-client.ts';
import type { HostUnderTest } from './host-under-test.ts';

/** A connection of a test. */
export type ApiSubject = AriaApi & AsyncDisposable;

/** How to connect, by name. */
export const apiSubjects: Readonly<Record<string, (host: HostUnderTest) => Promise<ApiSubject>>> = {
  'the service': (host) => Promise.resolve(withoutEnd(host.owner)),
  'gRPC over a socket': (host) => host.connect('api'),
  'gRPC over TCP': (host) => host.connect('grpc'),
  WebSocket: async (host) =>
    connectWebSocket({
      url: `ws://${host.firmware.addresses.ws ?? ''}`,
      token: (await readFile(join(host.home, 'token'), 'utf8')).trim(),
    }),
};

function withoutEnd(api: AriaApi): ApiSubject {
  return { ...bound(api), [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Methods that find their fields, whatever object they are called on. */
function bound(api: AriaApi): AriaApi {
  return {
    status: (options) => api.status(options),
    listComponents: (query, options) => api.listComponents(query, options),
    getComponent: (wanted, options) => api.getComponent(wanted, options),
    callTool: (call, options) => api.callTool(call, options),
    tokens: (options) => api.tokens(options),
    why: (callId, options) => api.why(callId, options),
    diverge: (call, options) => api.diverge(call, options),
    listBundles: (options) => api.listBundles(options),
    upload: (content, options) => api.upload(content, options),
    rollback: (wanted, options) => api.rollback(wanted, options),
    removeVersion: (wanted, options) => api.removeVersion(wanted, options),
    listUpgrades: (options) => api.listUpgrades(options),
    approve: (id, options) => api.approve(id, options),
    reject: (id, options) => api.reject(id, options),
    events: (query) => api.events(query),
    logs: (query) => api.logs(query),
  };
}
