/** aria.toml: the places of what is wrong in it, and that any text is read or refused with a diagnostic. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiagnosticCollector } from '../../compiler/check/diagnostic.ts';
import { parseTomlFile } from '../../compiler/read/toml-file.ts';
import { readTuning } from '../../compiler/read/tuning.ts';
import { fuzz, fuzzTimeoutMs, mutate } from '../fuzz.ts';
import { sampleDirectory } from './sample-project.ts';

function problemsOf(text: string): readonly string[] {
  const collector = new DiagnosticCollector();
  readTuning(parseTomlFile(text, collector), collector);
  return collector.sorted().map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('the place of a problem', () => {
  test.each<readonly [what: string, text: string, problems: readonly string[]]>([
    ['a key of a table', '[tool.a]\ntimeout_ms = 0\n', ['TUNING_INVALID 2:1']],
    ['an indented key', '[tool.a]\n  timeout_ms = 0\n', ['TUNING_INVALID 2:3']],
    ['a dotted key', 'tool.a.timeout_ms = 0\n', ['TUNING_INVALID 1:1']],
    ['a quoted table', '[tool."a.b"]\n\n"timeout_ms" = 0\n', ['TUNING_INVALID 3:1']],
    ['a key of an inline table', '[tool.a]\ncache = { ttl_sec = 0 }\n', ['TUNING_INVALID 2:1']],
    ['a table that is only implied', '\n[tols.a.b]\n', ['TUNING_UNKNOWN 2:1']],
    [
      'the second of a list of tables',
      '[[pipeline.p.steps]]\nid = "a"\n[[pipeline.p.steps]]\ntimeout_ms = 0\nid = "b"\n',
      ['TUNING_INVALID 4:1'],
    ],
    [
      'a key behind a text of several lines',
      '[agent.a]\nsystem_prompt = """\n[agent.b]\nmax_calls = 0\n"""\nmax_calls = 0\n',
      ['TUNING_INVALID 6:1'],
    ],
    [
      'a table that is something else',
      'project = true\ntool = 3\nagent = []\nteam = "x"\n[[pipeline]]\n',
      [1, 2, 3, 4, 5].map((line) => `TUNING_INVALID ${line}:1`),
    ],
    ['a key behind Windows line ends', '[agent.a]\r\nmax_calls = 0\r\n', ['TUNING_INVALID 2:1']],
  ])('%s is where it is written', (_what, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

test('nothing is wrong with what every key may be', () => {
  expect(problemsOf(readFileSync(join(sampleDirectory('tuning-components'), 'aria.toml'), 'utf8'))).toEqual([]);
});

test.each(['toString', '__proto__', 'constructor', 'hasOwnProperty'])('%j is a name as any other', (name) => {
  expect(problemsOf(`[tool."${name}"]\ntimeout_ms = 5\n`)).toEqual([]);
  expect(problemsOf(`[tool.a]\n"${name}" = 5\n`)).toEqual(['TUNING_UNKNOWN 2:1']);
  expect(problemsOf(`["${name}"]\na = 5\n`)).toEqual(['TUNING_UNKNOWN 1:1']);
});

test('any text is read, or refused at a line that it has', { timeout: fuzzTimeoutMs }, () => {
  const original = readFileSync(join(sampleDirectory('error-tuning'), 'aria.toml'));
  return fuzz((random) => {
    const text = Buffer.from(mutate(random, original)).toString();
    const collector = new DiagnosticCollector();
    readTuning(parseTomlFile(text, collector), collector);
    const lines = text.split('\n').length;
    for (const { line, column } of collector.sorted()) {
      expect(line).toBeLessThanOrEqual(lines);
      expect(Math.min(line, column)).toBeGreaterThan(0);
    }
  });
});
