import { tool } from '@aria/sdk';
import Database from 'better-sqlite3';

export const ask = tool({ description: 'SQL by SQLite, compiled for the machine' }, () => ({ rows: new Database(':memory:').prepare('SELECT 1').all().length }));
