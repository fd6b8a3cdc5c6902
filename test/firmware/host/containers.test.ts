/** Tools in containers behind the whole host: where they are placed and why, what they may reach, what is left of them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AriaApi } from '#wit/api';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { type HostUnderTest, startHost } from './host-under-test.ts';

const tools: readonly ToolSample[] = [
  { name: 'greet', body: 'return { greeting: `Hello, ${input.name}` };' },
  {
    name: 'keep',
    tokens: ['kv:notes:rw'],
    body: "await sdk.kv('notes').set('a', input.text); return await sdk.kv('notes').getText('a');",
  },
  { name: 'outer', tokens: ['tool:greet:call'], body: "return await sdk.tools.call('greet', { name: 'nested' });" },
  { name: 'chance', body: 'return [Math.random(), crypto.randomUUID(), Date.now() > 0];' },
  { name: 'spin', computeMs: 200, body: 'for (;;) {}' },
  { name: 'count', body: 'globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n;' },
];

describe.skipIf(!(await containersHere()))('tools in containers', () => {
  let host: HostUnderTest;
  let api: AriaApi;
  beforeAll(async () => {
    // The key of the tests is somebody else's here, so that the policy places its tools in containers.
    host = await startHost({ toml: '[trust.tests]\nthird_party = true\n[containers]\nreuse = "session"\n' });
    api = host.owner;
    await host.install({ name: 'desk', tools });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  const output = async (tool: string, input: object = {}, session?: string): Promise<unknown> => {
    const result = await api.callTool({ tool, input, ...(session !== undefined && { session }) });
    return result.kind === 'done' ? result.output : result.error;
  };

  test('run where the policy says, and why tells the reason', async () => {
    const result = await api.callTool({ tool: 'greet', input: { name: 'Ada' } });
    expect(result).toMatchObject({ kind: 'done', output: { greeting: 'Hello, Ada' } });
    expect(await api.why(result.callId)).toMatchObject({
      substrate: 'container',
      placement: ['the key "tests" is a third party’s, and placement.third_party is "container"'],
    });
  });
  test('use the store of the host, and each other', async () => {
    expect(await output('keep', { text: 'kept' })).toBe('kept');
    expect(await output('outer')).toEqual({ greeting: 'Hello, nested' });
  });
  test('have a container of their own for each call, and share one within a session of one client', async () => {
    expect([await output('count'), await output('count')]).toEqual([1, 1]);
    expect([await output('count', {}, 'a'), await output('count', {}, 'a'), await output('count', {}, 'b')]).toEqual([
      1, 2, 1,
    ]);
    const other = host.firmware.api({ name: 'other', role: 'operator' });
    expect(await other.callTool({ tool: 'count', input: {}, session: 'a' })).toMatchObject({ output: 1 });
  });
  test('that compute too long are ended', async () => {
    expect(await output('spin')).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
  test('do the same as in the sandbox, by the same seed; operations happen once', async () => {
    const seed = new Uint8Array(32).fill(7);
    expect(await api.diverge({ tool: 'chance', input: {}, seed })).toMatchObject({ same: true, differences: [] });
    const kept = await api.diverge({ tool: 'keep', input: { text: 'twice' } });
    expect(kept).toMatchObject({ same: true, operations: ['kv.set', 'kv.get'], effectsOn: 'container' });
  });
  test('leave no socket behind', async () => {
    const sockets = join(host.home, 'run', 'c');
    await expect
      .poll(() => (existsSync(sockets) ? readdirSync(sockets).length : 0), { timeout: 10_000 })
      .toBeLessThan(20);
  });
});

describe.skipIf(!(await containersHere()))('the tools of the bundle quilt', () => {
  let host: HostUnderTest;
  let api: AriaApi;
  const call = async (tool: string, input: object): Promise<Record<string, unknown>> => {
    const result = await api.callTool({ tool, input });
    if (result.kind === 'failed') throw new Error(`${tool}: ${result.error.code} ${result.error.message}`);
    return result.output as Record<string, unknown>;
  };
  beforeAll(async () => {
    host = await startHost({ toml: '[containers]\ntools = true\ncreates_per_minute = 4\n' });
    api = host.firmware.api({ name: 'somebody', role: 'operator' });
    const spawning = ['tool:quilt/createContainer:call', 'tool:quilt/listContainers:call', 'spawn:self:exec'];
    const waiting = await host.install({
      name: 'makers',
      tools: [
        { name: 'may', tokens: spawning, body: "return await sdk.tools.call('quilt/listContainers', {});" },
        {
          name: 'mayNot',
          tokens: spawning.slice(0, 2),
          body: "return await sdk.tools.call('quilt/createContainer', { image: 'bun', command: ['/bin/bun', '--version'] }).catch((error) => error.code);",
        },
      ],
    });
    if (waiting.upgrade) await host.owner.approve(waiting.upgrade.id);
  });
  afterAll(() => host[Symbol.asyncDispose]());

  test('are components with schemas and tokens, and no bundle may take their name', async () => {
    const { components } = await api.listComponents({ bundle: 'quilt' });
    expect(components.map(({ name }) => name)).toHaveLength(12);
    const details = await api.getComponent({ name: 'createContainer' });
    expect(details).toMatchObject({ tokens: ['spawn:self:exec'], inputSchema: { type: 'object' } });
    await expect(
      host.install({ name: 'quilt', tools: [tools[0] ?? { name: 'x', body: '' }], sequence: 90 }),
    ).rejects.toMatchObject({
      code: 'BUNDLE_VERSION_TAKEN',
    });
  });
  test('create, start, look at and remove a container', async () => {
    const source = 'console.log("up"); setInterval(() => {}, 1000)';
    const created = await call('createContainer', {
      name: 'box',
      image: 'bun',
      command: ['/bin/bun', '-e', source],
      start: false,
    });
    await call('startContainer', { container: 'box' });
    await expect
      .poll(async () => JSON.stringify(await call('getContainerLogs', { container: 'box' })), { timeout: 10_000 })
      .toContain('up');
    expect(JSON.stringify(await call('getContainerStatus', { container: 'box' }))).toContain('running');
    expect(
      JSON.stringify(await call('execInContainer', { container: 'box', command: ['/bin/bun', '--version'] })),
    ).toMatch(/\d+\.\d+/);
    const other = host.firmware.api({ name: 'other', role: 'operator' });
    expect(await other.callTool({ tool: 'getContainerStatus', input: { container: 'box' } })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    await call('removeContainer', { container: 'box', force: true });
    expect(JSON.stringify(await call('listContainers', {}))).not.toContain(String(created['id']));
  });
  test('refuse a tool that has the token of the tool and not the right to start programs', async () => {
    expect(await call('mayNot', {})).toBe('CAPABILITY_DENIED');
    expect(JSON.stringify(await call('may', {}))).toContain('containers');
  });
  test('are limited for each client', async () => {
    const codes: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const input = { image: 'bun', command: ['/bin/bun', '--version'] };
      const result = await api.callTool({ tool: 'createContainer', input });
      codes.push(result.kind === 'done' ? 'done' : result.error.code);
    }
    expect(codes).toContain('RATE_LIMITED');
  });
});
