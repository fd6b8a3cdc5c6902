/** Texts that a pattern most likely matches: for examples of values, which are checked before anybody believes in them. */
import type { PatternNode } from './parse-pattern.ts';

/** How often a part of a pattern is repeated in a sample at most. */
const repeatsMax = 500;
/** Characters of a sample. */
const charactersMax = 4_096;
/** What people can read comes first. */
const ordinary = [
  ...'a0AbB19zZ-_ .:/@+',
  ...Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index)),
  'é',
  '\n',
  '\t',
  '€',
  '😀',
];

/** How a sample chooses where a pattern leaves a choice. */
interface Choice {
  readonly last: boolean;
  readonly more: number;
}

const choices: readonly Choice[] = [
  { last: false, more: 0 },
  { last: true, more: 0 },
  { last: false, more: 1 },
  { last: true, more: 2 },
];

/** A few texts. */
export function sampleTexts(tree: PatternNode): readonly string[] {
  const texts = choices.map((choice) => sample(tree, choice)).filter((text) => text !== undefined);
  return [...new Set(texts)];
}

function sample(node: PatternNode, choice: Choice): string | undefined {
  switch (node.kind) {
    case 'start':
    case 'end':
      return '';
    case 'one':
      return sampleCharacter(node, choice);
    case 'choice':
      return sample(node.options.at(choice.last ? -1 : 0) ?? { kind: 'start' }, choice);
    case 'sequence':
      return joined(node.parts.length, (index) => sample(node.parts[index] ?? { kind: 'start' }, choice));
    case 'repeat': {
      const count = Math.min(node.max, node.min + choice.more);
      if (count > repeatsMax) return undefined;
      const part = count === 0 ? '' : sample(node.part, choice);
      return joined(count, () => part);
    }
  }
}

function joined(count: number, part: (index: number) => string | undefined): string | undefined {
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const next = part(index);
    if (next === undefined || text.length + next.length > charactersMax) return undefined;
    text += next;
  }
  return text;
}

function sampleCharacter(node: Extract<PatternNode, { kind: 'one' }>, { last }: Choice): string | undefined {
  const candidates = [...ordinary, ...node.text];
  return last
    ? candidates.findLast((character) => node.test(character))
    : candidates.find((character) => node.test(character));
}
