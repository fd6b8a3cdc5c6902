import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '@aria/sdk';
import pg from 'pg';

export const inputs = [{ text: "it's" }];

export const asked = tool({ description: 'A database asked over a socket' }, async ({ text }: { text: string }): Promise<{ literal: string; name: string; when: string; code: string }> => {
  const client = new pg.Client({ host: join(tmpdir(), 'no-database'), user: 'ada', database: 'desk' });
  const code = await client.connect().then(
    () => 'connected',
    (error: { code?: string }) => String(error.code),
  );
  const when = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ)('2026-01-02 03:04:05+00') as unknown as Date;
  return { literal: client.escapeLiteral(text), name: client.escapeIdentifier(text), when: when.toISOString(), code };
});
