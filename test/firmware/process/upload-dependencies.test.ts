/** `arc upload` of a bundle whose dependencies the host lacks: publish, install, build, upload, each by the real command. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArcResult, runArc, runArcWell } from '../../cli/run-arc.ts';
import { makeHome } from '../host/host-under-test.ts';
import { type HostProcess, runAria, startHostProcess } from './aria-process.ts';

const compiled = { ARIA_STORE_COMPILED_DIRECTORY: join(process.env['HOME'] ?? tmpdir(), '.cache/aria/compiled') };
/** Of who builds. */
let author: string;
let work: string;
/** Of the host. */
let home: string;
let host: HostProcess;

const at = (...path: readonly string[]): string => join(work, ...path);

function arc(...args: readonly string[]): Promise<ArcResult> {
  return runArc(args, { home: author, directory: work });
}

/** Writes a project with one tool, and an agent that uses the tools of its dependencies. */
function project(name: string, { tools = [], tokens = [] }: { tools?: string[]; tokens?: string[] } = {}): string {
  mkdirSync(at(name, 'src'), { recursive: true });
  const agent = `/** Uses others. */
@agent({ task: 'Answer', tools: ${JSON.stringify(tools)} })
export class Clerk {}`;
  writeFileSync(
    at(name, 'src/index.ts'),
    `import { agent, tool } from '@aria/sdk';
export const ${name}Tool = tool(
  { name: '${name}Tool', description: 'Says where it is', tokens: ${JSON.stringify(tokens)} },
  (): { from: string } => ({ from: '${name}' }),
);
${tools.length === 0 ? 'export const unused = agent;' : agent}
`,
  );
  writeFileSync(
    at(name, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', type: 'module', description: 'A sample' }),
  );
  return at(name);
}

async function build(name: string): Promise<string> {
  const file = at(name, 'dist', `${name}-1.0.0.aria`);
  await runArcWell(['build', name, '--sign', 'release.key'], { home: author, directory: work });
  return file;
}

async function publish(name: string): Promise<void> {
  const registry = ['--registry', at('registry')];
  await runArcWell(['publish', await build(name), ...registry], { home: author, directory: work });
}

async function install(into: string, name: string): Promise<void> {
  const where = ['--project', into, '--registry', at('registry')];
  await runArcWell(['install', name, ...where], { home: author, directory: work });
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'aria-'));
  ({ home: author } = await makeHome());
  await runArcWell(['keygen', 'release', '--no-password'], { home: author, directory: work });
  // shop needs prices and units, prices needs units; units asks for nothing.
  project('units');
  await publish('units');
  project('prices', { tools: ['units/unitsTool'] });
  await install('prices', 'units');
  await publish('prices');
  project('shop', { tools: ['prices/pricesTool', 'units/unitsTool'] });
  await install('shop', 'prices');
  await install('shop', 'units');
  await build('shop');
  ({ home } = await makeHome());
  await cp(at('release.pub'), join(home, 'trust/release.pub'));
  host = await startHostProcess(home, undefined, compiled);
}, 60_000);
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  for (const path of [work, author, home]) await rm(path, { recursive: true, force: true });
});

/** Uploads to the host of the test, from the home of who builds. */
function upload(...args: readonly string[]): Promise<ArcResult> {
  return arc('upload', ...args, '--to', `unix:${host.ready.api ?? ''}`);
}

async function actives(): Promise<readonly string[]> {
  const { stdout } = await runAria(['bundles', '--json'], { home });
  const { bundles } = JSON.parse(stdout) as { bundles: { name: string; version: string; state: string }[] };
  return bundles.map(({ name, version, state }) => `${name}@${version} ${state}`);
}

test('stops with the tree where one of them is not on this machine, and leaves the host as it was', async () => {
  const [, hash = ''] =
    /name = "units"[^]*?hash = "([0-9a-f]{64})"/.exec(readFileSync(at('shop/aria.lock'), 'utf8')) ?? [];
  await rm(join(author, 'registry-cache', `${hash}.aria`));
  const refused = await upload('shop/dist/shop-1.0.0.aria');
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  expect(refused.stderr).toContain('BUNDLE_DEPENDENCY_MISSING');
  expect(refused.stderr).toMatch(/^shop 1\.0\.0\n├── prices .*\n│ {3}└── units .* ✗ not in the registry cache/m);
  expect(refused.stderr).toContain('Run "arc install" in the project');
  expect(await actives()).toEqual([]);
  await runArcWell(['install', '--project', 'shop', '--registry', 'registry'], { home: author, directory: work });
});

test('stops where no lock file names one', async () => {
  await cp(at('shop/dist'), at('elsewhere/deep'), { recursive: true });
  const unknown = await upload('elsewhere/deep/shop-1.0.0.aria');
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('not active, and not in aria.lock');
  expect(await actives()).toEqual([]);
});

test('that have to wait for an approval stop it, and it goes on after that', async () => {
  project('wants', { tokens: ['fs:notes:r'] });
  await publish('wants');
  project('buyer', { tools: ['wants/wantsTool'] });
  await install('buyer', 'wants');
  const file = await build('buyer');
  const waits = await upload(file, '--json');
  expect(waits.code).toBe(4);
  const { error } = JSON.parse(waits.stdout) as { error: { code: string; details: { upgrade: string } } };
  expect(error.code).toBe('APPROVAL_REQUIRED');
  expect(waits.stderr).toContain(`aria approve ${error.details.upgrade}`);
  expect((await runAria(['approve', error.details.upgrade], { home })).code).toBe(0);
  expect((await upload(file)).code).toBe(0);
  expect(await actives()).toEqual(['buyer@1.0.0 active', 'wants@1.0.0 active']);
}, 60_000);

test('brings them in order, those of dependencies first, and says so; a second time there is nothing to bring', async () => {
  const first = await upload('shop/dist/shop-1.0.0.aria', '--json');
  expect(first.stderr).toMatch(/units 1\.0\.0 goes first: shop needs it\n[^]*prices 1\.0\.0 goes first/);
  expect(first.code).toBe(0);
  const { brought, state } = JSON.parse(first.stdout) as { brought: { name: string }[]; state: string };
  expect(state).toBe('active');
  expect(brought.map(({ name }) => name)).toEqual(['units', 'prices']);
  expect(await actives()).toEqual(
    expect.arrayContaining(['prices@1.0.0 active', 'shop@1.0.0 active', 'units@1.0.0 active']),
  );
  expect((await runAria(['call', 'units/unitsTool'], { home })).stdout).toBe('{"from":"units"}\n');
  const second = await upload('shop/dist/shop-1.0.0.aria', '--json');
  expect(JSON.parse(second.stdout)).toMatchObject({ unchanged: true, brought: [] });
  expect(second.stderr).not.toContain('goes first');
});
