/**
 * The whole gate: the native engine, format, lint, types, layers, dead code, file rules, generated files, tests.
 * Every step and every test is counted; the last line is `N passed, N failed`, with `, N skipped` where a toolchain is absent.
 *
 *     npm run check            everything
 *     npm run check -- NAME…   only the steps with these names
 */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { type Step, type StepResult, runSteps } from './check/run-step.ts';
import { runTests } from './check/run-tests.ts';
import { generatedFiles } from './generate/files.ts';

const steps: readonly Step[] = [
  // Before the tests, which run on every engine that is there; first, because from nothing it takes minutes.
  { name: 'native build', script: 'scripts/build-native.ts', args: [] },
  { name: 'native format', script: 'scripts/check-native.ts', args: ['format'] },
  { name: 'native lint', script: 'scripts/check-native.ts', args: ['lint'] },
  ...generatedFiles.map(({ name }) => ({
    name: `generated ${name}`,
    script: 'scripts/generate.ts',
    args: ['--check', name],
  })),
  { name: 'dead code', script: 'node_modules/knip/bin/knip.js', args: ['--no-progress'] },
  { name: 'lint', script: 'node_modules/oxlint/bin/oxlint', args: ['--deny-warnings'] },
  { name: 'format', script: 'node_modules/oxfmt/bin/oxfmt', args: ['--check'] },
  { name: 'layers', script: 'scripts/check/cruise.ts', args: [] },
  { name: 'types', script: 'node_modules/typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'file rules', script: 'scripts/check/file-rules.ts', args: [] },
];
const testsName = 'tests';

function line(mark: string, name: string, wallMs: number, rest = ''): string {
  return `${mark.padEnd(8)}${name.padEnd(28)}${(wallMs / 1000).toFixed(1).padStart(6)} s${rest}`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function print({ step, outcome, wallMs, output }: StepResult): void {
  console.log(line(outcome, step.name, wallMs, outcome === 'skipped' ? `  ${lastLine(output)}` : ''));
  if (outcome === 'failed') console.log(output.trimEnd().replace(/^/gm, '    '));
}

async function check(names: readonly string[]): Promise<void> {
  const all = [...steps.map(({ name }) => name), testsName];
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`Cannot check "${unknown.join('", "')}": the steps are ${all.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await runSteps(
    steps.filter(({ name }) => wanted(name)),
    Math.min(2, availableParallelism()),
    (result) => {
      counts[result.outcome] += 1;
      print(result);
    },
  );
  if (wanted(testsName)) {
    const started = performance.now();
    const tests = await runTests([]);
    for (const key of ['passed', 'failed', 'skipped'] as const) counts[key] += tests[key];
    console.log(line(tests.failed > 0 ? 'failed' : 'passed', testsName, performance.now() - started));
  }
  const { passed, failed, skipped } = counts;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}

await check(process.argv.slice(2));
