import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { olderNode } from './older-node.ts';
import { temporaryDirectory } from './run-arc.ts';

const starter = fileURLToPath(new URL('../../bin/node.js', import.meta.url));
const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

const script = join(directory.path, 'script.ts');
writeFileSync(
  script,
  `const [, file, what, ...rest]: string[] = process.argv;
  if (what === 'facts') console.log(JSON.stringify({ version: process.versions.node, file, rest }));
  if (what === 'environment') console.log(JSON.stringify([process.env.ARIA_FIRST, process.env.ARIA_SECOND]));
  if (what === 'exit') process.exit(Number(rest[0]));
  if (what === 'die') process.kill(process.pid, 'SIGKILL');
  if (what === 'copy') process.stdin.pipe(process.stdout);
  if (what === 'wait') {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { console.log(signal); process.exit(7); });
    setInterval(() => undefined, 1000);
    console.log('ready');
  }`,
);

const older = olderNode();

describe.each([
  ['an older Node', older],
  ['the bundled Node', process.execPath],
])('started by %s, the script', (_name, node) => {
  const start = (...args: readonly string[]) =>
    spawn(node ?? '', [starter, script, ...args], {
      env: { ...process.env, ARIA_HOME: directory.path },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  const collect = async (
    child: ReturnType<typeof start>,
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string }> => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout };
  };
  test.skipIf(node === undefined)('runs on Node 26 or later with its own argv', async () => {
    const { code, stdout } = await collect(start('facts', 'a b', '--flag', ''));
    expect(code).toBe(0);
    const facts = JSON.parse(stdout) as { version: string; file: string; rest: string[] };
    expect(Number.parseInt(facts.version, 10)).toBeGreaterThanOrEqual(26);
    expect(facts).toMatchObject({ file: script, rest: ['a b', '--flag', ''] });
  });
  test.skipIf(node === undefined)('passes its exit code on', async () => {
    expect(await collect(start('exit', '42'))).toMatchObject({ code: 42, signal: null });
  });
  test.skipIf(node === undefined)('passes on the signal that killed it', async () => {
    expect(await collect(start('die'))).toMatchObject({ code: null, signal: 'SIGKILL' });
  });
  test.skipIf(node === undefined)('reads stdin and writes stdout', async () => {
    const child = start('copy');
    child.stdin.end('to be');
    expect(await collect(child)).toMatchObject({ code: 0, stdout: 'to be' });
  });
  test.skipIf(node === undefined).each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gets %s', async (signal) => {
    const child = start('wait');
    const result = collect(child);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await result).toMatchObject({ code: 7, stdout: `ready\n${signal}\n` });
  });
});

test('without a script the starter explains its usage and exits with 2', async () => {
  const child = spawn(process.execPath, [starter], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(stderr).toBe('Usage: node bin/node.js FILE [ARGS…]\n');
});

test.skipIf(older === undefined)('the bundled Node gets an environment that its own says before', () => {
  const begin = `import { startBundledNode } from ${JSON.stringify(starter)};
    await startBundledNode(new URL(${JSON.stringify(`file://${script}`)}), ['environment'], { ARIA_FIRST: 'given', ARIA_SECOND: 'given' });`;
  const { stdout } = spawnSync(older ?? '', ['--input-type=module', '--eval', begin], {
    env: { ...process.env, ARIA_HOME: directory.path, ARIA_SECOND: 'own' },
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toEqual(['given', 'own']);
});
