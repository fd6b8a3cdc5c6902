import { afterAll, describe, expect, test } from 'vitest';
import { runArc, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
afterAll(() => home[Symbol.dispose]());
const arc = (...args: readonly string[]) => runArc(args, { home: home.path });

describe('help', () => {
  test.each(['', 'build', 'inspect', 'run'])(
    'of "arc %s" goes to stdout, begins with an example and documents the exit codes',
    async (command) => {
      const { code, stdout, stderr } = await arc(...(command === '' ? [] : [command]), '--help');
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toMatch(new RegExp(`^Examples?:\n  arc ${command === '' ? '\\w+' : command} `));
      for (const exit of [
        '0 done',
        '1 tool failed',
        '2 usage',
        '3 input',
        '4 denied',
        '5 not',
        '6 deadline',
        '70 bug',
        '130 cancelled',
      ]) {
        expect(stdout).toContain(exit);
      }
    },
  );
  test('"arc help build" is "arc build --help"', async () => {
    const [asked, flagged] = await Promise.all([arc('help', 'build'), arc('build', '--help')]);
    expect(asked).toEqual(flagged);
  });
  test('of every command offers --json', async () => {
    for (const { stdout } of await Promise.all(['build', 'inspect', 'run'].map((command) => arc(command, '--help')))) {
      expect(stdout).toContain('--json');
    }
  });
  test('stands on stderr with exit code 2 where nothing was asked', async () => {
    const { code, stdout, stderr } = await arc();
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: arc');
  });
});

test('--version prints the version alone', async () => {
  expect(await arc('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

describe('a command line that cannot be understood exits with 2, prints nothing on stdout and', () => {
  test.each([
    [['biuld'], 'unknown command "biuld"', '"build"'],
    [['inspekt', 'x'], 'unknown command "inspekt"', '"inspect"'],
    [['build', '--tarjet', 'wasm'], 'unknown option "--tarjet"', '"--target"'],
    [['run', '.', 'x', '--inptu', '{}'], 'unknown option "--inptu"', '"--input"'],
  ])('%j names the nearest name', async (args, problem, nearest) => {
    const { code, stdout, stderr } = await arc(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toContain(`Did you mean ${nearest}?`);
  });
  test.each([
    [['frobnicate'], 'Use one of new, check, build, inspect, run'],
    [['run', '.'], 'missing required argument "tool"'],
    [['inspect', 'a', 'b'], 'too many arguments'],
    [['build', '--target', 'native'], 'wasm, container, auto'],
    [['run', '.', 'x', '--timeout', '0'], 'from 1 to 86400000'],
    [['run', '.', 'x', '--timeout', '86400001'], 'from 1 to 86400000'],
    [['run', '.', 'x', '--engine', 'v9'], 'v8'],
  ])('%j says what is expected', async (args, expected) => {
    const { code, stdout, stderr } = await arc(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(expected);
  });
});

test('without a terminal there are no colours', async () => {
  const { stderr } = await runArc(['biuld'], { home: home.path, environment: { FORCE_COLOR: '1' } });
  expect(stderr).not.toContain('\u001B');
});
