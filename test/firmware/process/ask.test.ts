/** `aria call` without input: a person on a terminal is asked, nobody else. */
import { execFile, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { ariaPath, runAria } from './aria-process.ts';

const driverPath = fileURLToPath(new URL('../../cli/pseudo-terminal.py', import.meta.url));
const python = spawnSync('python3', ['-c', 'import pty']).status === 0 ? 'python3' : undefined;
const enter = '\r';
const down = '\u001B[B';

/** Answers with what it was given. */
const orderTool: ToolSample = {
  name: 'order',
  body: 'return { got: JSON.stringify(input) };',
  input: {
    type: 'object',
    properties: {
      title: { type: 'string', description: 'What it is called' },
      count: { type: 'integer' },
      price: { type: 'number' },
      size: { enum: ['small', 'large'] },
      gift: { type: 'boolean' },
      note: { type: 'string' },
      rush: { type: 'boolean' },
      level: { type: 'integer', default: 3 },
      address: { $ref: '#/$defs/address' },
    },
    required: ['title', 'count', 'price', 'size', 'gift', 'level', 'address'],
    additionalProperties: false,
    $defs: {
      address: { type: 'object', properties: { street: { type: 'string' } }, required: ['street'] },
    },
  },
};
const anyTool: ToolSample = { name: 'any', body: 'return { got: JSON.stringify(input) };', input: {} };
const nothingTool: ToolSample = {
  name: 'nothing',
  body: 'return { got: JSON.stringify(input) };',
  input: { type: 'object', properties: {}, additionalProperties: false },
};

let host: HostUnderTest;
beforeAll(async () => {
  host = await startHost();
  await host.install({ name: 'shop', tools: [orderTool, anyTool, nothingTool] });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(host.home, { recursive: true, force: true });
});

interface Shown {
  readonly code: number;
  readonly stdout: string;
  readonly terminal: string;
  readonly unasked: readonly string[];
}

function ask(tool: string, answers: readonly (readonly [string, string])[], ...more: string[]): Promise<Shown> {
  const command = [process.execPath, ariaPath, 'call', tool, ...more];
  return new Promise((resolve, reject) => {
    execFile(
      python ?? '',
      [driverPath, '100', JSON.stringify(answers), ...command],
      { env: { ...process.env, ARIA_HOME: host.home, TERM: 'xterm', CI: '' } },
      (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout) as Shown)),
    );
  });
}

/** What the tool got. */
function got({ stdout }: Pick<Shown, 'stdout'>): unknown {
  return JSON.parse((JSON.parse(stdout) as { got: string }).got);
}

describe.skipIf(python === undefined)('on a terminal', () => {
  test('asks for each field as its type has it, checks what is typed, and stdout is the output alone', async () => {
    const shown = await ask('order', [
      ['What it is called', `A "book"${enter}`],
      ['count', `two${enter}`],
      ['A number is wanted', `\u00152.5${enter}`],
      ['A whole number', `\u00152${enter}`],
      ['price', `12.5${enter}`],
      ['size', `${down}${enter}`],
      ['gift', enter],
      ['note (optional)', enter],
      ['rush (optional)', enter],
      ['level', enter],
      ['address, as JSON: { street: string }', `Main street${enter}`],
      ['JSON is wanted', `\u0015{"street":"Main street"}${enter}`],
    ]);
    expect(shown).toMatchObject({ code: 0, unasked: [] });
    expect(got(shown)).toEqual({
      title: 'A "book"',
      count: 2,
      price: 12.5,
      size: 'large',
      gift: true,
      level: 3,
      address: { street: 'Main street' },
    });
  });

  test('asks for the whole where there are no fields, and for nothing where there is nothing to say', async () => {
    const whole = await ask('any', [['Input as JSON', `[1,2]${enter}`]]);
    expect(whole).toMatchObject({ code: 0, unasked: [] });
    expect(got(whole)).toEqual([1, 2]);
    expect(got(await ask('nothing', []))).toEqual({});
  });

  test('that is left with Ctrl-C calls nothing and exits with 130', async () => {
    const { code, stdout, terminal } = await ask('order', [['What it is called', '\u0003']]);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(terminal).toContain('CANCELLED');
  });

  test('asks nothing with --json, and nothing with --input', async () => {
    const json = await ask('nothing', [], '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'done', output: { got: '{}' } });
    expect(got(await ask('any', [], '--input', '7'))).toBe(7);
  });
});

test('without a terminal the input is {}, whatever the schema says', async () => {
  const refused = await runAria(['call', 'order'], { home: host.home });
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  expect(refused.stderr).toContain('INPUT_INVALID');
  expect(got(await runAria(['call', 'nothing'], { home: host.home, stdin: '{"a":1}' }))).toEqual({});
});
