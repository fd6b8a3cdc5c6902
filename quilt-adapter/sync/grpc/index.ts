/** The token scheduler over gRPC: its server, and a client for other processes. */
export { type SyncClient, connectSync } from './connect-sync.ts';
export { type SyncServer, serveSync } from './serve-sync.ts';
