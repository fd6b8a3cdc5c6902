/** Turns what a tool's top level threw while it was built into a diagnostic at the author's line. */
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { sourcePrefix } from '#guest-engine';
import type { CodedError } from '#wit/errors';
import type { Diagnostic } from '../check/diagnostic.ts';
import type { ReadTool } from '../read/project.ts';

/** A position in a stack of the guest engine: `at name (source/tool.js:12:5)`. */
const stackPosition = /:(?<line>\d+):(?<column>\d+)\)?$/;

/** The diagnostic of a `BUILD_FAILED`; it points at the tool where no line of the author's is in the stack. */
export function topLevelFailure(failure: CodedError, tool: ReadTool, sourceMap: string): Diagnostic {
  const { stack } = failure.wire.details;
  const place = typeof stack === 'string' ? authorPlace(stack, tool.name, sourceMap) : undefined;
  const { file, line, column } = place ?? tool.origin;
  return {
    code: 'TOP_LEVEL_FAILED',
    severity: 'error',
    message: failure.message,
    remedy: failure.wire.remedy,
    file,
    line,
    column,
  };
}

/** The innermost position that lies in a file of the author's. */
function authorPlace(
  stack: string,
  tool: string,
  sourceMap: string,
): Pick<Diagnostic, 'file' | 'line' | 'column'> | undefined {
  const map = new TraceMap(sourceMap);
  for (const text of stack.split('\n')) {
    const groups = text.includes(`source/${tool}.js`) ? stackPosition.exec(text.trim())?.groups : undefined;
    if (groups === undefined) continue;
    const line = Number(groups['line']);
    const column = Number(groups['column']) - (line === 1 ? sourcePrefix.length : 0);
    if (line < 1 || column < 1) continue;
    const { source, line: authorLine, column: authorColumn } = originalPositionFor(map, { line, column: column - 1 });
    if (source === null || source.includes('node_modules/')) continue;
    return { file: source, line: authorLine, column: authorColumn + 1 };
  }
  return undefined;
}
