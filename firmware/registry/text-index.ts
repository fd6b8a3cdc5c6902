/**
 * Full text over components: words of names, of how people ask for them, and of descriptions, ranked by BM25 with weights for the fields
 * (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6).
 *
 * A word of a query finds itself, longer words that begin with it, and, where there is neither, the word that is spelled most alike.
 */
import { nearestName } from '#wit/tokens';
import type { ActiveComponent } from './active-component.ts';
import { queryLimits, searchLimits } from './limits.ts';
import { wordsOf } from './words.ts';

/** Constants of BM25: how soon repetition stops to count, and how much long texts are held back. */
const saturation = 1.2;
const lengthShare = 0.5;
/** How much a word in a field counts. */
const weights = { name: 8, nlp: 2, bundle: 2, description: 1 } as const;
/** What a word is worth that only begins like the one of the query, and one that is only spelled like it. */
const prefixWorth = 0.7;
const correctedWorth = 0.5;
/** Shorter words are not corrected: everything is near them. */
const correctedCharactersMin = 4;
/** Lengths of two words that are spelled alike differ by at most so much. */
const nearLengthsMax = 2;

/** Where a word occurs: positions of components and the weight of the word in them, by turns. */
type Postings = number[];

/** A component that was found, as its position in the list that the index was made of. */
interface Match {
  readonly position: number;
  readonly score: number;
}

/** See above. */
export class TextIndex {
  readonly #postings: ReadonlyMap<string, Postings>;
  readonly #words: readonly string[];
  readonly #lengths: Float64Array;
  readonly #lengthMean: number;

  constructor(components: readonly ActiveComponent[]) {
    const postings = new Map<string, Postings>();
    this.#lengths = new Float64Array(components.length);
    for (const [position, component] of components.entries()) {
      const weighted = weightedWords(component);
      let length = 0;
      for (const [word, weight] of weighted) {
        length += weight;
        const known = postings.get(word);
        if (known) known.push(position, weight);
        else postings.set(word, [position, weight]);
      }
      this.#lengths[position] = length;
    }
    this.#postings = postings;
    this.#words = [...postings.keys()].sort();
    this.#lengthMean = Math.max(1, this.#lengths.reduce((sum, length) => sum + length, 0) / components.length);
  }

  /** What a text finds, in no order; the more of its words a component has, the more it scores. */
  find(text: string): readonly Match[] {
    const words = [...new Set(wordsOf(text, queryLimits.wordsMax))];
    const scores = new Map<number, { score: number; words: number }>();
    let corrections = 0;
    for (const word of words) {
      let found = this.#begunBy(word);
      if (found.length === 0 && corrections < searchLimits.correctionsMax) {
        corrections += 1;
        found = this.#spelledLike(word);
      }
      for (const [position, score] of this.#scored(found)) {
        const sum = scores.get(position);
        if (sum) {
          sum.score += score;
          sum.words += 1;
        } else scores.set(position, { score, words: 1 });
      }
    }
    return Array.from(scores, ([position, sum]) => ({ position, score: (sum.score * sum.words) / words.length }));
  }

  /** The word and those that begin with it, with their worth. */
  #begunBy(word: string): readonly (readonly [word: string, worth: number])[] {
    const found: [string, number][] = [];
    for (let at = this.#firstFrom(word); found.length < searchLimits.prefixWordsMax; at += 1) {
      const known = this.#words[at];
      if (known === undefined || !known.startsWith(word)) break;
      found.push([known, known === word ? 1 : (prefixWorth * word.length) / known.length]);
    }
    return found;
  }

  #spelledLike(word: string): readonly (readonly [word: string, worth: number])[] {
    if (word.length < correctedCharactersMin) return [];
    const near: string[] = [];
    for (const known of this.#words) {
      if (Math.abs(known.length - word.length) <= nearLengthsMax) near.push(known);
      if (near.length >= searchLimits.nearestMax) break;
    }
    const nearest = nearestName(word, near);
    return nearest === undefined ? [] : [[nearest, correctedWorth]];
  }

  /** The best score of each component under one of these words: they stand for one word of the query. */
  #scored(words: readonly (readonly [word: string, worth: number])[]): ReadonlyMap<number, number> {
    const best = new Map<number, number>();
    const count = this.#lengths.length;
    for (const [word, worth] of words) {
      const postings = this.#postings.get(word) ?? [];
      const having = postings.length / 2;
      const rarity = Math.log(1 + (count - having + 0.5) / (having + 0.5));
      for (let at = 0; at < postings.length; at += 2) {
        const position = postings[at] ?? 0;
        const weight = postings[at + 1] ?? 0;
        const length = (this.#lengths[position] ?? 0) / this.#lengthMean;
        const held = saturation * (1 - lengthShare + lengthShare * length);
        const score = (worth * rarity * weight * (saturation + 1)) / (weight + held);
        if (score > (best.get(position) ?? 0)) best.set(position, score);
      }
    }
    return best;
  }

  /** The position of the first word that is not before this one. */
  #firstFrom(word: string): number {
    let low = 0;
    let high = this.#words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#words[middle] ?? '') < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** How much each word counts in a component. */
function weightedWords({ kind, part, bundle }: ActiveComponent): ReadonlyMap<string, number> {
  const weighted = new Map<string, number>();
  let left: number = searchLimits.wordsPerComponent;
  const add = (text: string, weight: number): void => {
    const words = wordsOf(text, left);
    left -= words.length;
    for (const word of words) weighted.set(word, (weighted.get(word) ?? 0) + weight);
  };
  add(part.name, weights.name);
  add(bundle.manifest.name, weights.bundle);
  if (kind === 'tool' && part.nlp !== undefined) add(part.nlp, weights.nlp);
  add(part.description, weights.description);
  return weighted;
}
