import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashBytes, readBundle, writeBundle } from '#wit/bundle';
import { runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (...args: readonly string[]) => runArc(args, { home: home.path, directory: directory.path });

const before = `import { kv, tool } from '@aria/sdk';

/** Adds a bill. */
export const addBill = tool({ tokens: ['kv:bills:rw'] }, async (input: { amount: number; note?: string }) => {
  await kv('bills').setJson('last', input);
  return { total: input.amount };
});

/** Greets. */
export const greet = tool({}, (input: { name: string }): { text: string } => ({ text: input.name }));
`;
const after = `import { kv, tool } from '@aria/sdk';

/** Adds a bill and its tax. */
export const addBill = tool(
  { tokens: ['kv:bills:rw', 'kv:taxes:r'], timeout: 1000 },
  async (input: { amount: number; currency: 'EUR' | 'USD'; data?: Uint8Array }) => {
    const tax = await kv('taxes').getJson(input.currency);
    await kv('bills').setJson('last', { amount: input.amount });
    return { total: input.amount, tax: String(tax) };
  },
);

/** Counts. */
export const count = tool({}, (input: { text: string }) => input.text.length);
`;

async function build(name: string, version: string, source: string): Promise<void> {
  const project = join(directory.path, name);
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'bills', version, description: 'Bills' }));
  writeFileSync(join(project, 'src/bills.ts'), source);
  await runArcWell(['build', name, '--out', `${name}.aria`], { home: home.path, directory: directory.path });
}

beforeAll(async () => {
  await build('before', '1.0.0', before);
  await build('after', '2.0.0', after);
});

describe('arc inspect --diff', () => {
  test('shows what breaks callers, tokens to approve and sizes, and exits with 0', async () => {
    const { code, stdout, stderr } = await arc('inspect', '--diff', 'before.aria', 'after.aria');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^bills 1\.0\.0 → bills 2\.0\.0\n2 changes break callers, 1 change may break callers, 1 new token to approve\n/,
    );
    expect(stdout).toContain('  breaks     input no longer takes all that it took\n');
    expect(stdout).toContain('"/currency" may be missing, but is required, such as {"amount":0}');
    expect(stdout).toMatch(/tool greet\n {2}breaks {5}is no longer there/);
    expect(stdout).toMatch(/tool count\n {2}ok {9}is new/);
    expect(stdout).toMatch(/\+ tool addBill {2}asks for "kv:taxes:r", which has to be granted/);
    expect(stdout).toMatch(/bundle bills +archive +.*KiB → .*KiB/);
    expect(stdout).not.toContain('\u001B');
  });
  test('takes the two in the order in which they are written, wherever --diff is', async () => {
    const [usual, between] = await Promise.all([
      arc('inspect', '--diff', 'after.aria', 'before.aria'),
      arc('inspect', 'after.aria', '--diff', 'before.aria'),
    ]);
    expect(usual.stdout).toMatch(/^bills 2\.0\.0 → bills 1\.0\.0\n/);
    expect(between).toEqual(usual);
  });
  test('--json prints every difference, with examples in which bytes are $base64', async () => {
    const { code, stdout } = await arc('inspect', '--diff', 'after.aria', 'before.aria', '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as {
      diff: { tools: readonly { kind: string; findings?: readonly object[] }[] };
    };
    expect(document).toMatchObject({
      kind: 'done',
      before: {
        name: 'bills',
        version: '2.0.0',
        hash: readBundle(readFileSync(join(directory.path, 'after.aria'))).hash,
      },
      after: { version: '1.0.0' },
      diff: { same: false, breaking: 'yes', newTokens: [] },
    });
    const change = document.diff.tools.find(({ kind }) => kind === 'input-changed');
    expect(change?.findings).toContainEqual(
      expect.objectContaining({
        pointer: '/data',
        certain: true,
        witness: { value: expect.objectContaining({ data: { $base64: '' } }) },
      }),
    );
  });
  test('says that nothing differs', async () => {
    cpSync(join(directory.path, 'before.aria'), join(directory.path, 'copy.aria'));
    const { code, stdout } = await arc('inspect', '--diff', 'before.aria', 'copy.aria');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'bills 1.0.0 → bills 1.0.0\nNothing differs.\n' });
  });
  test('prints nothing of a schema as a line of its own, nor as control characters', async () => {
    const { manifest, files } = readBundle(readFileSync(join(directory.path, 'before.aria')));
    const changed = new Map(files);
    const key = 'x\nbreaks     everything\u001B[2J\u202E';
    const text = new TextEncoder().encode(
      JSON.stringify({ type: 'object', properties: { [key]: { type: 'string', pattern: key } }, required: [key] }),
    );
    const tools = manifest.tools.map((tool) => {
      changed.set(tool.inputSchema.path, text);
      return {
        ...tool,
        description: key,
        inputSchema: { ...tool.inputSchema, hash: hashBytes(text), size: text.length },
      };
    });
    writeFileSync(
      join(directory.path, 'hostile.aria'),
      writeBundle({ manifest: { ...manifest, tools }, files: changed }),
    );
    const { code, stdout } = await arc('inspect', '--diff', 'before.aria', 'hostile.aria');
    expect(code).toBe(0);
    expect(stdout).toContain('everything');
    expect(stdout).not.toMatch(/^breaks/m);
    for (const character of ['\u001B', '\u202E']) expect(stdout).not.toContain(character);
  });
  test('refuses a bundle that does not verify, like every command', async () => {
    const bytes = readFileSync(join(directory.path, 'before.aria'));
    writeFileSync(join(directory.path, 'broken.aria'), bytes.subarray(0, bytes.length - 20));
    const { code, stdout, stderr } = await arc('inspect', '--diff', 'before.aria', 'broken.aria');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error BUNDLE_/);
    expect(await arc('inspect', '--diff', 'nowhere.aria', 'before.aria')).toMatchObject({ code: 3, stdout: '' });
  });
  test.each([
    [['inspect', '--diff', 'before.aria'], '--diff compares two bundles'],
    [['inspect', 'before.aria', 'after.aria'], 'too many arguments'],
    [['inspect', '--diff', 'before.aria', 'after.aria', 'more.aria'], 'too many arguments'],
  ])('%j is refused as a command line', async (args, problem) => {
    const { code, stdout, stderr } = await arc(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
  });
});
