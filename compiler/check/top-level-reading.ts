/** What is said of code of the author's that reads clock or randomness while a module is loaded. */
import type { Diagnostic, Place } from './diagnostic.ts';

/** What differs from call to call. */
export type Varying = 'clock' | 'randomness';

/** In a sentence. */
export const varyingWords: Readonly<Record<Varying, string>> = { clock: 'the clock', randomness: 'randomness' };

/** The words of the error. `caller`: what runs it, where it is not the top level itself. */
export function topLevelReading(varying: Varying, caller?: Place): Omit<Diagnostic, keyof Place | 'severity'> {
  const way = caller === undefined ? '' : `, by way of ${caller.file}:${caller.line}`;
  return {
    code: 'TOP_LEVEL_CHANCE',
    message: `Cannot read ${varyingWords[varying]} here: it runs while the module is loaded${way}, and the value would be the same in every call`,
    remedy:
      caller === undefined
        ? 'Move it into the tool, or into a function that the tool calls'
        : 'Call it in the tool, not while the module is loaded',
  };
}
