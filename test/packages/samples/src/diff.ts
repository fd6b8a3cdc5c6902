import { tool } from '@aria/sdk';
import { applyPatch, createPatch, diffChars, diffJson, diffLines, diffSentences, diffWords, parsePatch } from 'diff';

export const diff = tool({ description: 'Differences by letter, word, sentence, line and JSON; patches made and applied' }, ({ before, after }: { before: string; after: string }) => {
  const show = (parts: { added: boolean; removed: boolean; value: string }[]): string[] => parts.map(({ added, removed, value }) => (added ? '+' : removed ? '-' : '=') + value);
  const patch = createPatch('a.txt', before, after);
  return {
    letters: show(diffChars(before, after)),
    words: show(diffWords(before, after)),
    sentences: show(diffSentences(before, after)),
    lines: show(diffLines(before, after)),
    json: show(diffJson({ a: 1, b: [1, 2] }, { b: [1, 3], a: 1 })),
    patch,
    hunks: parsePatch(patch)[0]?.hunks.length ?? 0,
    applied: applyPatch(before, patch) === after,
  };
});

export const inputs = [{ before: 'Grüße an alle. Zwei Sätze.\nzweite Zeile\ndritte\n', after: 'Grüsse an 😀. Zwei Sätze!\nzweite Zeile\nvierte\n' }];
