/** The container tools: schemas, tokens, whose containers are whose, and limits. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import { createContainerTools } from '../../../quilt-adapter/tools/create-container-tools.ts';
import { CreateGate } from '../../../quilt-adapter/tools/create-gate.ts';
import { sessionLimits } from '../../../quilt-adapter/tools/limits.ts';
import { systemClock } from '#host';
import { FakeClock } from '../../conformance/fake-clock.ts';
import { shell, untilLogged } from '../runtime/runtime-subject.ts';
import { alice, bob, caller, openTools, sleep, spawn } from './tools-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('data', () => {
  test('there are twelve tools, each with schemas of JSON Schema 2020-12 that compile', () => {
    const { tools } = createContainerTools({
      runtime: Object.create(null),
      clock: systemClock,
      audit: () => undefined,
    });
    expect(tools).toHaveLength(12);
    const ajv = new Ajv2020({ strict: true, strictTypes: false });
    for (const { inputSchema, outputSchema, description, timeoutMs } of tools) {
      expect(description.length).toBeGreaterThan(20);
      expect(timeoutMs).toBeGreaterThan(0);
      for (const schema of [inputSchema, outputSchema]) {
        expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
        expect(() => ajv.compile(schema)).not.toThrow();
      }
    }
  });

  test('those that start or run something want the spawn token, the others none', () => {
    const { tools } = createContainerTools({
      runtime: Object.create(null),
      clock: systemClock,
      audit: () => undefined,
    });
    const wanting = tools.filter(({ tokens }) => tokens.includes('spawn:self:exec')).map(({ name }) => name);
    expect(wanting).toEqual(['createContainer', 'startContainer', 'execInContainer', 'executeContainerWorkload']);
    expect(tools.filter(({ tokens }) => tokens.length > 0)).toHaveLength(4);
  });
});

describe('calls', () => {
  test('a container is created, looked at, stopped, started and removed, and every answer fits its schema', async () => {
    await using subject = await openTools();
    const { call, tools } = subject;
    const ajv = new Ajv2020({ strict: false });
    const checked = async (name: string, input: unknown): Promise<Record<string, unknown>> => {
      const output = await call(name, input);
      const schema = tools.tools.find((tool) => tool.name === name)?.outputSchema ?? false;
      const fits = ajv.compile(schema);
      expect([fits(JSON.parse(JSON.stringify(output))), fits.errors]).toEqual([true, null]);
      return output;
    };
    const made = await checked('createContainer', {
      name: 'web',
      command: shell('echo said; exec sleep 1000'),
      labels: { a: 'b' },
    });
    expect(made).toMatchObject({ name: 'web', state: 'running', labels: { a: 'b' } });
    expect(made).not.toHaveProperty('pid');
    await untilLogged(subject.base.runtime, String(made['id']), 'said');
    expect(await checked('getContainerLogs', { container: 'web' })).toMatchObject({
      lines: [{ stream: 'runtime' }, { stream: 'stdout', text: 'said' }],
      linesLeftOut: 0,
    });
    expect(await checked('listContainers', { state: 'running' })).toMatchObject({ containers: [made] });
    expect(await checked('listContainers', { state: 'exited' })).toEqual({ containers: [] });
    expect(await checked('getSystemMetrics', {})).toMatchObject({
      containersTotal: 1,
      containersRunning: 1,
      containers: [{ id: made['id'] }],
    });
    expect(await checked('getNetworkTopology', {})).toEqual({
      networks: [{ id: made['id'], mode: 'none', allowed: [] }],
    });
    expect(await checked('getContainerNetworkInfo', { container: 'web' })).toMatchObject({ mode: 'none' });
    expect(await checked('stopContainer', { container: 'web', timeoutMs: 5_000 })).toMatchObject({
      name: 'web',
      state: 'exited',
    });
    expect(await checked('getContainerStatus', { container: made['id'] })).toMatchObject({
      state: 'exited',
      cause: expect.any(String),
    });
    expect(await checked('startContainer', { container: 'web' })).toMatchObject({ name: 'web', state: 'running' });
    await expect(call('removeContainer', { container: 'web' })).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    expect(await checked('removeContainer', { container: 'web', force: true })).toEqual({ removed: true });
    expect(await checked('removeContainer', { container: 'web', force: true })).toEqual({ removed: false });
  });

  test.each([
    ['createContainer', {}],
    ['createContainer', { command: sleep, privileged: true }],
    ['createContainer', { command: sleep, name: 'a.b' }],
    ['createContainer', { command: sleep, name: 'a'.repeat(49) }],
    ['createContainer', { command: sleep, labels: { 'aria.session': 'bob' } }],
    ['createContainer', { command: sleep, limits: { memoryMiB: 1 } }],
    ['createContainer', { command: sleep, mounts: [{ kind: 'proc', target: '/x' }] }],
    ['execInContainer', { container: 'x', command: 'ls' }],
    ['stopContainer', { container: 'x', timeoutMs: 60_001 }],
    ['getContainerLogs', { container: 'x', tail: 1_001 }],
    ['getSystemMetrics', { all: true }],
    ['listContainers', undefined],
    ['listContainers', 'running'],
    ['executeContainerWorkload', { command: sleep, environment: { ARIA_SESSION_ID: 'bob' } }],
  ])('%s refuses %j', async (name, input) => {
    await using subject = await openTools();
    await expect(subject.call(name, input)).rejects.toThrow(code('INPUT_INVALID'));
    expect(await subject.base.runtime.list()).toEqual([]);
    expect(subject.audit).toMatchObject([{ tool: name, outcome: 'INPUT_INVALID' }]);
  });

  test('without its token a tool does nothing, whatever the input', async () => {
    await using subject = await openTools();
    const without = caller('alice', { tokens: [parseToken('kv:a:rw')] });
    for (const name of ['createContainer', 'startContainer', 'execInContainer', 'executeContainerWorkload'])
      await expect(subject.call(name, { command: sleep }, without)).rejects.toThrow(code('CAPABILITY_DENIED'));
    expect(await subject.call('listContainers', {}, without)).toEqual({ containers: [] });
    await expect(subject.call('createContainer', { command: sleep, network: true })).rejects.toThrow(
      code('CAPABILITY_DENIED'),
    );
    const net = caller('alice', { tokens: [...spawn, parseToken('net:example.com:443')] });
    await expect(subject.call('createContainer', { command: sleep, network: true }, net)).resolves.toMatchObject({
      state: 'running',
    });
  });

  test.each(['createContaner', '__proto__', 'toString', ''])('%j is no tool', async (name) => {
    await using subject = await openTools();
    await expect(subject.call(name, {})).rejects.toThrow(code('NOT_FOUND'));
    expect(subject.audit).toMatchObject([{ outcome: 'NOT_FOUND' }]);
  });
});

describe('sessions', () => {
  test('a session neither sees nor touches the container of another, by name or by id', async () => {
    await using subject = await openTools();
    const { call } = subject;
    const { id } = await call('createContainer', { name: 'web', command: sleep });
    const [{ name: scoped } = { name: '' }] = await subject.base.runtime.list();
    for (const container of [id, 'web', scoped])
      for (const [name, input] of [
        ['startContainer', {}],
        ['execInContainer', { command: ['/bin/true'] }],
        ['stopContainer', {}],
        ['getContainerStatus', {}],
        ['getContainerLogs', {}],
        ['getContainerNetworkInfo', {}],
      ] as const)
        await expect(call(name, { container, ...input }, bob)).rejects.toThrow(code('NOT_FOUND'));
    expect(await call('removeContainer', { container: id, force: true }, bob)).toEqual({ removed: false });
    expect(await call('listContainers', {}, bob)).toEqual({ containers: [] });
    expect(await call('getNetworkTopology', {}, bob)).toEqual({ networks: [] });
    expect(await call('getSystemMetrics', {}, bob)).toMatchObject({ containersTotal: 0, containers: [] });
    expect(await call('getContainerStatus', { container: 'web' })).toMatchObject({ id, state: 'running' });
  });

  test('two sessions may give the same name, and neither learns of the other', async () => {
    await using subject = await openTools();
    const first = await subject.call('createContainer', { name: 'web', command: sleep });
    const second = await subject.call('createContainer', { name: 'web', command: sleep }, bob);
    expect(first['id']).not.toBe(second['id']);
    await subject.call('removeContainer', { container: 'web', force: true }, bob);
    expect(await subject.call('getContainerStatus', { container: 'web' })).toMatchObject({ id: first['id'] });
    await expect(subject.call('createContainer', { name: 'web', command: sleep })).rejects.toThrow(
      code('CONTAINER_NAME_TAKEN'),
    );
  });

  test('an administrator sees and controls all of them', async () => {
    await using subject = await openTools();
    const { id } = await subject.call('createContainer', { name: 'web', command: sleep });
    await subject.base.runtime.create({ image: 'bun', name: 'by-hand', command: sleep, start: false });
    const admin = caller('root', { admin: true });
    const { containers } = await subject.call('listContainers', {}, admin);
    expect(containers).toHaveLength(2);
    expect(await subject.call('stopContainer', { container: id }, admin)).toMatchObject({ state: 'exited' });
    expect(await subject.call('removeContainer', { container: 'by-hand' }, admin)).toEqual({ removed: true });
    await expect(subject.call('getContainerStatus', { container: 'by-hand' })).rejects.toThrow(code('NOT_FOUND'));
  });

  test('directories of the machine and volumes of others are for administrators', async () => {
    await using subject = await openTools();
    const { runtime } = subject.base;
    await runtime.createVolume({ name: 'of-bob', labels: { 'aria.session': 'bob' } });
    await runtime.createVolume({ name: 'of-alice', labels: { 'aria.session': 'alice' } });
    await runtime.createVolume({ name: 'to-read', labels: { 'aria.shared': 'read' } });
    const create = (mount: object, by = alice): Promise<unknown> =>
      subject.call(
        'createContainer',
        { command: sleep, start: false, mounts: [{ target: '/workspace', ...mount }] },
        by,
      );
    await expect(create({ kind: 'bind', source: '/srv' })).rejects.toThrow(code('PERMISSION_DENIED'));
    await expect(create({ kind: 'volume', volume: 'of-bob' })).rejects.toThrow(code('PERMISSION_DENIED'));
    await expect(create({ kind: 'volume', volume: 'nobodys' })).rejects.toThrow(code('PERMISSION_DENIED'));
    await expect(create({ kind: 'volume', volume: 'to-read', readOnly: false })).rejects.toThrow(
      code('PERMISSION_DENIED'),
    );
    await expect(create({ kind: 'volume', volume: 'to-read' })).resolves.toMatchObject({ state: 'created' });
    await expect(create({ kind: 'volume', volume: 'of-alice', readOnly: false })).resolves.toMatchObject({
      state: 'created',
    });
    await expect(create({ kind: 'tmpfs', mebibytes: 1 })).resolves.toMatchObject({ state: 'created' });
    const admin = caller('root', { admin: true });
    await expect(create({ kind: 'volume', volume: 'of-bob' }, admin)).resolves.toMatchObject({ state: 'created' });
    // The runtime has its own word: no directory is open for binds here.
    await expect(create({ kind: 'bind', source: '/srv' }, admin)).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
  });

  test('a session that is over leaves no container', async () => {
    await using subject = await openTools();
    for (const start of [true, false]) await subject.call('createContainer', { command: sleep, start });
    await subject.call('createContainer', { command: sleep }, bob);
    expect(await subject.tools.endSession('alice')).toBe(2);
    expect(await subject.base.runtime.list()).toHaveLength(1);
    expect(await subject.tools.endSession('alice')).toBe(0);
  });
});

describe('limits', () => {
  test('one container more than a session may have is refused, also when all are asked for at once', async () => {
    await using subject = await openTools({ limits: { containersMax: 3 } });
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, () => subject.call('createContainer', { command: sleep, start: false })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const attempt of tries) if (attempt.status === 'rejected') expect(attempt.reason).toEqual(code('OVERLOADED'));
    await expect(subject.call('createContainer', { command: sleep }, bob)).resolves.toMatchObject({ state: 'running' });
  });

  test('creates come back with time, for each session on its own', async () => {
    const clock = new FakeClock();
    const gate = new CreateGate({ ...sessionLimits, createsMax: 2, createsPerMs: 1_000 }, clock);
    const pass = (session: string): Promise<string> =>
      gate.pass(session, { count: async () => 0, create: async () => session });
    await pass('a');
    await pass('a');
    await expect(pass('a')).rejects.toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', wire: expect.objectContaining({ details: { retryInMs: 500 } }) }),
    );
    await expect(pass('b')).resolves.toBe('b');
    clock.advance(499);
    await expect(pass('a')).rejects.toThrow(code('RATE_LIMITED'));
    clock.advance(1);
    await expect(pass('a')).resolves.toBe('a');
    clock.advance(3_600_000);
    await pass('a');
    await pass('a');
    await expect(pass('a')).rejects.toThrow(code('RATE_LIMITED'));
  });

  test('many sessions do not make a session that has spent its creates be forgotten', async () => {
    const clock = new FakeClock();
    const gate = new CreateGate({ ...sessionLimits, createsMax: 1, sessionsMax: 3 }, clock);
    const pass = (session: string): Promise<number> =>
      gate.pass(session, { count: async () => 0, create: async () => 0 });
    await pass('spent');
    clock.advance(30_000);
    await pass('x');
    for (let index = 0; index < 20; index += 1) {
      await pass(`s${index}`);
      clock.advance(1);
      await expect(pass('spent')).rejects.toThrow(code('RATE_LIMITED'));
    }
  });
});
