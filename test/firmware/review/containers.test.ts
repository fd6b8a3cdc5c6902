/** What stands in the way of containers of a whole host, and what such a host leaves. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectHost } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { patientHome } from '../doctor/patient-home.ts';
import { type HostUnderTest, makeHome, startHost } from '../host/host-under-test.ts';
import { signedBundle } from '../host/signed-bundle.ts';
import { startHostProcess } from '../process/aria-process.ts';

/** The key of the tests is somebody else's, so that the policy places its tools in containers. */
const thirdParty = '[trust.tests]\nthird_party = true\n';
const works = await containersHere();

const tools: readonly ToolSample[] = [
  { name: 'greet', body: 'return `Hello, ${input.name ?? "you"}`;' },
  { name: 'wait', body: 'await new Promise((resolve) => setTimeout(resolve, input.ms)); return input.ms;' },
  {
    name: 'outer',
    tokens: ['tool:wait:call'],
    body: "return await sdk.tools.call('wait', { ms: 1 }).catch((error) => error.code);",
  },
  {
    name: 'again',
    tokens: ['tool:again:call'],
    body: "return input.left > 0 ? 1 + (await sdk.tools.call('again', { left: input.left - 1 })) : 0;",
  },
];

/** A call's output, or the code of its error. */
async function told(host: HostUnderTest, tool: string, input: object = {}, session?: string): Promise<unknown> {
  const call = { tool, input, timeoutMs: 20_000, ...(session !== undefined && { session }) };
  const result = await host.owner.callTool(call);
  return result.kind === 'done' ? result.output : result.error;
}

/** What back ends keep of a home on this machine: directories, and control groups. */
function kept(home: string): readonly string[] {
  const owner = hashBytes(Buffer.from(home)).slice(0, 12);
  const hierarchies = ['/sys/fs/cgroup', ...namesIn('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
  return [join(home, 'run/containers'), ...hierarchies.map((directory) => join(directory, 'aria'))].flatMap(
    (directory) => namesIn(directory).filter((name) => name.startsWith(owner)),
  );
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

describe.skipIf(!works)('containers of a host', () => {
  test('that cannot have a root leave nothing behind, call after call, and come up once they can', async () => {
    const place = await mkdtemp(join(tmpdir(), 'aria-cache-'));
    const blocked = join(place, 'blocked');
    await writeFile(blocked, '');
    try {
      const settings = { 'containers.cache_directory': join(blocked, 'cache') };
      await using host = await startHost({ toml: thirdParty, settings });
      await host.install({ tools });
      for (const _ of [1, 2]) {
        expect(await told(host, 'greet')).toMatchObject({
          code: 'IO_FAILED',
          message: expect.stringContaining(blocked),
        });
        expect(kept(host.home)).toEqual([]);
      }
      await rm(blocked);
      await mkdir(blocked, { mode: 0o755 });
      expect(await told(host, 'greet')).toBe('Hello, you');
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });

  test('whose sockets would have too long paths say so, with a remedy, and leave nothing', async () => {
    const place = await mkdtemp(join(tmpdir(), 'aria-'));
    try {
      const toml = `${thirdParty}[listen]\nrun_directory = ${JSON.stringify(join(place, 'r'.repeat(60)))}\n`;
      await using host = await startHost({ toml });
      await host.install({ tools });
      expect(await told(host, 'greet')).toMatchObject({
        code: 'CONTAINERS_UNAVAILABLE',
        message: expect.stringContaining('bytes too long'),
        remedy: expect.stringContaining('shorter path'),
      });
      expect(kept(host.home)).toEqual([]);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });

  test('whose directory is no directory fail with a code, and run once it is one', async () => {
    await using host = await startHost({ toml: `${thirdParty}[containers]\ntools = true\n` });
    await host.install({ tools });
    const places = { greet: join(host.home, 'run/c'), listContainers: join(host.home, 'containers') };
    for (const [tool, place] of Object.entries(places)) {
      await writeFile(place, '');
      expect(await told(host, tool)).toMatchObject({ code: 'IO_FAILED', message: expect.stringContaining(place) });
      await rm(place);
    }
    expect(await told(host, 'greet')).toBe('Hello, you');
    expect(await told(host, 'listContainers')).toEqual({ containers: [] });
  });

  test('are waited for where as many calls run as may, but not by a call whose caller has one', async () => {
    await using host = await startHost({ toml: `${thirdParty}[containers]\nrunning_max = 1\n` });
    await host.install({ tools });
    expect(await Promise.all([30, 20, 10, 1].map((ms) => told(host, 'wait', { ms })))).toEqual([30, 20, 10, 1]);
    expect(await told(host, 'outer')).toBe('UNAVAILABLE');
    expect(await told(host, 'wait', { ms: 2 })).toBe(2);
  });

  test('of a session are not waited for by what its own calls call', async () => {
    await using host = await startHost({ toml: `${thirdParty}[containers]\nreuse = "session"\n` });
    await host.install({ tools });
    expect(await told(host, 'again', { left: 2 }, 'one')).toBe(2);
    expect(await Promise.all([1, 2, 3].map((left) => told(host, 'again', { left }, 'one')))).toEqual([1, 2, 3]);
  });
});

describe.skipIf(!works)('aria doctor', () => {
  test('warns where a back end works and the root file system cannot be made', async () => {
    using patient = patientHome();
    patient.put('blocked', '');
    const text = (place: string): string =>
      `[containers]\ncache_directory = ${JSON.stringify(join(patient.home, place))}\n`;
    patient.put('aria.toml', text('blocked/cache'));
    expect(await patient.check('containers')).toMatchObject({
      warning: true,
      detail: expect.stringMatching(
        /^tools that need a container are refused: .*"[^"]*blocked\/cache": .* no directory$/,
      ),
      remedy: expect.stringContaining('containers.cache_directory'),
    });
    patient.put('aria.toml', text('blocked'));
    expect(await patient.check('containers')).toMatchObject({ detail: expect.stringContaining('is no directory') });
    patient.put('aria.toml', text('new/cache'));
    expect(await patient.check('containers')).toMatchObject({ detail: expect.stringMatching(/^\w+ is used; /) });
    expect(existsSync(join(patient.home, 'new'))).toBe(false);
  });
});

describe.skipIf(!works)('the bundle quilt, whose containers are not open yet', () => {
  let host: HostUnderTest;
  let cache: string;
  beforeAll(async () => {
    // A root has to be built first.
    cache = await mkdtemp(join(tmpdir(), 'aria-cache-'));
    host = await startHost({
      toml: '[containers]\ntools = true\n',
      settings: { 'containers.cache_directory': join(cache, 'new') },
    });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await rm(cache, { recursive: true, force: true });
  });

  test('ends a call at its deadline, and one that is given up, before they are', async () => {
    const order: string[] = [];
    const call = async (timeoutMs: number | undefined, signal?: AbortSignal): Promise<void> => {
      const result = await host.owner.callTool(
        { tool: 'listContainers', input: {}, ...(timeoutMs !== undefined && { timeoutMs }) },
        signal ? { signal } : {},
      );
      order.push(result.kind === 'done' ? 'done' : result.error.code);
    };
    const given = new AbortController();
    const calls = [call(undefined), call(undefined, given.signal), call(1)];
    given.abort();
    await Promise.all(calls);
    expect(order).toEqual(['CANCELLED', 'DEADLINE_EXCEEDED', 'done']);
  });
});

describe.skipIf(!works)('a host in a process of its own', () => {
  test('loads nothing of containers before somebody needs one; after kill -9 the next one finds nothing of them', async () => {
    const { home, key } = await makeHome(thirdParty);
    const loaded = join(home, 'loaded');
    const hook = join(home, 'hook.mjs');
    await writeFile(
      hook,
      `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (/[/](?:firmware|quilt-adapter)[/]/.test(url)) appendFileSync(${JSON.stringify(loaded)}, url + '\\n');
  return next(url, context);
} });\n`,
    );
    const containerModules = (): number =>
      readFileSync(loaded, 'utf8').match(/\/quilt-adapter\/(?!sync\/)\S+/g)?.length ?? 0;
    try {
      const { content } = await signedBundle(key, { tools });
      {
        await using host = await startHostProcess(home, undefined, { NODE_OPTIONS: `--import=${hook}` });
        await using api = await connectHost({ home, to: `unix:${host.ready.api ?? ''}` });
        await api.upload(content);
        expect(readFileSync(loaded, 'utf8')).toContain('/firmware/');
        expect(containerModules()).toBe(0);
        expect(await api.callTool({ tool: 'greet', input: {} })).toMatchObject({ kind: 'done' });
        expect(containerModules()).toBeGreaterThan(0);
        const long = api.callTool({ tool: 'wait', input: { ms: 60_000 } }).catch(() => undefined);
        await expect.poll(() => kept(home).length).toBeGreaterThan(0);
        await host.end('SIGKILL');
        await long;
      }
      {
        await using host = await startHostProcess(home);
        await using api = await connectHost({ home, to: `unix:${host.ready.api ?? ''}` });
        await expect.poll(() => kept(home)).toEqual([]);
        expect(await api.callTool({ tool: 'greet', input: {} })).toMatchObject({ kind: 'done' });
        expect(readdirSync(join(home, 'run/c/containers')).length).toBeLessThan(4);
      }
      expect(kept(home)).toEqual([]);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
