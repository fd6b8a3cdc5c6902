import { tool } from '@aria/sdk';
import pluralize from 'pluralize';

pluralize.addIrregularRule('aria', 'arie');

export const pluralizeTool = tool({ description: 'Plurals and singulars of English with rules of one’s own' }, ({ words }: { words: string[] }) => ({
  plural: words.map((word) => pluralize(word)),
  singular: words.map((word) => pluralize.singular(word)),
  counted: words.map((word, index) => pluralize(word, index, true)),
  is: words.map((word) => [pluralize.isPlural(word), pluralize.isSingular(word)]),
}));

export const inputs = [{ words: ['House', 'mice', 'ARIA', 'sheep', 'criterion', 'people', 'Ärztin', 'gas'] }];
