/** Serves a scheduler on a socket, with its state in the database that it is given, until it is killed. */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { parseToken } from '#wit/tokens';
import { createTokenScheduler, systemSyncClock } from '#quilt-adapter/sync';
import { serveSync } from '#quilt-adapter/sync/grpc';
import { openDatabase } from '../../../firmware/stores/open-database.ts';
import { createSyncStore, syncGrantKey, syncMigrations } from '../../../firmware/stores/sync-store.ts';

const [databasePath = '', path = '', bootId = ''] = process.argv.slice(2);
const clock = systemSyncClock;
const database = openDatabase(databasePath, [syncMigrations]);
const scheduler = createTokenScheduler({
  clock,
  store: createSyncStore(database),
  bootId,
  quotas: [
    { name: 'calls', covers: parseToken('llm:fake:*'), rule: { kind: 'rate', max: 32, perMs: 3_600_000 } },
    { name: 'cards', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: 1 } },
  ],
});
await serveSync({
  scheduler,
  clock,
  path,
  grantKey: syncGrantKey(database, randomBytes),
  subscribe: () => () => {},
  failed: (method, thrown) => {
    process.stderr.write(`${method}: ${String(thrown)}\n`);
    process.exitCode = 70;
  },
});
process.stdout.write('ready\n');
