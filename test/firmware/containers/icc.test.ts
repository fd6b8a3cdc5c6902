/** What code in a container asks of the host by itself: HTTP on the socket that its variables name. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { buildProject, installBuilt, outputOf } from './project-bundle.ts';

const project = {
  'package.json': '{ "name": "asker", "version": "1.0.0", "description": "Asks by HTTP" }\n',
  'src/asker.ts': `import { request } from 'node:http';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { kv, tool } from '@aria/sdk';

interface Answer { status: number; body: string }
const socket = (): string => String(process.env.ARIA_ICC_ENDPOINT).slice('unix:'.length);

/** As a script with Bun's own fetch would ask. */
async function ask(path: string, body: unknown = undefined, token = String(process.env.ARIA_SESSION_TOKEN)): Promise<Answer> {
  const response = await Bun.fetch('http://localhost' + path, {
    unix: socket(), method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: 'Bearer ' + token }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.text() };
}
/** Asks for everything that it may. */
export const asking = tool({ tokens: ['kv:desk:rw', 'tool:greet:call'] }, async (): Promise<Record<string, Answer>> => {
  await kv('desk').set('last', Buffer.from('kept'));
  return {
    health: await ask('/health', undefined, ''),
    get: await ask('/operations/kv.get', { args: ['desk', 'last'] }),
    tool: await ask('/tools/greet', { parameters: { name: 'Ada' } }),
    unknown: await ask('/tools/nobody', { parameters: {} }),
    model: await ask('/llm/complete', { messages: [{ role: 'user', content: 'hello' }] }),
  };
});
/** Asks for what it may not. */
export const overreaching = tool({ tokens: ['kv:desk:r'] }, async (): Promise<Record<string, Answer>> => ({
  none: await ask('/operations/kv.get', { args: ['desk', 'last'] }, ''),
  forged: await ask('/operations/kv.get', { args: ['desk', 'last'] }, 'A'.repeat(43)),
  elsewhere: await ask('/operations/kv.get', { args: ['orders', 'last'] }),
  write: await ask('/operations/kv.set', { args: ['desk', 'last', { $base64: 'eA==' }] }),
  tool: await ask('/tools/greet', { parameters: { name: 'Ada' } }),
  huge: await ask('/operations/kv.get', { args: ['desk', 'x'.repeat(40_000_000)] }),
}));
/** Keeps its token for the next call of the session, and tries the one before. */
export const replaying = tool({ tokens: ['kv:desk:r'] }, async (): Promise<{ old: Answer | null; own: number; session: string }> => {
  const old = existsSync('/tmp/token') ? await ask('/operations/kv.get', { args: ['desk', 'last'] }, String(readFileSync('/tmp/token', 'utf8'))) : null;
  writeFileSync('/tmp/token', String(process.env.ARIA_SESSION_TOKEN));
  return { old, own: (await ask('/operations/kv.get', { args: ['desk', 'last'] })).status, session: String(process.env.ARIA_SESSION_ID) };
});
/** By node:http. */
export const byHttp = tool({}, (): Promise<string> => new Promise((resolve, reject) => {
  request({ socketPath: socket(), path: '/status' }, (response: any) => {
    let text = '';
    response.on('data', (bytes: Uint8Array) => { text += String(bytes); }).on('end', () => resolve(text));
  }).on('error', reject).end();
}));
/** Greets. */
export const greet = tool({}, (input: { name: string }): { greeting: string } => ({ greeting: 'Hello, ' + input.name }));
`,
};

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe.skipIf(!(await containersHere()))('code in a container that asks by HTTP', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHost({ toml: '[containers]\nreuse = "session"\n' });
    await installBuilt(host, await buildProject(project));
  }, 60_000);
  afterAll(() => host[Symbol.asyncDispose]());
  const answers = async (tool: string): Promise<Readonly<Record<string, Answer>>> =>
    (await outputOf(host, tool)) as Readonly<Record<string, Answer>>;
  const bodyOf = (answer: Answer | undefined): unknown => JSON.parse(answer?.body ?? 'null');

  test('has the operations and tools of its tokens, and hears what is not there yet', async () => {
    const { health, get, tool, unknown, model } = await answers('asking');
    expect([health, get, tool].map((answer) => answer?.status)).toEqual([200, 200, 200]);
    expect(bodyOf(get)).toEqual({ ok: { $base64: Buffer.from('kept').toString('base64') } });
    expect(bodyOf(tool)).toMatchObject({ success: true, result: { greeting: 'Hello, Ada' } });
    expect(bodyOf(unknown)).toMatchObject({ success: false, error: { code: expect.any(String) } });
    expect(model?.status).toBeGreaterThanOrEqual(400);
  });
  test('is refused without its token, with a forged one, beyond its tokens, and with too much', async () => {
    const { none, forged, elsewhere, write, tool, huge } = await answers('overreaching');
    for (const answer of [none, forged])
      expect(bodyOf(answer)).toMatchObject({ error: { code: 'CALL_TOKEN_INVALID' } });
    for (const answer of [elsewhere, write, tool]) {
      expect(answer?.status).toBe(403);
      expect(answer?.body).toContain('CAPABILITY_DENIED');
    }
    expect(huge?.status).toBe(413);
  });
  test('cannot use the token of a call that is over', async () => {
    const call = (): Promise<unknown> => outputOf(host, 'replaying', { session: 'one' });
    expect(await call()).toMatchObject({ old: null, own: 200 });
    const { old, own } = (await call()) as { readonly old: Answer; readonly own: number };
    expect(own).toBe(200);
    expect(bodyOf(old)).toMatchObject({ error: { code: 'CALL_TOKEN_INVALID' } });
  });
  test('reaches it by node:http as well, and hears nothing of any call', async () => {
    const status = String(await outputOf(host, 'byHttp'));
    expect(status).toContain('0.0.0-test');
    expect(status).not.toMatch(/token|asker/i);
  });
});
