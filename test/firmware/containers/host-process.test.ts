/** Containers of the real command: what is left of them after kill -9, `arc dev` with a tool that needs one, an upgrade that moves a tool into one. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HostConnection, connectHost } from '#wit/api';
import type { SecretKey } from '#wit/minisign';
import { placeOf } from '../../../firmware/open-containers.ts';
import { groupsOf } from '../../quilt-adapter/containers/backend-under-test.ts';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { makeHome } from '../host/host-under-test.ts';
import { type HostProcess, freePorts, startHostProcess } from '../process/aria-process.ts';
import { DevProcess } from '../process/dev-process.ts';
import { buildProject, signedUpload } from './project-bundle.ts';

const compiled = { ARIA_STORE_COMPILED_DIRECTORY: join(homedir(), '.cache/aria/compiled') };
const packageOf = (version: string): string =>
  `{ "name": "moved", "version": "${version}", "description": "A tool that moves" }\n`;
const inSandbox = `import { tool } from '@aria/sdk';
/** Counts. */
export const size = tool({}, (input: { text: string }): { size: number } => ({ size: input.text.length }));
`;
const inContainer = `import { Worker } from 'node:worker_threads';
import { tool } from '@aria/sdk';
/** Counts. */
export const size = tool({}, (input: { text: string }): { size: number; by: string } => ({ size: Buffer.byteLength(input.text), by: 'bun ' + (typeof Bun) }));
/** Waits, as do the threads that it has. */
export const linger = tool({}, async (): Promise<string> => {
  new Worker('setInterval(() => {}, 1000)', { eval: true });
  await Bun.sleep(100_000);
  return 'waited';
});
`;

describe.skipIf(!(await containersHere()))('containers of a host in a process of its own', () => {
  let home: string;
  let key: SecretKey;
  let host: HostProcess;
  let owner: string;
  beforeAll(async () => {
    ({ home, key } = await makeHome());
    owner = placeOf({ home, runDirectory: '' }).owner;
    host = await startHostProcess(home, freePorts, compiled);
  }, 60_000);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    expect([processesOf(owner), groupsOf(owner)]).toEqual([[], []]);
    await rm(home, { recursive: true, force: true });
  });

  const connected = async <Value>(use: (connection: HostConnection) => Promise<Value>): Promise<Value> => {
    await using connection = await connectHost({ home, to: `unix:${host.ready.api ?? ''}` });
    return await use(connection);
  };
  const installed = async (version: string, text: string, sequence: number): Promise<unknown> => {
    const bundle = await buildProject({ 'package.json': packageOf(version), 'src/moved.ts': text });
    return connected((api) => api.upload(signedUpload(bundle, key, sequence)));
  };

  test('an upgrade moves a tool from the sandbox into a container, and a rollback moves it back', async () => {
    const size = (): Promise<{ readonly output?: unknown; readonly substrate: string }> =>
      connected(async (api) => {
        const result = await api.callTool({ tool: 'size', input: { text: 'né' } });
        const { substrate = '' } = await api.why(result.callId);
        return { ...(result.kind === 'done' && { output: result.output }), substrate };
      });
    await installed('1.0.0', inSandbox, 1);
    expect(await size()).toEqual({ output: { size: 2 }, substrate: 'wasm' });
    expect(await installed('2.0.0', inContainer, 2)).toMatchObject({ state: 'active' });
    expect(await size()).toEqual({ output: { size: 3, by: 'bun object' }, substrate: 'container' });
    await connected((api) => api.rollback({ name: 'moved' }));
    expect(await size()).toEqual({ output: { size: 2 }, substrate: 'wasm' });
    await connected((api) => api.rollback({ name: 'moved', version: '2.0.0' }));
  });

  test('kill -9 of the host while calls run leaves nothing once the next one is up', async () => {
    await connected(async (api) => {
      const calls = [1, 2, 3].map(() => api.callTool({ tool: 'linger', input: {} }).catch(() => 'lost'));
      await expect.poll(() => processesOf(owner).length, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
      await host.end('SIGKILL');
      await Promise.all(calls);
    });
    host = await startHostProcess(home, freePorts, compiled);
    await expect.poll(() => processesOf(owner), { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => groupsOf(owner), { timeout: 10_000 }).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(home);
    const result = await connected((api) => api.callTool({ tool: 'size', input: { text: 'a' } }));
    expect(result).toMatchObject({ kind: 'done' });
    const sockets = join(home, 'run/c/containers');
    if (existsSync(sockets)) expect(readdirSync(sockets).length).toBeLessThan(10);
  });

  test('arc dev calls a tool in a container, anew after each edit', async () => {
    const project = join(home, 'project');
    mkdirSync(join(project, 'src'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "name": "hashes", "version": "0.1.0", "description": "Hashes" }\n');
    const write = (algorithm: string): void =>
      writeFileSync(
        join(project, 'src/hashes.ts'),
        `import { createHash } from 'node:crypto';
import { tool } from '@aria/sdk';
/** Hashes a text. */
export const digest = tool({}, (input: { text: string }): { length: number } => ({ length: createHash('${algorithm}').update(input.text).digest().length }));
`,
      );
    write('sha256');
    await using dev = new DevProcess([project, '--call', 'digest', '--input', '{"text":"x"}'], { home });
    expect(await dev.until('called')).toMatchObject({
      tool: 'digest',
      outcome: { kind: 'done', output: { length: 32 } },
    });
    await dev.says('watching');
    write('sha512');
    expect(await dev.until('called')).toMatchObject({ outcome: { kind: 'done', output: { length: 64 } } });
  });
});

/** Processes in control groups of an owner. */
function processesOf(owner: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => groupsOfProcess(name).includes(`/aria/${owner}-`))
    .map(Number);
}

function groupsOfProcess(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}
