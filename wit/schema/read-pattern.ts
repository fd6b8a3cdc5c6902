/**
 * Patterns of schemas, matched by an automaton in linear time: a pattern comes from anybody, and the engine's own regular expressions
 * can be made to backtrack for ages. Read as with the flag `u`, as JSON Schema has it.
 */
import { type PatternNode, parsePattern } from './parse-pattern.ts';
import { sampleTexts } from './sample-texts.ts';

/** States of an automaton: counted repetitions are written out. */
const statesMax = 4_000;

/** A pattern that can be run. */
export interface Pattern {
  /** Size of the automaton. */
  readonly states: number;
  /** Whether some part of the text matches. */
  test(text: string): boolean;
  /** A few texts that most likely match. */
  readonly samples: readonly string[];
}

/** One state, with the indices of those that follow. */
type State =
  | { readonly kind: 'one'; readonly test: (character: string) => boolean; next: number }
  | { readonly kind: 'fork'; next: number; other: number }
  | { readonly kind: 'start' | 'end'; next: number }
  | { readonly kind: 'match' };

/** Reads a pattern; `undefined` for what an automaton cannot do (look-around, back references, word boundaries) or is too large. */
export function readPattern(text: string): Pattern | undefined {
  const tree = parsePattern(text);
  if (tree === undefined) return undefined;
  const states: State[] = [{ kind: 'match' }];
  const first = append(tree, 0, states);
  if (first === undefined) return undefined;
  let samples: readonly string[] | undefined;
  return {
    states: states.length,
    test: (input) => run(states, first, input),
    // Only a witness wants them, and they cost more than the pattern.
    get samples() {
      return (samples ??= sampleTexts(tree));
    },
  };
}

/** Appends the states of a part, which go on to `next`; returns the first, or `undefined` where they are too many. */
function append(node: PatternNode, next: number, states: State[]): number | undefined {
  if (states.length > statesMax) return undefined;
  switch (node.kind) {
    case 'one':
      return states.push({ kind: 'one', test: node.test, next }) - 1;
    case 'start':
    case 'end':
      return states.push({ kind: node.kind, next }) - 1;
    case 'sequence':
      return node.parts.reduceRight<number | undefined>(
        (after, part) => (after === undefined ? undefined : append(part, after, states)),
        next,
      );
    case 'choice':
      return node.options
        .map((option) => append(option, next, states))
        .reduceRight((other, first) =>
          first === undefined || other === undefined
            ? undefined
            : states.push({ kind: 'fork', next: first, other }) - 1,
        );
    case 'repeat':
      return appendRepeat(node, next, states);
  }
}

function appendRepeat(
  { part, min, max }: Extract<PatternNode, { kind: 'repeat' }>,
  next: number,
  states: State[],
): number | undefined {
  let after: number | undefined = next;
  if (max === Infinity) {
    const fork: State = { kind: 'fork', next, other: next };
    after = states.push(fork) - 1;
    const body = append(part, after, states);
    if (body === undefined) return undefined;
    fork.other = body;
  } else {
    for (let count = min; count < max; count += 1) {
      const body: number | undefined = append(part, after, states);
      if (body === undefined) return undefined;
      // What is left out once is left out from there on.
      after = states.push({ kind: 'fork', next: body, other: next }) - 1;
    }
  }
  for (let count = 0; count < min; count += 1) {
    if (after === undefined) return undefined;
    after = append(part, after, states);
  }
  return after;
}

function run(states: readonly State[], first: number, text: string): boolean {
  const seenAt = new Int32Array(states.length).fill(-1);
  let current: number[] = [];
  let position = 0;
  /** Adds a state and all that it reaches without a character; true where one of them is the match. */
  const reach = (from: number, list: number[]): boolean => {
    const pending = [from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (seenAt[index] === position) continue;
      seenAt[index] = position;
      const state = states[index];
      if (state === undefined) continue;
      if (state.kind === 'match') return true;
      if (state.kind === 'one') list.push(index);
      else if (state.kind === 'fork') pending.push(state.next, state.other);
      else if (state.kind === 'start' ? position === 0 : position === text.length) pending.push(state.next);
    }
    return false;
  };
  if (reach(first, current)) return true;
  for (const character of text) {
    position += character.length;
    const following: number[] = [];
    for (const index of current) {
      const state = states[index];
      if (state?.kind === 'one' && state.test(character) && reach(state.next, following)) return true;
    }
    // A match may begin anywhere.
    if (reach(first, following)) return true;
    current = following;
  }
  return false;
}
