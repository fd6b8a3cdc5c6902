/** One table for every way to a host's interface: the same requests have the same answers, refusals and progress. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AriaApi, CallProgress, HostEvent } from '#wit/api';
import { connectSync } from '#quilt-adapter/sync/grpc';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { type ApiSubject, apiSubjects } from './api-subjects.ts';
import { type HostUnderTest, startHost } from './host-under-test.ts';
import { addTool, countTool, echoTool, failTool, signedBundle, waitTool } from './signed-bundle.ts';

const containers = await containersHere();
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

for (const [way, connect] of Object.entries(apiSubjects)) {
  describe(way, () => {
    let host: HostUnderTest;
    let api: ApiSubject;
    beforeAll(async () => {
      host = await startHost();
      await host.install({ tools: [addTool, echoTool, countTool, failTool, waitTool] });
      await host.install({ name: 'others', tools: [{ ...addTool, body: 'return { sum: -1 };' }], sequence: 1 });
      api = await connect(host);
    });
    afterAll(async () => {
      await api[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    });

    test('tells how the host is', async () => {
      const status = await api.status();
      expect(status).toMatchObject({
        state: 'ready',
        bundles: { active: 2, quarantined: 0 },
        components: { tools: 6 },
        epoch: host.firmware.status().epoch,
      });
      expect(status.boot.map(({ phase, state }) => `${phase} ${state}`)).toEqual([
        'machine done',
        'stores done',
        'engines done',
        'bundles done',
        'apis done',
      ]);
    });

    test('brings every kind of JSON value and bytes there and back', async () => {
      const input = {
        text: 'ä€😀\u0000\n',
        numbers: [0, 1e21, 5e-324, -1.5, 2 ** 53],
        nothing: null,
        deep: [[[{ a: [] }]]],
        bytes: Uint8Array.from({ length: 1000 }, (_, index) => index % 256),
        empty: new Uint8Array(),
        $base64: 'not bytes',
        $blob: 0,
        $literal: { $base64: 'AA==' },
      };
      const result = await api.callTool({ tool: 'echo', input });
      expect(result).toMatchObject({ kind: 'done', bundle: 'samples@1.0.0', logs: [] });
      expect(result.kind === 'done' && result.output).toEqual(input);
      expect(result.callId).toMatch(/^[\w-]+$/);
      expect(result.usage.turns).toBe(1);
    });

    test('gives a tool’s own error as a result, with its stack', async () => {
      expect(await api.callTool({ tool: 'fail', input: {} })).toMatchObject({
        kind: 'failed',
        error: { code: 'NOT_FOUND', message: 'No such order', retryable: false, category: 'Tool' },
        stack: expect.stringContaining('fail'),
      });
    });

    test('tells progress in order: the start, operations, lines of the log', async () => {
      const steps: CallProgress[] = [];
      const result = await api.callTool({ tool: 'count', input: {} }, { progress: (step) => steps.push(step) });
      expect(result).toMatchObject({ kind: 'done', logs: [{ level: 'info', message: 'counted' }] });
      expect(steps[0]).toEqual({ kind: 'started', callId: result.callId, bundle: 'samples@1.0.0' });
      expect(
        steps.filter(({ kind }) => kind === 'operation').map((step) => step.kind === 'operation' && step.operation),
      ).toEqual(['kv.get', 'kv.set']);
      expect(steps).toContainEqual(expect.objectContaining({ kind: 'log', level: 'info', message: 'counted' }));
    });

    test('refuses an unknown tool, an ambiguous name and an input that does not fit', async () => {
      await expect(api.callTool({ tool: 'ad', input: {} })).rejects.toEqual(code('NOT_FOUND'));
      await expect(api.callTool({ tool: 'add', input: { a: 1, b: 2 } })).rejects.toEqual(
        expect.objectContaining({
          code: 'NAME_AMBIGUOUS',
          message: expect.stringContaining('"others/add", "samples/add"'),
        }),
      );
      expect(await api.callTool({ tool: 'others/add', input: { a: 1, b: 2 } })).toMatchObject({ output: { sum: -1 } });
      expect(await api.callTool({ tool: 'samples/add', input: { a: 1 } })).toMatchObject({
        kind: 'failed',
        error: {
          code: 'INPUT_INVALID',
          details: { violations: [expect.objectContaining({ message: expect.any(String) })] },
        },
      });
    });

    test('ends a call with its timeout and with the client’s signal', async () => {
      expect(await api.callTool({ tool: 'wait', input: { ms: 20_000 }, timeoutMs: 30 })).toMatchObject({
        kind: 'failed',
        error: { code: 'DEADLINE_EXCEEDED' },
      });
      const stop = new AbortController();
      const call = api.callTool({ tool: 'wait', input: { ms: 20_000 } }, { signal: stop.signal });
      await inFlight(host);
      stop.abort();
      const ended = await call.catch((thrown: unknown) => thrown);
      expect(ended).toMatchObject(ended instanceof Error ? { code: 'CANCELLED' } : { error: { code: 'CANCELLED' } });
      await idle(host);
    });

    test('lists components in pages and finds them by words', async () => {
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await api.listComponents({
          kind: 'tool',
          pageSize: 4,
          ...(pageToken !== undefined && { pageToken }),
        });
        names.push(...page.components.map(({ qualifiedName }) => qualifiedName));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      expect(names.toSorted()).toEqual([
        'others/add',
        'samples/add',
        'samples/count',
        'samples/echo',
        'samples/fail',
        'samples/wait',
      ]);
      const found = await api.listComponents({ text: 'echo' });
      expect(found.components[0]).toMatchObject({ name: 'echo', kind: 'tool', bundle: 'samples', version: '1.0.0' });
      await expect(api.listComponents({ pageToken: 'nonsense' })).rejects.toEqual(code('REQUEST_INVALID'));
    });

    test('shows a component with schemas, tokens and provenance', async () => {
      const details = await api.getComponent({ name: 'count' });
      expect(details).toMatchObject({
        qualifiedName: 'samples/count',
        tokens: ['kv:counters:rw'],
        inputSchema: true,
        provenance: { sequence: 1, key: { name: 'tests', id: host.key.publicKey.keyId } },
        clashes: [],
      });
      expect((await api.getComponent({ name: 'samples/add' })).clashes).toEqual(['others']);
    });

    test('uploads, lists, rolls back and removes versions', async () => {
      const next = await signedBundle(host.key, { name: 'moving', tools: [echoTool], sequence: 1 });
      const sent: number[] = [];
      expect(await api.upload(next.content, { progress: (bytes) => sent.push(bytes) })).toMatchObject({
        state: 'active',
        hash: next.hash,
      });
      expect(sent.at(-1)).toBe(next.archive.length);
      const later = await signedBundle(host.key, { name: 'moving', version: '2.0.0', tools: [addTool], sequence: 2 });
      expect(await api.upload(later.content)).toMatchObject({ state: 'active', previousVersion: '1.0.0' });
      const states = (await api.listBundles()).filter(({ name }) => name === 'moving');
      expect(states.map(({ version, state, tools }) => `${version} ${state} ${tools}`)).toEqual([
        '2.0.0 active 1',
        '1.0.0 installed 1',
      ]);
      expect(await api.rollback({ name: 'moving' })).toMatchObject({ version: '1.0.0', previousVersion: '2.0.0' });
      await expect(api.removeVersion({ name: 'moving', version: '1.0.0' })).rejects.toEqual(code('BUNDLE_IN_USE'));
      await api.removeVersion({ name: 'moving', version: '2.0.0' });
      await expect(api.removeVersion({ name: 'moving', version: '2.0.0' })).rejects.toEqual(code('BUNDLE_NOT_FOUND'));
    });

    test('shows what waits, with its difference, and approves or rejects it', async () => {
      const base = await signedBundle(host.key, { name: 'wanting', tools: [echoTool], sequence: 1 });
      await api.upload(base.content);
      const wanting = { ...echoTool, tokens: ['fs:reports:r'], timeoutMs: 60_000 };
      const more = await signedBundle(host.key, { name: 'wanting', version: '1.1.0', tools: [wanting], sequence: 2 });
      const waiting = await api.upload(more.content);
      expect(waiting).toMatchObject({ state: 'waiting', upgrade: { newTokens: ['fs:reports:r'], name: 'wanting' } });
      const [upgrade] = await api.listUpgrades();
      expect(upgrade).toEqual(waiting.upgrade);
      expect(upgrade?.grownLimits).toHaveLength(1);
      expect(upgrade?.diff?.newTokens).toEqual(['fs:reports:r']);
      await api.reject(upgrade?.id ?? '');
      expect(await api.listUpgrades()).toEqual([]);
      await expect(api.approve(upgrade?.id ?? '')).rejects.toEqual(code('NOT_FOUND'));
    });

    test('refuses a bundle that nobody trusts with the host’s own words', async () => {
      const { content } = await signedBundle(host.key, { name: 'unsigned', tools: [echoTool] });
      const { signature: _, ...unsigned } = content;
      const failure = await api.upload(unsigned).catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({ code: 'SIGNATURE_MISSING', wire: { category: 'Security', retryable: false } });
    });

    test('tells who holds tokens, who waits and how far quotas are used', async () => {
      const scheduler = connectSync(join(host.home, 'run', 'quilt', 'api.sock'));
      const held = await scheduler.acquire({
        holder: 'batch',
        label: 'a batch job',
        tokens: ['kv:orders:x'],
        leaseMs: 60_000,
      });
      const waiting = scheduler.acquire({
        holder: 'other',
        label: 'another one',
        tokens: ['kv:orders.new:rw'],
        priority: 7,
      });
      while ((await api.tokens()).waits.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      const { holds, waits, quotas } = await api.tokens();
      expect(holds).toMatchObject([{ label: 'a batch job', tokens: ['kv:orders:x'], epoch: held.epoch }]);
      expect(holds[0]?.expiresInMs).toBeGreaterThan(0);
      expect(waits).toMatchObject([
        { label: 'another one', priority: 7, position: 0, waitsFor: [{ label: 'a batch job', held: 'kv:orders:x' }] },
      ]);
      expect(waits[0]?.reasons.join(' ')).toContain('a batch job');
      expect(quotas).toEqual([]);
      await scheduler.release(held.id);
      await scheduler.release((await waiting).id);
      expect(await api.tokens()).toEqual({ totals: { holds: 0, waits: 0 }, holds: [], waits: [], quotas: [] });
      scheduler[Symbol.dispose]();
    });

    test('explains a call that has ended, and refuses one that it does not know', async () => {
      const { callId } = await api.callTool({ tool: 'count', input: {}, session: 'one' });
      expect(await api.why(callId)).toMatchObject({
        callId,
        tool: 'count',
        bundle: 'samples@1.0.0',
        state: 'finished',
        path: [],
        substrate: 'wasm',
        placement: ['nothing asks for a container'],
        reasons: [],
        outcome: 'done',
      });
      await expect(api.why('never')).rejects.toEqual(code('NOT_FOUND'));
      await expect(api.callTool({ tool: 'count', input: {}, session: 'ä' })).rejects.toEqual(code('REQUEST_INVALID'));
    });

    test.skipIf(!containers)('compares the substrates of a tool', { timeout: 60_000 }, async () => {
      const input = { text: 'x', bytes: Uint8Array.of(1, 2) };
      const same = await api.diverge({ tool: 'samples/echo', input });
      expect(same).toMatchObject({
        tool: 'echo',
        bundle: 'samples@1.0.0',
        same: true,
        differences: [],
        operations: [],
        effectsOn: 'wasm',
        outcome: { wasm: 'done', container: 'done' },
      });
      await expect(api.diverge({ tool: 'none', input })).rejects.toEqual(code('NOT_FOUND'));
    });

    test('follows events behind a cursor, filtered by kind', async () => {
      const { epoch } = await api.status();
      const events = await take(api, { after: { epoch, sequence: 0 }, kinds: ['bundle.activated'] }, 2);
      expect(events.map(({ data }) => data['name'])).toEqual(['samples', 'others']);
      const [first] = events;
      const again = await take(
        api,
        { after: { epoch, sequence: first?.sequence ?? 0 }, kinds: ['bundle.activated'] },
        1,
      );
      expect(again[0]?.data['name']).toBe('others');
      const lost = await take(api, { after: { epoch: 'another', sequence: 5 } }, 1);
      expect(lost[0]?.kind).toBe('events.lost');
    });

    test('reads lines of the log of one tool', async () => {
      await api.callTool({ tool: 'count', input: {} }, { requestId: 'request-7' });
      const lines = [];
      for await (const line of api.logs({ source: 'samples/count', tail: 1 })) lines.push(line);
      expect(lines).toMatchObject([
        { level: 'info', source: 'samples/count', message: 'counted', requestId: 'request-7' },
      ]);
    });

    test('answers a repeated idempotency key without a second call', async () => {
      const first = await api.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'once' });
      expect(await api.callTool({ tool: 'count', input: {} }, { idempotencyKey: 'once' })).toEqual(first);
      await expect(api.callTool({ tool: 'count', input: 1 }, { idempotencyKey: 'once' })).rejects.toEqual(
        code('IDEMPOTENCY_CONFLICT'),
      );
      await expect(api.callTool({ tool: 'count', input: 1 }, { idempotencyKey: 'ä b' })).rejects.toEqual(
        code('REQUEST_INVALID'),
      );
    });
  });
}

async function take(
  api: AriaApi,
  query: NonNullable<Parameters<AriaApi['events']>[0]>,
  count: number,
): Promise<readonly HostEvent[]> {
  const taken: HostEvent[] = [];
  const stop = new AbortController();
  for await (const event of api.events({ ...query, signal: stop.signal })) {
    taken.push(event);
    if (taken.length === count) break;
  }
  stop.abort();
  return taken;
}

async function inFlight(host: HostUnderTest): Promise<void> {
  while (host.firmware.status().calls.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function idle(host: HostUnderTest): Promise<void> {
  while (host.firmware.status().calls.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
