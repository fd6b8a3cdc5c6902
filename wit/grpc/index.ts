/** What the gRPC servers of a host, and their clients, have in common: where they listen, messages that are none, how one connects. */
export { channelOptions } from './channel-options.ts';
export { listenRefused, requestInvalid } from './errors.ts';
export { readable, withUnreadable } from './readable.ts';
export { OpenRequests } from './open-requests.ts';
export { type UnixAddress, listenOnUnixSocket } from './unix-socket.ts';
