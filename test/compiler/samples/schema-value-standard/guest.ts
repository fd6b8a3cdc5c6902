import { type StandardSchema, tool } from '@aria/sdk';

/** The schema of no library: whatever has this form is one. */
function text(max: number): StandardSchema<{ text: string }, { text: string; words: readonly string[] }> {
  return {
    '~standard': {
      version: 1,
      vendor: 'own',
      async validate(value) {
        const { text: given } = value as { text: string };
        if (given.length > max)
          return { issues: [{ message: `must have at most ${max} characters`, path: ['text'] }, { message: 'is wrong' }] };
        return { value: { text: given, words: given.split(' ') } };
      },
    },
  };
}

/** Counts words. */
export const wordCount = tool({ inputs: text(20) }, (input) => input.words.length);
/** Says it again. */
export const echo = tool({ outputs: text(5) }, (input: { text: string }) => input);
