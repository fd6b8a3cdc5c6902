/** What `arc inspect` says of components, whose texts may be anybody's. */
import { expect, test } from 'vitest';
import type { Manifest, ManifestStep } from '#wit/manifest';
import { componentTexts } from '../../compiler/cli/component-text.ts';

function shown(step: ManifestStep): string {
  const pipeline = {
    name: 'pay',
    description: 'Pays',
    variables: { type: 'object' },
    steps: [step],
    errorStrategy: { type: 'stop', maxAttempts: 1, backoffMs: 0 },
    timeoutMs: 1_000,
    tokens: [],
  } as const;
  const manifest = { pipelines: [pipeline] } as unknown as Manifest;
  return componentTexts(manifest, (text) => text).join('\n');
}

test('a condition is shown as the host will decide it, not as the text beside it says', () => {
  const text = shown({
    id: 'way',
    name: 'way',
    type: 'condition',
    dependencies: [],
    text: '$approved == true',
    condition: {
      kind: 'or',
      conditions: [
        { kind: 'value', value: { kind: 'literal', value: true } },
        { kind: 'not', condition: { kind: 'value', value: { kind: 'variable', name: 'approved', path: ['a.b', 0] } } },
      ],
    },
    then: [],
    else: [],
  });
  expect(text).toContain('if true || !$approved["a.b"][0]');
  expect(text).not.toContain('== true');
});
