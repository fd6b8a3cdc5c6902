import { tool } from '@aria/sdk';
import pg from 'pg';

export const rows = tool({ description: 'A database asked over a socket' }, async () => ({ count: (await new pg.Client().query('SELECT 1')).rowCount ?? 0 }));
