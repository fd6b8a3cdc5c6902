/** A version's life in a host: uploaded, active, replaced, rolled back, removed, and all that after a restart. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostEvent } from '#wit/api';
import { type HostUnderTest, startHost } from './host-under-test.ts';
import { addTool, countTool, echoTool, failTool, signedBundle, uploadOf, waitTool } from './signed-bundle.ts';

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('an upload', () => {
  test('is active at once, and its tools answer', async () => {
    await using host = await startHost();
    const installed = await host.install({ tools: [addTool, countTool] });
    expect(installed).toMatchObject({ name: 'samples', version: '1.0.0', state: 'active', unchanged: false });
    const result = await host.owner.callTool({ tool: 'add', input: { a: 1, b: 2 } });
    expect(result).toMatchObject({ kind: 'done', output: { sum: 3 }, bundle: 'samples@1.0.0' });
    expect((await host.owner.listComponents({ kind: 'tool' })).components.map(({ name }) => name)).toEqual([
      'add',
      'count',
    ]);
  });

  test('of the same bytes again changes nothing', async () => {
    await using host = await startHost();
    const { content } = await signedBundle(host.key, { tools: [addTool] });
    await host.owner.upload(content);
    expect(await host.owner.upload(content)).toMatchObject({ state: 'active', unchanged: true });
    expect(await host.owner.listBundles()).toHaveLength(1);
  });

  test('without a signature, with another key’s, or with one of another bundle is refused and leaves nothing', async () => {
    await using host = await startHost();
    await using other = await startHost();
    const { archive, hash, content } = await signedBundle(host.key, { tools: [addTool] });
    const foreign = await signedBundle(other.key, { tools: [addTool] });
    const second = await signedBundle(host.key, { tools: [addTool], version: '2.0.0' });
    await expect(host.owner.upload(uploadOf(archive, { hash, name: 'a' }))).rejects.toEqual(code('SIGNATURE_MISSING'));
    await expect(host.owner.upload(foreign.content)).rejects.toEqual(code('SIGNATURE_UNTRUSTED'));
    await expect(host.owner.upload({ ...content, signature: second.signature })).rejects.toEqual(
      code('SIGNATURE_INVALID'),
    );
    expect(await host.owner.listBundles()).toEqual([]);
    expect((await host.owner.listComponents()).components).toEqual([]);
  });

  test('of an older sequence number is a downgrade; an administrator may allow it', async () => {
    await using host = await startHost();
    await host.install({ tools: [addTool], version: '2.0.0', sequence: 5 });
    const old = await signedBundle(host.key, { tools: [addTool], version: '1.0.0', sequence: 4 });
    await expect(host.owner.upload(old.content)).rejects.toEqual(code('BUNDLE_DOWNGRADE'));
    const operator = host.firmware.api({ name: 'someone', role: 'operator' });
    await expect(operator.upload(old.content, { allowDowngrade: true })).rejects.toEqual(code('PERMISSION_DENIED'));
    expect(await host.owner.upload(old.content, { allowDowngrade: true })).toMatchObject({
      state: 'active',
      previousVersion: '2.0.0',
    });
  });

  test('of an old version that the host has already does not replace the newer one', async () => {
    await using host = await startHost();
    const old = await signedBundle(host.key, { tools: [addTool], sequence: 1 });
    await host.owner.upload(old.content);
    await host.install({ tools: [echoTool], version: '2.0.0', sequence: 2 });
    await expect(host.owner.upload(old.content)).rejects.toEqual(code('BUNDLE_DOWNGRADE'));
    expect((await host.owner.listComponents()).components.map(({ name }) => name)).toEqual(['echo']);
    expect(await host.owner.upload(old.content, { allowDowngrade: true })).toMatchObject({ state: 'active' });
  });

  test('that was cut goes on where it ended', async () => {
    await using host = await startHost();
    const { content, archive } = await signedBundle(host.key, { tools: [addTool] });
    const half = archive.length >> 1;
    const cut = {
      ...content,
      async *read() {
        yield archive.subarray(0, half);
        throw new Error('the line was cut');
      },
    };
    await expect(host.owner.upload(cut)).rejects.toThrow('the line was cut');
    const offsets: number[] = [];
    const whole = {
      ...content,
      read: (offset: number) => {
        offsets.push(offset);
        return content.read(offset);
      },
    };
    expect(await host.owner.upload(whole)).toMatchObject({ state: 'active' });
    expect(offsets).toEqual([half]);
  });

  test('whose bytes have another hash is refused, and the next one begins anew', async () => {
    await using host = await startHost();
    const { content, archive } = await signedBundle(host.key, { tools: [addTool] });
    const wrong = archive.slice().fill(0, 10, 20);
    const lying = {
      ...content,
      async *read(offset: number) {
        yield wrong.subarray(offset);
      },
    };
    await expect(host.owner.upload(lying)).rejects.toEqual(code('UPLOAD_INVALID'));
    expect(await host.owner.upload(content)).toMatchObject({ state: 'active' });
  });
});

describe('a new version', () => {
  test('replaces the old one for new calls, while those in flight end on the old one', async () => {
    await using host = await startHost();
    await host.install({ tools: [{ ...waitTool, body: `${waitTool.body.replace('waited', 'first')}` }] });
    const inFlight = host.owner.callTool({ tool: 'wait', input: { ms: 300 } });
    await started(host);
    await host.install({
      tools: [{ ...waitTool, body: `${waitTool.body.replace('waited', 'second')}` }],
      version: '1.1.0',
    });
    const after = await host.owner.callTool({ tool: 'wait', input: { ms: 1 } });
    expect(after).toMatchObject({ output: { second: 1 }, bundle: 'samples@1.1.0' });
    expect(await inFlight).toMatchObject({ output: { first: 300 }, bundle: 'samples@1.0.0' });
  });

  test('is left by a rollback, also after a restart', async () => {
    await using host = await startHost();
    await host.install({ tools: [{ name: 'which', body: 'return 1;' }] });
    await host.install({ tools: [{ name: 'which', body: 'return 2;' }], version: '2.0.0' });
    expect(await host.owner.rollback({ name: 'samples' })).toEqual({
      name: 'samples',
      version: '1.0.0',
      previousVersion: '2.0.0',
    });
    expect(await host.owner.callTool({ tool: 'which', input: {} })).toMatchObject({ output: 1 });
    await host.restart();
    expect(await host.owner.callTool({ tool: 'which', input: {} })).toMatchObject({ output: 1 });
    await expect(host.owner.rollback({ name: 'nothing' })).rejects.toEqual(code('BUNDLE_NOT_FOUND'));
  });

  test('that asks for more waits for an approval, and a restart does not forget it', async () => {
    await using host = await startHost();
    await host.install({ tools: [addTool] });
    const wanted = { ...addTool, name: 'fetch', tokens: ['net:10.0.0.1:443'] };
    const waiting = await host.install({ tools: [addTool, wanted], version: '1.1.0' });
    expect(waiting).toMatchObject({ state: 'waiting', upgrade: { newTokens: ['net:10.0.0.1:443'] } });
    expect((await host.owner.listComponents()).components.map(({ name }) => name)).toEqual(['add']);
    await host.restart();
    const [upgrade] = await host.owner.listUpgrades();
    expect(upgrade).toMatchObject({
      id: waiting.upgrade?.id,
      newTokens: ['net:10.0.0.1:443'],
      previousVersion: '1.0.0',
    });
    const operator = host.firmware.api({ name: 'someone', role: 'operator' });
    await expect(operator.approve(upgrade?.id ?? '')).rejects.toEqual(code('PERMISSION_DENIED'));
    expect(await host.owner.approve(upgrade?.id ?? '')).toMatchObject({ version: '1.1.0' });
    expect((await host.owner.listComponents()).components.map(({ name }) => name)).toEqual(['add', 'fetch']);
    expect(await host.owner.listUpgrades()).toEqual([]);
    await expect(host.owner.approve(upgrade?.id ?? '')).rejects.toEqual(code('NOT_FOUND'));
  });

  test('that was refused stays installed, and the active one goes on', async () => {
    await using host = await startHost();
    await host.install({ tools: [addTool] });
    const waiting = await host.install({ tools: [{ ...addTool, tokens: ['fs:reports:rw'] }], version: '1.1.0' });
    await host.owner.reject(waiting.upgrade?.id ?? '');
    const states = (await host.owner.listBundles()).map(({ version, state }) => `${version} ${state}`);
    expect(states).toEqual(['1.1.0 installed', '1.0.0 active']);
    await expect(host.owner.rollback({ name: 'samples', version: '1.1.0' })).rejects.toEqual(code('APPROVAL_REQUIRED'));
  });
});

describe('content that is not its own any more', () => {
  test('is quarantined and named, the rest goes on, and another upload repairs it', async () => {
    await using host = await startHost();
    const { content, manifest } = await signedBundle(host.key, { tools: [addTool] });
    await host.owner.upload(content);
    await host.install({ name: 'others', tools: [{ ...echoTool, name: 'echo' }], sequence: 1 });
    await host.restart();
    const source = manifest.tools[0]?.source.hash ?? '';
    const path = join(host.home, 'bundles/objects', source.slice(0, 2), source);
    await writeFile(path, (await readFile(path)).fill(32, 0, 8));
    expect(await host.owner.callTool({ tool: 'add', input: { a: 1, b: 1 } })).toMatchObject({
      kind: 'failed',
      error: { code: 'BUNDLE_QUARANTINED' },
    });
    expect(await host.owner.callTool({ tool: 'echo', input: { x: 1 } })).toMatchObject({ output: { x: 1 } });
    expect(await host.owner.listBundles()).toContainEqual(
      expect.objectContaining({ name: 'samples', state: 'quarantined' }),
    );
    expect(await host.owner.upload(content)).toMatchObject({ state: 'active' });
    expect(await host.owner.callTool({ tool: 'add', input: { a: 1, b: 1 } })).toMatchObject({ output: { sum: 2 } });
  });
});

describe('removing', () => {
  test('the last version uninstalls its bundle, unless another one depends on it', async () => {
    await using host = await startHost();
    await host.install({ tools: [addTool] });
    await host.install({
      name: 'needing',
      tools: [echoTool],
      sequence: 1,
      manifest: { dependencies: { samples: '^1.0.0' } },
    });
    const samples = { name: 'samples', version: '1.0.0' };
    await expect(host.owner.removeVersion(samples)).rejects.toEqual(code('BUNDLE_IN_USE'));
    await host.owner.removeVersion({ name: 'needing', version: '1.0.0' });
    await host.owner.removeVersion(samples);
    expect(await host.owner.listBundles()).toEqual([]);
    expect((await host.owner.listComponents()).components).toEqual([]);
    await host.restart();
    expect(host.firmware.status()).toMatchObject({ state: 'ready', bundles: { active: 0, installed: 0 } });
  });

  test('a version that others do not fit is refused at activation, with the tree', async () => {
    await using host = await startHost();
    const needing = {
      name: 'needing',
      tools: [echoTool],
      sequence: 1,
      manifest: { dependencies: { samples: '^2.0.0' } },
    };
    await expect(host.install(needing)).rejects.toEqual(code('BUNDLE_DEPENDENCY_MISSING'));
    await host.install({ tools: [addTool], version: '1.0.0' });
    await expect(host.install(needing)).rejects.toEqual(code('BUNDLE_DEPENDENCY_CONFLICT'));
    await host.install({ tools: [addTool], version: '2.1.0' });
    expect(await host.install(needing)).toMatchObject({ state: 'active' });
    await expect(host.owner.rollback({ name: 'samples' })).rejects.toEqual(code('BUNDLE_DEPENDENCY_CONFLICT'));
  });
});

describe('an idempotency key', () => {
  test('returns the first answer, also after a restart, and does not call again', async () => {
    await using host = await startHost();
    await host.install({ tools: [countTool, echoTool] });
    const first = await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'a-1' });
    const again = await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'a-1' });
    expect(again).toEqual(first);
    await host.restart();
    expect(await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'a-1' })).toEqual(first);
    expect(await host.owner.callTool({ tool: 'count', input: {} })).toMatchObject({ output: { n: 2 } });
  });

  test('keeps bytes as bytes', async () => {
    await using host = await startHost();
    await host.install({ tools: [echoTool] });
    const input = { data: Uint8Array.of(0, 255, 7), $base64: 'a key of the user' };
    const first = await host.owner.callTool({ tool: 'echo', input }, { idempotencyKey: 'bytes' });
    const again = await host.owner.callTool({ tool: 'echo', input }, { idempotencyKey: 'bytes' });
    expect(again).toMatchObject({ output: input });
    expect(again).toEqual(first);
  });

  test('of another request is a conflict; of another client it is another key', async () => {
    await using host = await startHost();
    await host.install({ tools: [countTool] });
    await host.owner.callTool({ tool: 'count', input: { x: 1 } }, { idempotencyKey: 'k' });
    await expect(host.owner.callTool({ tool: 'count', input: { x: 2 } }, { idempotencyKey: 'k' })).rejects.toEqual(
      code('IDEMPOTENCY_CONFLICT'),
    );
    const other = host.firmware.api({ name: 'other', role: 'operator' });
    expect(await other.callTool({ tool: 'count', input: { x: 1 } }, { idempotencyKey: 'k' })).toMatchObject({
      output: { n: 2 },
    });
  });

  test('of a request that was refused may be used again', async () => {
    await using host = await startHost();
    await expect(host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'k' })).rejects.toEqual(
      code('NOT_FOUND'),
    );
    await host.install({ tools: [countTool] });
    expect(await host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'k' })).toMatchObject({
      output: { n: 1 },
    });
  });

  test('that comes twice at the same time runs once', async () => {
    await using host = await startHost();
    await host.install({ tools: [countTool] });
    const both = await Promise.all(
      [1, 2, 3].map(() => host.owner.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'k' })),
    );
    expect(new Set(both.map(({ callId }) => callId)).size).toBe(1);
  });
});

describe('what is told', () => {
  test('are the events of an installation and of a call, in order and without gaps', async () => {
    await using host = await startHost();
    const stop = new AbortController();
    const seen: HostEvent[] = [];
    const { epoch } = host.firmware.status();
    const reading = (async () => {
      for await (const event of host.owner.events({ after: { epoch, sequence: 0 }, signal: stop.signal })) {
        seen.push(event);
        if (event.kind === 'call.finished') return;
      }
    })();
    await host.install({ tools: [failTool] });
    await host.owner.callTool({ tool: 'fail', input: {} });
    await reading;
    stop.abort();
    expect(seen.map(({ kind }) => kind)).toEqual([
      'host.ready',
      'bundle.uploaded',
      'bundle.installed',
      'bundle.activated',
      'call.started',
      'call.finished',
    ]);
    expect(seen.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seen.at(-1)?.data).toMatchObject({ tool: 'fail', outcome: 'NOT_FOUND' });
  });
});

describe('roles', () => {
  test('a viewer looks and does nothing; an operator calls and uploads', async () => {
    await using host = await startHost();
    await host.install({ tools: [addTool] });
    const viewer = host.firmware.api({ name: 'v', role: 'viewer' });
    expect(await viewer.status()).toMatchObject({ state: 'ready' });
    await expect(viewer.callTool({ tool: 'add', input: { a: 1, b: 1 } })).rejects.toEqual(code('PERMISSION_DENIED'));
    await expect(viewer.rollback({ name: 'samples' })).rejects.toEqual(code('PERMISSION_DENIED'));
    const operator = host.firmware.api({ name: 'o', role: 'operator' });
    expect(await operator.callTool({ tool: 'add', input: { a: 1, b: 1 } })).toMatchObject({ kind: 'done' });
    await expect(operator.reject('upgrade-1')).rejects.toEqual(code('PERMISSION_DENIED'));
  });
});

async function started(host: HostUnderTest): Promise<void> {
  while (host.firmware.status().calls.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
