/** What scripts rely on: flags, the line of `aria up`, what stands on stdout, exit codes. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArcResult, runArc } from '../../cli/run-arc.ts';
import {
  type SignedBundle,
  addTool,
  countTool,
  echoTool,
  newKey,
  signedBundle,
  waitTool,
} from '../host/signed-bundle.ts';
import { makeHome } from '../host/host-under-test.ts';
import { type AriaResult, type HostProcess, runAria, startHostProcess } from './aria-process.ts';

let directory: string;
let home: string;
let host: HostProcess;
let bundle: SignedBundle;
let file: string;
const other = newKey();

const compiled = { ARIA_STORE_COMPILED_DIRECTORY: join(process.env['HOME'] ?? tmpdir(), '.cache/aria/compiled') };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-'));
  const made = await makeHome();
  home = made.home;
  bundle = await signedBundle(made.key, { name: 'demo', tools: [addTool, countTool, echoTool, waitTool] });
  file = join(directory, 'demo-1.0.0.aria');
  await writeFile(file, bundle.archive);
  await writeFile(`${file}.minisig`, bundle.signature);
  host = await startHostProcess(home, undefined, compiled);
  const uploaded = await arc(['upload', file]);
  if (uploaded.code !== 0) throw new Error(uploaded.stderr);
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  for (const path of [directory, home]) await rm(path, { recursive: true, force: true });
});

function aria(args: readonly string[], stdin?: string): Promise<AriaResult> {
  return runAria(args, { home, ...(stdin !== undefined && { stdin }) });
}

function arc(args: readonly string[]): Promise<ArcResult> {
  return runArc(args, { home, directory });
}

describe('aria up --json', () => {
  test('prints one line with the addresses as bound', async () => {
    expect(host.ready).toEqual({
      ready: true,
      grpc: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d+$/),
      ws: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d+$/),
      metrics: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d+$/),
      api: join(home, 'run/api.sock'),
      rpc: null,
    });
    expect((await stat(join(home, 'run/api.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'token'))).mode & 0o777).toBe(0o600);
  });

  test('refuses a second host on the same data directory, and the first goes on', async () => {
    const second = await aria([
      'up',
      '--home',
      home,
      '--json',
      '--grpc',
      '127.0.0.1:0',
      '--web',
      'off',
      '--metrics',
      'off',
    ]);
    expect(second.code).toBe(3);
    expect(JSON.parse(second.stdout)).toMatchObject({ kind: 'failed', error: { code: 'HOME_LOCKED' } });
    expect(second.stderr).toContain(String(host.child.pid));
    expect((await aria(['call', 'add', '--input', '{"a":1,"b":1}'])).stdout).toBe('{"sum":2}\n');
  });

  test('refuses to listen for everybody without TLS, and a configuration that says nothing it knows', async () => {
    const free = await mkdtemp(join(tmpdir(), 'aria-'));
    const open = await runAria(['up', '--home', free, '--grpc', '0.0.0.0:0'], { home: free });
    expect(open.code).toBe(2);
    expect(open.stderr).toContain('LISTEN_REFUSED');
    await writeFile(join(free, 'aria.toml'), '[listen]\ngrcp = "off"\n');
    const wrong = await runAria(['up', '--home', free], { home: free });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/grcp.*\n?.*grpc/s);
    await rm(free, { recursive: true, force: true });
  });
});

describe('aria call', () => {
  test('prints exactly the output, of JSON, of a file and of stdin', async () => {
    await writeFile(join(home, 'input.json'), '{"a":3,"b":4}');
    expect(await aria(['call', 'add', '--input', '@input.json'])).toMatchObject({
      code: 0,
      stdout: '{"sum":7}\n',
      stderr: '',
    });
    expect((await aria(['call', 'demo/add', '--input', '-'], '{"a":1,"b":-1}')).stdout).toBe('{"sum":0}\n');
    expect((await aria(['call', 'echo', '--input', '{"data":{"$base64":"AP8="}}'])).stdout).toBe(
      '{"data":{"$base64":"AP8="}}\n',
    );
  });

  test('says log lines on stderr, and everything as JSON where that is asked for', async () => {
    const { stdout, stderr } = await aria(['call', 'count']);
    expect(JSON.parse(stdout)).toEqual({ n: expect.any(Number) });
    expect(stderr).toContain('counted');
    const whole = JSON.parse((await aria(['call', 'count', '--json'])).stdout) as unknown;
    expect(whole).toMatchObject({
      kind: 'done',
      bundle: 'demo@1.0.0',
      callId: expect.any(String),
      logs: [{ message: 'counted' }],
    });
  });

  test.each([
    [['call', 'nothing'], 3, 'NOT_FOUND'],
    [['call', 'add', '--input', '{"a":"x"}'], 3, 'INPUT_INVALID'],
    [['call', 'add', '--input', '{'], 3, 'INPUT_INVALID'],
    [['call', 'wait', '--input', '{"ms":9999}', '--timeout', '20'], 6, 'DEADLINE_EXCEEDED'],
    [['call', 'add', '--to', 'unix:/nowhere/api.sock'], 5, 'HOST_UNREACHABLE'],
    [['call', 'add', '--home', '/nowhere'], 5, 'HOST_UNREACHABLE'],
    [['call'], 2, 'USAGE'],
    [['cal', 'add'], 2, 'call'],
  ])('%j exits with %i and says %s', async (args, code, words) => {
    const ended = await aria(args);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(words);
  });

  test('over TCP needs the token of the host', async () => {
    const to = host.ready.grpc ?? '';
    expect((await aria(['call', 'add', '--to', to, '--input', '{"a":1,"b":1}'])).stdout).toBe('{"sum":2}\n');
    await writeFile(join(directory, 'wrong'), 'x'.repeat(43));
    const refused = await aria(['call', 'add', '--to', to, '--token-file', join(directory, 'wrong')]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('UNAUTHENTICATED');
  });

  test('with the same idempotency key calls once', async () => {
    const first = await aria(['call', 'count', '--idempotency-key', 'k1']);
    expect((await aria(['call', 'count', '--idempotency-key', 'k1'])).stdout).toBe(first.stdout);
  });

  test('that is interrupted is cancelled and exits with 130', async () => {
    const ended = await runAria(['call', 'wait', '--input', '{"ms":20000}'], {
      home,
      onStart: (child) => setTimeout(() => child.kill('SIGINT'), 1500),
    });
    expect(ended.code).toBe(130);
  });
});

describe('listings', () => {
  test('tools, agents and bundles, for people and as JSON', async () => {
    expect(
      (await aria(['tools'])).stdout
        .split('\n')
        .slice(0, 4)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['add', 'count', 'echo', 'wait']);
    const { components } = JSON.parse((await aria(['tools', '--json', '--search', 'echo'])).stdout) as {
      components: { name: string }[];
    };
    expect(components.map(({ name }) => name)).toEqual(['echo']);
    expect(JSON.parse((await aria(['tools', 'add', '--json'])).stdout)).toMatchObject({
      name: 'add',
      inputSchema: addTool.input,
    });
    expect(JSON.parse((await aria(['agents', '--json'])).stdout)).toEqual({ components: [] });
    expect((await aria(['bundles'])).stdout).toMatch(/^demo +1\.0\.0 +active +4 tools .* signed by tests/);
  });

  test('the status says every phase', async () => {
    const { code, stdout } = await aria(['status']);
    expect(code).toBe(0);
    for (const word of ['ready', 'machine', 'stores', 'engines', 'bundles', 'apis']) expect(stdout).toContain(word);
    expect(JSON.parse((await aria(['status', '--json'])).stdout)).toMatchObject({
      state: 'ready',
      pid: host.child.pid,
    });
  });

  test('events and logs stream until they are interrupted', async () => {
    const events = runAria(['events', '--json', '--kind', 'call.finished'], {
      home,
      onStart: (child) => setTimeout(() => child.kill('SIGINT'), 4000),
    });
    const followed = runAria(['logs', '--follow', '--json', '--source', 'demo/count'], {
      home,
      onStart: (child) => setTimeout(() => child.kill('SIGINT'), 4000),
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await aria(['call', 'count']);
    expect(JSON.parse((await events).stdout.split('\n')[0] ?? '')).toMatchObject({
      kind: 'call.finished',
      data: { tool: 'count', outcome: 'done' },
    });
    const { stdout, code } = await followed;
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { source: string; message: string });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every(({ source, message }) => source === 'demo/count' && message === 'counted')).toBe(true);
  });
});

describe('a new version', () => {
  test('that asks for more exits with 4; approve, rollback and remove say what they changed', async () => {
    const { archive, signature } = await signedBundle(other.key, {
      name: 'wanting',
      tools: [{ ...addTool, tokens: ['fs:reports:r'] }],
    });
    const path = join(directory, 'wanting.aria');
    await writeFile(path, archive);
    await writeFile(`${path}.minisig`, signature);
    const untrusted = await arc(['upload', path]);
    expect(untrusted.code).toBe(4);
    expect(untrusted.stderr).toContain('SIGNATURE_UNTRUSTED');
    await writeFile(join(home, 'trust/second.pub'), other.publicText, { mode: 0o600 });
    const waiting = await arc(['upload', path, '--json']);
    expect(waiting.code).toBe(4);
    const { upgrade } = JSON.parse(waiting.stdout) as { upgrade: { id: string } };
    const shown = await aria(['approve', upgrade.id, '--show']);
    expect(shown.stdout).toContain('fs:reports:r');
    const approved = await aria(['approve', upgrade.id]);
    expect(approved.stderr).toContain('is active');
    expect(approved.code).toBe(0);
    expect((await aria(['approve'])).stderr).toContain('Nothing waits');
    expect((await aria(['rollback', 'wanting'])).code).toBe(3);
  });
});

describe('a stop', () => {
  test('ends calls in flight, removes the socket and exits with 0', async () => {
    const { home: own, key } = await makeHome();
    const stopping = await startHostProcess(own, undefined, compiled);
    const made = await signedBundle(key, { tools: [waitTool] });
    await writeFile(join(own, 'b.aria'), made.archive);
    await writeFile(join(own, 'b.aria.minisig'), made.signature);
    expect((await runArc(['upload', join(own, 'b.aria')], { home: own })).code).toBe(0);
    const call = runAria(['call', 'wait', '--input', '{"ms":2500}'], { home: own });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await stopping.end('SIGTERM')).toBe(0);
    expect(await call).toMatchObject({ code: 0, stdout: '{"waited":2500}\n' });
    expect(existsSync(join(own, 'run/api.sock'))).toBe(false);
    expect(existsSync(join(own, 'host.json'))).toBe(false);
    await rm(own, { recursive: true, force: true });
  });

  test('of kill -9 leaves nothing that keeps the next one from starting', async () => {
    const { home: own } = await makeHome();
    const first = await startHostProcess(own, undefined, compiled);
    await first.end('SIGKILL');
    expect(existsSync(join(own, 'run/api.sock'))).toBe(true);
    await using second = await startHostProcess(own, undefined, compiled);
    expect(second.ready.ready).toBe(true);
    await rm(own, { recursive: true, force: true });
  });

  test('a boot that fails says the phase and the remedy, and leaves the diagnostics up', async () => {
    const { home: own } = await makeHome();
    await writeFile(join(own, 'aria.db'), 'this is no database at all, and long enough to be looked at'.repeat(40));
    await using failed = await startHostProcess(own, undefined, compiled);
    expect(failed.ready).toMatchObject({ ready: false, error: { code: 'STORE_CORRUPT', remedy: expect.any(String) } });
    const status = await runAria(['status', '--json'], { home: own });
    expect(status.code).toBe(5);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'failed',
      boot: expect.arrayContaining([expect.objectContaining({ phase: 'stores', state: 'failed' })]),
    });
    const call = await runAria(['call', 'add'], { home: own });
    expect(call).toMatchObject({ code: 5 });
    expect(call.stderr).toContain('BOOT_FAILED');
    expect((await fetch(`http://${failed.ready.ws ?? ''}/readyz`)).status).toBe(503);
    expect((await fetch(`http://${failed.ready.ws ?? ''}/healthz`)).status).toBe(200);
    expect(await readFile(join(own, 'aria.db'), 'utf8')).toContain('this is no database');
    await rm(own, { recursive: true, force: true });
  });
});
