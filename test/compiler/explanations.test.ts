/** Each explanation's examples are built: the wrong one gets the code that it explains, the right one gets no error and not that code. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Diagnostic, createBuilder, diagnosticCodes, formatDiagnostics } from '#compiler';
import type { Example } from '../../compiler/check/explanation.ts';
import { explanations } from '../../compiler/check/explanations.ts';
import { temporaryDirectory } from '../cli/run-arc.ts';
import { TemporaryProject } from './sample-project.ts';

const packageJson = '{ "name": "example", "version": "1.0.0", "description": "An example" }\n';
const cache = temporaryDirectory();
afterAll(() => cache[Symbol.dispose]());

/** What a build of the example finds; a description stands for what would be too long, and is not built. */
async function diagnosticsOf(example: Example): Promise<readonly Diagnostic[] | undefined> {
  if ('sketch' in example) return undefined;
  const described = 'package.json' in example.files || (example.files['aria.toml']?.includes('[project]') ?? false);
  using project = new TemporaryProject({ ...(described ? {} : { 'package.json': packageJson }), ...example.files });
  await using builder = createBuilder({ directory: project.directory, cacheDirectory: cache.path });
  return (await builder.build()).diagnostics;
}

function told(diagnostics: readonly Diagnostic[]): string {
  return formatDiagnostics(diagnostics, { readSource: () => undefined });
}

const codes = Object.keys(diagnosticCodes).sort() as readonly (keyof typeof explanations)[];

describe.each(codes)('%s', (code) => {
  const { why, wrong, right } = explanations[code];

  test('says why, in whole sentences', () => {
    expect(why).toMatch(/^[A-Z].{40,}[.?]$/s);
    expect(why).not.toContain(diagnosticCodes[code]);
    expect(JSON.stringify(wrong)).not.toBe(JSON.stringify(right));
  });

  test.skipIf('sketch' in wrong)('is what the wrong example gets', async () => {
    expect(told((await diagnosticsOf(wrong)) ?? [])).toMatch(new RegExp(` (error|warning) ${code} `));
  });

  test.skipIf('sketch' in right)('is not what the right example gets, nor is any other error', async () => {
    const diagnostics = (await diagnosticsOf(right)) ?? [];
    expect(told(diagnostics)).toBe('');
  });
});
