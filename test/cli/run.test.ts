import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle, writeBundle } from '#wit/bundle';
import { olderNode } from './older-node.ts';
import { type ArcSetup, copySample, runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});
const arc = (args: readonly string[], setup: Partial<ArcSetup> = {}) =>
  runArc(args, { home: home.path, directory: directory.path, ...setup });
beforeAll(async () => {
  copySample('invoice-kit', directory.path);
  copySample('broken', directory.path);
  await runArcWell(['build', 'invoice-kit', '--out', 'kit.aria'], { home: home.path, directory: directory.path });
});

describe('arc run on a project', () => {
  test('prints exactly the output as JSON and a line end, and writes nothing into the project', async () => {
    const { code, stdout } = await arc(['run', 'invoice-kit', 'sumLines', '--input', '{"lines":[250,120]}']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"total":370}\n' });
    expect(existsSync(join(directory.path, 'invoice-kit', 'dist'))).toBe(false);
  });
  test.skipIf(olderNode() === undefined)('does the same when an older Node starts it', async () => {
    const { code, stdout } = await arc(['run', 'invoice-kit', 'sumLines', '--input', '{"lines":[1]}'], {
      node: olderNode() ?? '',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"total":1}\n' });
  });
  test('takes the input from a file and from stdin', async () => {
    writeFileSync(join(directory.path, 'lines.json'), '{ "lines": [1, 2, 3] }\n');
    const [file, stdin] = await Promise.all([
      arc(['run', 'invoice-kit', 'sumLines', '--input', '@lines.json']),
      arc(['run', 'invoice-kit', 'sumLines', '--input', '-'], { stdin: '{"lines":[1,2,3]}' }),
    ]);
    expect(file).toMatchObject({ code: 0, stdout: '{"total":6}\n' });
    expect(stdin).toMatchObject({ code: 0, stdout: '{"total":6}\n' });
  });
  test('takes and gives bytes as $base64', async () => {
    const input = JSON.stringify({ data: { $base64: Buffer.from([1, 2, 255]).toString('base64') } });
    const { code, stdout } = await arc(['run', 'invoice-kit', 'reverseBytes', '--input', input]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ data: { $base64: Buffer.from([255, 2, 1]).toString('base64') } });
  });
  test('that has errors tells them and exits with 1', async () => {
    const { code, stdout, stderr } = await arc(['run', 'broken', 'first']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('src/broken.ts:3:');
  });
});

test('a tool knows its own timeout: remainingMs is below it, and signal aborts in time to answer', async () => {
  copySample('deadline', directory.path);
  const { code, stdout } = await arc(['run', 'deadline', 'untilAborted']);
  expect(code).toBe(0);
  const output = JSON.parse(stdout) as { remaining: number };
  expect(output).toEqual({ remaining: expect.any(Number), reason: 'TimeoutError', left: true });
  expect(output.remaining).toBeGreaterThan(0);
  expect(output.remaining).toBeLessThanOrEqual(3_000);
});

describe('arc run on a project that was built before', () => {
  const sum = (): Promise<string> =>
    runArcWell(['run', 'changing', 'sumLines', '--input', '{"lines":[5,2]}'], {
      home: home.path,
      directory: directory.path,
    });
  const source = (name = 'invoice-kit.ts'): string => join(directory.path, 'changing', 'src', name);
  beforeAll(async () => {
    cpSync(join(directory.path, 'invoice-kit'), join(directory.path, 'changing'), { recursive: true });
    await sum();
  });

  test('sees a change that leaves size and time of the file as they were', async () => {
    const { atime, mtime } = statSync(source());
    writeFileSync(source(), readFileSync(source(), 'utf8').replace('sum + line', 'sum - line'));
    utimesSync(source(), atime, mtime);
    expect(await sum()).toBe('{"total":-7}\n');
    expect(await sum()).toBe('{"total":-7}\n');
  });
  test('sees a new source file', async () => {
    writeFileSync(source('more.ts'), 'export const wrong: string = 1;\n');
    const { code, stderr } = await arc(['run', 'changing', 'sumLines', '--input', '{"lines":[5,2]}']);
    expect(code).toBe(1);
    expect(stderr).toContain('src/more.ts:1:');
    rmSync(source('more.ts'));
    expect(await sum()).toBe('{"total":-7}\n');
  });
  test('sees a change of its configuration', async () => {
    writeFileSync(join(directory.path, 'changing', 'tsconfig.json'), '{ "compilerOptions": { "strict": tru } }');
    expect(await arc(['run', 'changing', 'sumLines', '--input', '{"lines":[5,2]}'])).toMatchObject({ code: 1 });
    rmSync(join(directory.path, 'changing', 'tsconfig.json'));
  });
  test('sees a change of a configuration that its own extends', async () => {
    const [own, base] = ['tsconfig.json', 'base.json'].map((name) => join(directory.path, 'changing', name));
    if (own === undefined || base === undefined) throw new Error('Two files are wanted');
    writeFileSync(own, '{ "extends": "./base.json" }');
    writeFileSync(base, '{ "compilerOptions": { "strict": true } }');
    expect(await sum()).toBe('{"total":-7}\n');
    writeFileSync(base, '{ "compilerOptions": { "strict": tru } }');
    expect(await arc(['run', 'changing', 'sumLines', '--input', '{"lines":[5,2]}'])).toMatchObject({ code: 1 });
    rmSync(own);
    rmSync(base);
  });
  test('sees a change in a package above the project, in its code and in its types', async () => {
    const files = {
      'team/node_modules/greeter/package.json': '{ "name": "greeter", "version": "1.0.0", "types": "index.d.ts" }',
      'team/node_modules/greeter/index.js': 'exports.greet = () => "hello";\n',
      'team/node_modules/greeter/index.d.ts': 'export declare function greet(): string;\n',
      'team/kit/package.json': '{ "name": "kit", "version": "1.0.0", "description": "A kit" }',
      'team/kit/src/kit.ts':
        "import { tool } from '@aria/sdk';\nimport { greet } from 'greeter';\n/** Greets. */\nexport const hello = tool({}, (): string => greet());\n",
    };
    const write = (changed: Readonly<Record<string, string>>): void => {
      for (const [path, text] of Object.entries(changed)) {
        mkdirSync(dirname(join(directory.path, path)), { recursive: true });
        writeFileSync(join(directory.path, path), text);
      }
    };
    write(files);
    expect(await arc(['run', 'team/kit', 'hello'])).toMatchObject({ code: 0, stdout: '"hello"\n' });
    write({ 'team/node_modules/greeter/index.js': 'exports.greet = () => "good day";\n' });
    expect(await arc(['run', 'team/kit', 'hello'])).toMatchObject({ code: 0, stdout: '"good day"\n' });
    write({ 'team/node_modules/greeter/index.d.ts': 'export declare function greet(): number[];\n' });
    const { code, stderr } = await arc(['run', 'team/kit', 'hello']);
    expect(code).toBe(1);
    expect(stderr).toContain('TS2322');
  });
  test('builds again where what was kept is damaged', async () => {
    for (const name of readdirSync(join(home.path, 'cache', 'projects'))) {
      const path = join(home.path, 'cache', 'projects', name);
      writeFileSync(path, readFileSync(path).subarray(0, -1));
    }
    expect(await sum()).toBe('{"total":-7}\n');
  });
});

describe('arc run on a bundle', () => {
  const call = ['sumLines', '--input', '{"lines":[2,3]}'];

  test('without a signature is denied with exit code 4', async () => {
    const { code, stdout, stderr } = await arc(['run', 'kit.aria', ...call]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('SIGNATURE_MISSING');
    expect(stderr).toContain('--allow-unsigned');
  });
  test('works with --allow-unsigned, also without a cache', async () => {
    using fresh = temporaryDirectory();
    const { code, stdout } = await arc(['run', 'kit.aria', ...call, '--allow-unsigned'], {
      home: fresh.path,
      directory: directory.path,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"total":5}\n' });
  });
  test('whose manifest names another component is refused', async () => {
    const { manifest, files } = readBundle(readFileSync(join(directory.path, 'kit.aria')));
    const tools = manifest.tools.map((tool) => ({
      ...tool,
      component: { size: 8, ...tool.component, hash: '0'.repeat(64) },
    }));
    writeFileSync(join(directory.path, 'forged.aria'), writeBundle({ manifest: { ...manifest, tools }, files }));
    const { code, stdout, stderr } = await arc(['run', 'forged.aria', ...call, '--allow-unsigned']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('COMPONENT_MISMATCH');
  });
  test('that is not there is refused', async () => {
    expect(await arc(['run', 'nowhere.aria', ...call, '--allow-unsigned'])).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('what the tool came to', () => {
  test('a failure of its own exits with 1, its code, message and the author’s line on stderr, nothing on stdout', async () => {
    const { code, stdout, stderr } = await arc(['run', 'invoice-kit', 'findOrder', '--input', '{"id":"o-7"}']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error ORDER_NOT_FOUND No order o-7');
    expect(stderr).toContain('src/invoice-kit.ts:17:');
    expect(stderr).toContain('warn looking {"id":"o-7"}');
  });
  test('--json prints the whole outcome of a failure: error, stack, logs, usage', async () => {
    const { code, stdout } = await arc(['run', 'invoice-kit', 'findOrder', '--input', '{"id":"o-7"}', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'failed',
      error: { code: 'ORDER_NOT_FOUND', message: 'No order o-7', retryable: false, details: { id: 'o-7' } },
      stack: expect.stringContaining('src/invoice-kit.ts:17'),
      logs: [{ level: 'warn', message: 'looking', fields: { id: 'o-7' } }],
      usage: { turns: 1 },
    });
  });
  test('--json prints the whole outcome of a success', async () => {
    const { code, stdout } = await arc(['run', 'invoice-kit', 'sumLines', '--input', '{"lines":[4]}', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'done',
      output: { total: 4 },
      logs: [],
      logBytesDropped: 0,
      usage: { operations: 1 },
    });
  });
  test('an endless loop ends at its compute deadline with exit code 6', async () => {
    const { code, stdout, stderr } = await arc(['run', 'invoice-kit', 'spin']);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain('DEADLINE_EXCEEDED');
  });
  test('--timeout ends a call that waits, with exit code 6', async () => {
    const { code, stderr } = await arc(['run', 'invoice-kit', 'pause', '--timeout', '150']);
    expect(code).toBe(6);
    expect(stderr).toContain('DEADLINE_EXCEEDED');
  });
});

describe('an input that is refused exits with 3, prints nothing on stdout and', () => {
  const run = (input: string, setup: Partial<ArcSetup> = {}) =>
    arc(['run', 'invoice-kit', 'sumLines', '--input', input], setup);

  test('names every violation of the schema by its JSON pointer', async () => {
    const { code, stdout, stderr } = await run('{"lines":[1,"two",null],"more":true}');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('INPUT_INVALID');
    expect(stderr).toContain('/lines/1');
    expect(stderr).toContain('/lines/2');
  });
  test('names line and column where it is not JSON, before anything is built', async () => {
    const { code, stdout, stderr } = await run('-', { stdin: '{\n  "lines": [1,]\n}' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('line 2, column 15');
    expect(stderr).toMatch(/\n {2} {14}\^/);
  });
  test.each([
    ['a file that is missing', '@nowhere.json', 'there is no such file'],
    ['bytes that are no base64', '{"lines":{"$base64":"?"}}', '/lines'],
  ])('tells %s', async (_what, input, told) => {
    const { code, stdout, stderr } = await run(input);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(told);
  });
  test.each([
    ['stdin', '-'],
    ['a file', '@big.json'],
  ])('takes 8 MiB from %s and not a byte more', async (_what, input) => {
    const most = 8 * 1024 * 1024;
    const text = `{"lines":"${'x'.repeat(most)}`.slice(0, most - 2);
    for (const [extra, told] of [
      ['"}', '/lines'],
      ['"} ', 'more than 8388608 bytes'],
    ] as const) {
      writeFileSync(join(directory.path, 'big.json'), text + extra);
      const { code, stderr } = await run(input, { stdin: text + extra });
      expect(code).toBe(3);
      expect(stderr).toContain(told);
    }
  });
  test('is not UTF-8', async () => {
    const { code, stderr } = await run('-', { stdin: Uint8Array.of(0x22, 0xff, 0x22) });
    expect(code).toBe(3);
    expect(stderr).toContain('not UTF-8');
  });
});

test('a tool that is not there is refused with the nearest name and the list', async () => {
  const { code, stdout, stderr } = await arc(['run', 'invoice-kit', 'sumLine']);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('Did you mean "sumLines"?');
  expect(stderr).toContain('"reverseBytes"');
});
