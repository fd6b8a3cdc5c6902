/** Works at the socket that it is given, over connections of its own, and writes what it saw as JSON. */
import process from 'node:process';
import { connectSync } from '../../../quilt-adapter/sync/grpc/connect-sync.ts';
import { Random } from '../../fuzz.ts';
import type { SeenGrant } from './grant-history.ts';
import { work } from './seen-grants.ts';

const [path = '', name = '', seed = '', rounds = ''] = process.argv.slice(2);
const seen: SeenGrant[] = [];
const clients = [connectSync(path), connectSync(path)];
await Promise.all(
  clients.flatMap((client, at) =>
    ['left', 'right'].map((side, half) =>
      work({
        client,
        root: 'shared',
        name: `${name}-${at}-${side}`,
        random: new Random(Number(seed), 2 * at + half),
        rounds: Number(rounds),
        leaseMs: 60_000,
        seen,
      }),
    ),
  ),
);
for (const client of clients) client[Symbol.dispose]();
process.stdout.write(JSON.stringify(seen));
