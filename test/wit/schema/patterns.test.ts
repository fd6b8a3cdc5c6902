import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueFits } from '#wit/schema';
import { fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';

const atom = fc.constantFrom(
  'a',
  'b',
  '1',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '[ab]',
  '[^a]',
  '[a-z0-9]',
  '\\.',
  '\\u0061',
  '\\p{L}',
  '😀',
  '\\u{1F600}',
  '[😀b]',
  '\\/',
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '{1,2}?');
const pattern = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, quantifier).map((parts) => parts.join('')),
    fc.constantFrom('^', '$', ''),
    fc
      .tuple(tie('pattern'), fc.constantFrom('(', '(?:', '(?<name>'), quantifier)
      .map(([inner, open, count]) => `${open}${inner})${count}`),
  ),
  pattern: fc
    .array(
      fc.array(tie('piece'), { maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.join('|')),
})).pattern;
const text = fc
  .array(fc.constantFrom('a', 'b', 'é', '1', ' ', '\n', '.', '-', '/', '😀', '\uD83D'), { maxLength: 6 })
  .map((parts) => parts.join(''));

test(
  'random patterns match what regular expressions match, without being run as one',
  () => {
    fc.assert(
      fc.property(pattern.filter(isValid), fc.array(text, { minLength: 4, maxLength: 4 }), (source, texts) => {
        for (const one of texts) {
          // Not the flag u: V8 14 says that /[^a]$/u does not match one character beyond U+FFFF. Here both flags mean the same.
          const expected = new RegExp(source, 'v').test(one) ? 'fits' : 'misfits';
          expect([source, one, valueFits(one, { pattern: source })]).toEqual([source, one, expected]);
        }
      }),
      { numRuns: fuzzCases(), seed: fuzzSeed() },
    );
  },
  fuzzTimeoutMs,
);

/** Two groups of one name are an error. */
function isValid(source: string): boolean {
  try {
    return new RegExp(source, 'u').unicode && new RegExp(source, 'v').unicodeSets;
  } catch {
    return false;
  }
}
