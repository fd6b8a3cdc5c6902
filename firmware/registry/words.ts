/** From names and descriptions to the words that a search finds. */
import { searchLimits } from './limits.ts';

/** Letters and digits of any script, marks with their letters. */
const runs = /[\p{L}\p{M}\p{N}]+/gu;
/** Between a small letter or digit and a capital, before the last capital of several, and between letters and digits. */
const humps = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u;
const marks = /\p{M}+/gu;
/** Most words by far: these have no parts and no accents. */
const plainWord = /^[A-Z]?[a-z]*$/;
const ascii = /^[0-9A-Za-z]*$/;

/** The words of a text in lower case without accents; of a name such as `sumHTMLLines2` its parts as well as the whole. */
export function wordsOf(text: string, wordsMax: number): readonly string[] {
  const words: string[] = [];
  for (const [run] of text.matchAll(runs)) {
    if (words.length >= wordsMax) break;
    const parts = plainWord.test(run) || run.length > partsCharactersMax ? [run] : run.split(humps);
    if (parts.length > 1) words.push(folded(run));
    for (const part of parts) words.push(folded(part));
  }
  return words.filter((word) => word !== '').slice(0, wordsMax);
}

/** A run that is longer is no name. */
const partsCharactersMax = 128;

function folded(word: string): string {
  if (ascii.test(word)) return word.slice(0, searchLimits.wordCharactersMax).toLowerCase();
  return word
    .slice(0, searchLimits.wordCharactersMax)
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .slice(0, searchLimits.wordCharactersMax);
}
