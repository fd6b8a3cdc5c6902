/** What the gRPC servers of a host have in common: where they listen, and messages that are none. */
export { requestInvalid } from './errors.ts';
export { readable, withUnreadable } from './readable.ts';
export { type UnixAddress, listenOnUnixSocket } from './unix-socket.ts';
