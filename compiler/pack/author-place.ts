/** Where a stack of the guest engine leads to in the sources that a tool was bundled from. */
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { sourcePrefix } from '#guest-engine';
import type { Place } from '../check/diagnostic.ts';

/** A position in a stack of the guest engine: `at name (source/tool.js:12:5)`. */
const stackPosition = /:(?<line>\d+):(?<column>\d+)\)?$/;

/** The places of a stack that lie in sources, the innermost first: the author's, and those of packages below `node_modules/`. */
export function placesOf(stack: string, { tool, sourceMap }: { tool: string; sourceMap: string }): readonly Place[] {
  const map = new TraceMap(sourceMap);
  return stack.split('\n').flatMap((text): readonly Place[] => {
    const groups = text.includes(`source/${tool}.js`) ? stackPosition.exec(text.trim())?.groups : undefined;
    if (groups === undefined) return [];
    const line = Number(groups['line']);
    const column = Number(groups['column']) - (line === 1 ? sourcePrefix.length : 0);
    if (line < 1 || column < 1) return [];
    const found = originalPositionFor(map, { line, column: column - 1 });
    return found.source === null ? [] : [{ file: found.source, line: found.line, column: found.column + 1 }];
  });
}

/** The package that a place lies in; none where it is the author's. */
export function packageOf({ file }: Place): string | undefined {
  return /.*node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)/.exec(file)?.groups?.['name'];
}
