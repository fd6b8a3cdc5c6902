/**
 * Writes the generated files of the repository, or with `--check` compares them with what is there.
 *
 *     npm run generate                     all texts; the guest engine has `npm run build:guest`
 *     npm run generate -- --check [NAME]   ends with 1 where a file is out of date
 */
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { skippedExitCode } from './check/run-step.ts';
import { type GeneratedFile, generatedFiles, runGenerator } from './generate/files.ts';

type Outcome = 'done' | 'failed' | 'skipped';

async function generate(file: GeneratedFile, check: boolean): Promise<Outcome> {
  if ('program' in file) return check ? runGenerator(file, ['--check']) : 'done';
  const text = await file.render();
  const stored = await readFile(file.path, 'utf8').catch(() => undefined);
  if (stored === text) return 'done';
  if (check) {
    console.error(`${file.path} is ${stored === undefined ? 'missing' : 'out of date'}: run "npm run generate"`);
    return 'failed';
  }
  await writeFile(file.path, text);
  console.log(`wrote ${file.path}`);
  return 'done';
}

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !generatedFiles.some((file) => file.name === name));
if (unknown.length > 0) throw new Error(`Cannot generate "${unknown.join('", "')}": there is no such file`);
const outcomes = new Set<Outcome>();
for (const file of generatedFiles) {
  if (positionals.length === 0 || positionals.includes(file.name)) outcomes.add(await generate(file, values.check));
}
process.exitCode = outcomes.has('failed') ? 1 : outcomes.has('skipped') ? skippedExitCode : 0;
