/**
 * Says where a tool's top level read clock or randomness while it was built. Of the author's own code that is an error. A package may do it
 * for something harmless, such as a name that only has to differ from others, and nobody can tell: it is a warning, and the tool's
 * modules are loaded anew in each call.
 */
import type { Reading } from '#guest-engine';
import type { Diagnostic } from '../check/diagnostic.ts';
import { topLevelReading, varyingWords } from '../check/top-level-reading.ts';
import type { ReadTool } from '../read/project.ts';
import { packageOf, placesOf } from './author-place.ts';

/** One for each place that reads; it points at the tool where no line of the author's is in the stack. */
export function topLevelReadings(
  readings: readonly Reading[],
  tool: ReadTool,
  sourceMap: string,
): readonly Diagnostic[] {
  return readings.map(({ varying, stack }) => {
    const places = placesOf(stack, { tool: tool.name, sourceMap });
    const [innermost] = places;
    const { file, line, column } = places.find((one) => packageOf(one) === undefined) ?? tool.origin;
    const place = { file, line, column };
    const own = innermost !== undefined && packageOf(innermost) === undefined;
    const caller = places.findLast((one) => packageOf(one) === undefined);
    const isDirect = caller === undefined || (caller.file === file && caller.line === line);
    if (own) return { severity: 'error', ...topLevelReading(varying, isDirect ? undefined : caller), ...place };
    const reader = innermost === undefined ? 'a module of the tool' : `the package "${packageOf(innermost)}"`;
    return {
      code: 'TOP_LEVEL_CHANCE',
      severity: 'warning',
      message: `Cannot keep the tool as it is after loading: ${reader} reads ${varyingWords[varying]} while it is loaded, so that all modules of the tool are loaded anew in each call`,
      remedy: 'Use another package if the time of each call matters; nothing else changes',
      ...place,
    };
  });
}
