import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '@aria/sdk';
import express from 'express';

export const inputs = [{ paths: ['/notes/7?full=yes', '/none'] }];

interface Answer {
  status: number;
  body: string;
}

export const served = tool({ description: 'A server of HTTP' }, async ({ paths }: { paths: string[] }): Promise<Answer[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'served-'));
  const socketPath = join(folder, 'http.sock');
  const app = express();
  app.get('/notes/:id', (asked, answer) => void answer.json({ id: asked.params.id, full: asked.query['full'] }));
  const server = app.listen(socketPath);
  await once(server, 'listening');
  const answers: Answer[] = [];
  for (const path of paths) {
    const asked = request({ socketPath, path, agent: false }).end();
    const [response] = await once(asked, 'response');
    let body = '';
    for await (const bytes of response) body += String(bytes);
    answers.push({ status: response.statusCode, body: response.statusCode === 200 ? body : '' });
  }
  server.close();
  await rm(folder, { recursive: true });
  return answers;
});
