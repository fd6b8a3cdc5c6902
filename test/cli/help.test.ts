/** The help of every command of both programs, as pages of a manual. */
import { describe, expect, test } from 'vitest';
import { runArc } from '../../compiler/cli/program.ts';
import { runAria } from '../../firmware/cli/program.ts';
import type { Terminal } from '#terminal';

const commands = {
  arc: [
    ...['new', 'check', 'build', 'run', 'dev'],
    ...['inspect', 'publish', 'install', 'keygen', 'sign', 'verify'],
    ...['upload', 'logs'],
  ],
  aria: [
    ...['up', 'doctor', 'call', 'tools', 'agents', 'status', 'events', 'logs'],
    ...['tokens', 'why', 'diverge'],
    ...['bundles', 'rollback', 'approve', 'completion'],
  ],
} as const;
type ProgramName = keyof typeof commands;

/** What a command line writes to stdout. */
async function stdoutOf(program: ProgramName, args: readonly string[]): Promise<string> {
  let stdout = '';
  const plain = (_style: unknown, text: string): string => text;
  const terminal: Terminal = {
    write: (text) => {
      stdout += text;
      return Promise.resolve();
    },
    say: () => undefined,
    paint: plain,
    tints: false,
    tint: plain,
    readAll: () => Promise.resolve(new Uint8Array()),
  };
  const none = () => undefined;
  const progress = { step: none, clear: none, [Symbol.dispose]: none };
  const { signal } = new AbortController();
  const context = { terminal, progress, signal, releaseSignals: none, currentDirectory: '/', home: '/nowhere' };
  const directories = { cacheDirectory: '/nowhere', compiledDirectory: '/nowhere', registry: undefined };
  if (program === 'arc') await runArc(args, { ...context, ...directories });
  else await runAria(args, { ...context, environment: {} });
  return stdout;
}

test.each(['arc', 'aria'] as const)('%s --help lists every command in a group of what it is for', async (program) => {
  const text = await stdoutOf(program, ['--help']);
  const [, listed = ''] = text.split('\n  -h, --help ');
  const found = listed.split('\nEnvironment:')[0]?.matchAll(/^ {2}([a-z]+) /gm) ?? [];
  expect([...found].map(([, name]) => name).toSorted()).toEqual([...commands[program], 'help'].toSorted());
  expect(listed).not.toContain('\nCommands:');
});

describe.each(
  (['arc', 'aria'] as const).flatMap((program) => commands[program].map((command) => [program, command] as const)),
)('%s %s --help', (program, command) => {
  const name = `${program} ${command}`;

  test('begins with examples of itself, and says what it does, takes, reads and exits with', async () => {
    const [examples = '', rest = ''] = (await stdoutOf(program, [command, '--help'])).split('\n\nUsage: ');
    expect(examples).toMatch(/^Examples?:\n/);
    for (const line of examples.split('\n').slice(1)) expect(line).toContain(name);
    const sections = ['Options:', 'Environment:\n  ARIA_HOME', 'Exit codes:\n  0 done'];
    const places = sections.map((section) => rest.indexOf(section));
    expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true);
    expect(rest).not.toContain('undefined');
  });

  test('explains every option', async () => {
    const options = /\nOptions:\n([^]*?)\n\n/.exec(await stdoutOf(program, [command, '--help']))?.[1] ?? '';
    expect(options).toContain('--help');
    for (const option of options.split(/\n {2}(?=-)/)) expect(option.trim()).toMatch(/^-\S.*\s{2,}\S/);
  });
});
