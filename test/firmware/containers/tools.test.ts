/** Tools that need a container, from their TypeScript to a call through the host: built by arc, signed, uploaded. */
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { buildProject, installBuilt, outputOf } from './project-bundle.ts';

const examples = join(import.meta.dirname, '../../../guests/examples');

const desk = {
  'package.json': '{ "name": "desk", "version": "1.0.0", "description": "Tools of Node and Bun" }\n',
  'src/desk.ts': `import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Database } from 'bun:sqlite';
import { kv, log, tool, ToolError, tools } from '@aria/sdk';

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'done';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
/** Writes a file, reads it, hashes it; tries places that are not its own. */
export const files = tool({}, (input: { text: string }): { text: string; hash: string; elsewhere: string[] } => {
  writeFileSync('/tmp/note.txt', input.text);
  const text = String(readFileSync('/tmp/note.txt', 'utf8'));
  const elsewhere = ['/note.txt', '/etc/hosts', '/run/aria/x', '/aria/agent.js'].map((path) => codeOf(() => writeFileSync(path, 'x')));
  return { text, hash: createHash('sha256').update(text).digest('hex'), elsewhere };
});
/** Starts a program. */
export const child = tool({ tokens: ['spawn:self:exec'] }, (): string => String(execFileSync('/bin/bun', ['-e', 'console.log(6 * 7)'])).trim());
/** Tries to. */
export const noChild = tool({}, (): string => String(spawnSync('/bin/bun', ['--version']).error?.code));
/** What only Bun has. */
export const bun = tool({}, (input: { text: string }): { rows: { text: string }[]; hash: string; same: boolean } => {
  const database = new Database(':memory:');
  database.run('create table notes (text)');
  database.run('insert into notes values (?)', [input.text]);
  const packed = Bun.gzipSync(Buffer.from(input.text));
  return { rows: database.query('select text from notes').all(), hash: String(Bun.hash(input.text)), same: Buffer.from(Bun.gunzipSync(packed)).toString() === input.text };
});
/** The middle of a chain: called from the sandbox, calls into it. */
export const middle = tool({ tokens: ['tool:inner:call', 'kv:desk:rw'] }, async (input: { steps: string[] }): Promise<{ steps: string[]; kept: string | null }> => {
  await kv('desk').set('by', Buffer.from('container'));
  const { steps } = await tools.call<{ steps: string[] }>('inner', { steps: [...input.steps, 'middle'] });
  return { steps, kept: (await kv('desk').getText('by')) ?? null };
});
/** Ends the chain. */
export const inner = tool({}, (input: { steps: string[] }): { steps: string[] } => ({ steps: [...input.steps, 'inner'] }));
/** Begins it. */
export const outer = tool({ tokens: ['tool:middle:call', 'tool:inner:call', 'kv:desk:rw'] }, async (): Promise<{ steps: string[]; kept: string | null }> => tools.call('middle', { steps: ['outer'] }));
/** Gives bytes back in another order. */
export const turn = tool({}, (input: { data: Uint8Array }): { data: Uint8Array; hash: string } => ({ data: Uint8Array.from(input.data).reverse(), hash: createHash('sha256').update(input.data).digest('hex') }));
/** Fails as it is meant to. */
export const refuse = tool({}, (): string => {
  log.warn('about to refuse', { pid: process.pid });
  throw new ToolError('NOT_FOUND', 'No such note', { details: { note: 7 } });
});
/** Takes memory without an end. */
export const hoard = tool({ memoryMiB: 32, computeMs: 20_000 }, (): number => {
  const kept: Uint8Array[] = [];
  for (;;) kept.push(Buffer.alloc(4 * 1024 * 1024, kept.length + 1));
});
/** Starts threads without an end. */
export const swarm = tool({ resources: { processes: 24 }, memoryMiB: 512, timeout: 8_000, computeMs: 20_000 }, async (): Promise<number> => {
  const workers: unknown[] = [];
  for (;;) {
    workers.push(new Worker('setInterval(() => {}, 1000)', { eval: true }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});
/** Waits longer than it may. */
export const late = tool({ timeout: 300 }, async (): Promise<string> => {
  await Bun.sleep(60_000);
  return readFileSync('/etc/hosts', 'utf8');
});
`,
};

describe.skipIf(!(await containersHere()))('tools that arc placed in containers', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHost();
    await installBuilt(host, await buildProject(desk));
    await installBuilt(host, await buildProject(join(examples, 'archive-kit')));
  }, 60_000);
  afterAll(() => host[Symbol.asyncDispose]());
  const call = (tool: string, input: unknown = {}): Promise<unknown> => outputOf(host, tool, { input });

  test('the example archive-kit packs and unpacks bytes, two tools in containers and one in the sandbox', async () => {
    const data = Uint8Array.from(Buffer.from('to be or not to be, '.repeat(500)));
    const { packed } = (await call('pack', { data, quality: 5 })) as { packed: Uint8Array };
    expect(brotliDecompressSync(packed).equals(data)).toBe(true);
    expect(await call('unpack', { packed, bytesMax: data.length })).toEqual({ data });
    expect(await call('unpack', { packed: data, bytesMax: 1 })).toMatchObject({ code: 'UNPACK_FAILED' });
    const result = await host.owner.callTool({ tool: 'saving', input: { before: 4, after: 1 } });
    expect(result).toMatchObject({ output: { share: 0.75 } });
    expect(await host.owner.why(result.callId)).toMatchObject({ substrate: 'wasm' });
    const packing = await host.owner.callTool({ tool: 'pack', input: { data, quality: 1 } });
    expect(await host.owner.why(packing.callId)).toMatchObject({
      substrate: 'container',
      placement: ['src/archive-kit.ts imports "node:zlib", which the sandbox does not have'],
    });
  });
  test('files and hashes are Node’s; nothing but /tmp can be written', async () => {
    expect(await call('files', { text: 'noted' })).toEqual({
      text: 'noted',
      hash: '41954b2a68ec0170b074b54f609a87de5bf08220a1ba5436a992679b4714b626',
      elsewhere: Array.from({ length: 4 }, () => expect.stringMatching(/^(EROFS|EACCES)$/)),
    });
  });
  test('programs are started with the token, and not without', async () => {
    expect(await call('child')).toBe('42');
    expect(await call('noChild')).toMatch(/^(EPERM|ENOSYS)$/);
  });
  test('what only Bun has works', async () => {
    expect(await call('bun', { text: 'noted' })).toMatchObject({ rows: [{ text: 'noted' }], same: true });
  });
  test('a tool of the sandbox calls one of a container, and that one a tool of the sandbox', async () => {
    expect(await call('outer')).toEqual({ steps: ['outer', 'middle', 'inner'], kept: 'container' });
  });
  test('bytes go in and come back', async () => {
    const data = Uint8Array.from({ length: 2_000_000 }, (_, index) => index % 251);
    expect(await call('turn', { data })).toMatchObject({ data: data.toReversed() });
  });
  test('an error on purpose has its code, its details, and the author’s line', async () => {
    const result = await host.owner.callTool({ tool: 'refuse', input: {} });
    expect(result).toMatchObject({
      kind: 'failed',
      error: { code: 'NOT_FOUND', message: 'No such note', details: { note: 7 } },
    });
    expect(JSON.stringify(result)).toContain('src/desk.ts:');
  });
  test.each([
    ['hoard', 'MEMORY_EXCEEDED'],
    // Bun may tell the tool that there is no thread more, which then ends by itself.
    ['swarm', expect.stringMatching(/^(PROCESSES_EXCEEDED|TOOL_FAILED)$/)],
    ['late', 'DEADLINE_EXCEEDED'],
  ])('%s is ended, and the next call is served', async (tool, code) => {
    expect(await call(tool)).toMatchObject({ code });
    expect(await call('inner', { steps: [] })).toEqual({ steps: ['inner'] });
    expect(await call('bun', { text: 'after' })).toMatchObject({ same: true });
  });
});
