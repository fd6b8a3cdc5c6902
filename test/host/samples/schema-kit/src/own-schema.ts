import type { StandardSchema } from '@aria/sdk';

/** A schema of no library, which takes its time. */
export const words: StandardSchema<{ text: string }, { words: readonly string[] }> = {
  '~standard': {
    version: 1,
    vendor: 'own',
    async validate(value) {
      await Promise.resolve();
      const { text } = value as { text: string };
      if (text === '')
        return { issues: [{ message: 'must not be empty', path: [{ key: 'text' }] }, { message: 'must say something' }] };
      return { value: { words: text.split(' ') } };
    },
  },
};
