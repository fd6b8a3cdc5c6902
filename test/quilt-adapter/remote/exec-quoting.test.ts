import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineBytesMax, quoted, shellLine } from '../../../quilt-adapter/remote/quirks/exec-quoting.ts';
import { fuzzCases, fuzzSeed } from '../../fuzz.ts';

/** What a POSIX shell makes of a line. */
function shell(line: string): Buffer {
  const { stdout, status, stderr } = spawnSync('/bin/sh', ['-c', line]);
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** Signs that mean something to a shell are as likely as all others together. */
const sign = fc.oneof(
  fc.constantFrom(...`'"\`$\\ \n\t*?[]{}()<>|&;!#~=%-`),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 3 })
    .filter((text) => !text.includes('\0') && text.isWellFormed()),
);
const argument = fc.array(sign, { maxLength: 12 }).map((signs) => signs.join(''));
/** A process for each case. */
const runs = { numRuns: Math.ceil(fuzzCases() / 100), seed: fuzzSeed() };

test('a POSIX shell receives exactly the arguments', () => {
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 6 }), (args) => {
      const stdout = shell(shellLine({ args: ['printf', String.raw`%s\0`, ...args] }));
      expect(stdout).toStrictEqual(Buffer.from(args.map((one) => `${one}\0`).join('')));
    }),
    runs,
  );
});

test('a POSIX shell hands on exactly the variables, and its command takes its place', () => {
  fc.assert(
    fc.property(argument, argument, (first, second) => {
      const args = ['/bin/sh', '-c', String.raw`printf '%s\0%s\0%s' "$A" "$B_1" "$PWD"`];
      const line = shellLine(
        { args, environment: { A: first, B_1: second }, workingDirectory: '/usr' },
        { replace: true },
      );
      expect(shell(line).toString()).toBe(`${first}\0${second}\0/usr`);
    }),
    { ...runs, numRuns: Math.ceil(runs.numRuns / 4) },
  );
});

test('what no shell can pass on is refused with a remedy', () => {
  const refusals: readonly [Parameters<typeof shellLine>[0], RegExp][] = [
    [{ args: [] }, /empty/],
    [{ args: ['a\0b'] }, /NUL/],
    [{ args: ['\ud800'] }, /half of a UTF-16 pair/],
    [{ args: ['true'], environment: { 'A=B; rm': '1' } }, /variable/],
    [{ args: ['true'], environment: { '1A': '1' } }, /variable/],
    [{ args: ['true'], workingDirectory: 'tmp' }, /not absolute/],
  ];
  for (const [command, state] of refusals) {
    expect(() => shellLine(command)).toThrow(state);
    expect(() => shellLine(command)).toThrow(expect.objectContaining({ code: 'CONTAINER_SPEC_INVALID' }));
  }
});

test('a line at the maximum is sent, and one byte more is refused', () => {
  const rest = Buffer.byteLength(`${quoted('printf')} ${quoted('%s')} ${quoted('')}`);
  const long = 'x'.repeat(lineBytesMax - rest);
  expect(shell(shellLine({ args: ['printf', '%s', long] })).length).toBe(long.length);
  expect(() => shellLine({ args: ['printf', '%s', `${long}x`] })).toThrow(/120001 bytes/);
});
