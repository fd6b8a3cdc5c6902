// oxlint-disable vitest/expect-expect -- expectDone and expectFailed are what asserts here
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOutcome } from '#wit/interfaces';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { expectDone, expectFailed } from '../../conformance/tool-runner-subject.ts';
import { type EngineUnderTest, containerRunner, openEngine, usableBackends } from './engine-under-test.ts';

const mebibyte = 1024 * 1024;
const usable = await usableBackends();

describe.skipIf(!usable.has('crun'))('what a container of crun dies of', () => {
  let opened: EngineUnderTest;
  beforeAll(async () => {
    opened = await openEngine({ backend: 'crun' });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  async function call(body: string, sample: Partial<ToolSample> = {}): Promise<CallOutcome> {
    await using runner = await containerRunner(opened.engine, [{ name: 'probe', body, ...sample }], {
      engineOfTools: 'bun',
    });
    return await runner.run({ id: 'call-1', tool: 'probe', input: {} });
  }

  test.each([
    ['buffers', 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 7));'],
    ['objects', 'const all = []; for (;;) all.push({ all, n: all.length });'],
  ])('memory full of %s is MEMORY_EXCEEDED', async (_, body) => {
    const sample = { memoryBytes: 16 * mebibyte, computeMs: 20_000 };
    const { error } = expectFailed(await call(body, sample), 'MEMORY_EXCEEDED');
    expect(error.details['cause']).toBeTypeOf('string');
  });

  test('threads without end are PROCESSES_EXCEEDED', async () => {
    const body = `const { Worker } = require('node:worker_threads'); const all = [];
        for (;;) { all.push(new Worker('setInterval(() => {}, 1000)', { eval: true })); await new Promise((next) => setImmediate(next)); }`;
    const outcome = await call(body, { computeMs: 20_000, memoryBytes: 1_024 * mebibyte });
    // Bun may say so to the tool instead, which then ends by itself.
    if (outcome.kind !== 'failed' || outcome.error.code !== 'TOOL_FAILED') expectFailed(outcome, 'PROCESSES_EXCEEDED');
  });

  test('files without end fill what the tool has for them, which the tool is told', async () => {
    const body = `const { appendFileSync } = require('node:fs'); const piece = Buffer.alloc(1 << 20, 7); let n = 0;
        for (;;) appendFileSync('/tmp/' + (n += 1), piece);`;
    expect(expectFailed(await call(body), 'TOOL_FAILED').error.message).toMatch(/ENOSPC/);
  });

  test('it ends between two turns, and the call hears of it at once', async () => {
    const body =
      'setImmediate(() => setImmediate(() => process.exit(5))); await new Promise((next) => setTimeout(next, 60000));';
    expect(expectFailed(await call(body), 'TOOL_TRAPPED').error.message).toMatch(/exit code 5/);
  });

  test('the compute of all its threads counts', async () => {
    const body = `const { Worker } = require('node:worker_threads'); new Worker('for (;;);', { eval: true });
        await new Promise((next) => setTimeout(next, 60000));`;
    const { error } = expectFailed(await call(body, { computeMs: 300, timeoutMs: 20_000 }), 'DEADLINE_EXCEEDED');
    expect(error.details).toEqual({ cause: 'compute' });
  });

  test('it has no programs to start, no network, and a root that nobody writes to', async () => {
    const body = `const words = []; const attempt = async (run) => { try { await run(); words.push('done'); } catch (error) { words.push(error.code ?? error.name); } };
        await attempt(() => Bun.spawnSync(['/bin/bun', '--version']));
        await attempt(() => require('node:fs').writeFileSync('/aria/agent.js', ''));
        await attempt(() => new Promise((resolve, reject) => require('node:net').connect(80, '1.1.1.1').on('error', reject).on('connect', resolve)));
        return words;`;
    const outcome = await call(body);
    if (outcome.kind === 'failed') throw new Error(outcome.error.message);
    const [spawns, writes, connects] = outcome.output as readonly string[];
    expect(['EROFS', 'EACCES']).toContain(writes);
    for (const word of [spawns, connects]) expect(word).not.toBe('done');
    expectDone(await call('return 1;'), 1);
  });
});
