/** Turns what a tool's top level threw while it was built into a diagnostic at the author's line. */
import type { CodedError } from '#wit/errors';
import type { Diagnostic } from '../check/diagnostic.ts';
import { isContainerName } from '../read/container-types.ts';
import type { ReadTool } from '../read/project.ts';
import { packageOf, placesOf } from './author-place.ts';

/** The diagnostic of a `BUILD_FAILED`; it points at the tool where no line of the author's is in the stack. */
export function topLevelFailure(failure: CodedError, tool: ReadTool, sourceMap: string): Diagnostic {
  const { stack } = failure.wire.details;
  const places = typeof stack === 'string' ? placesOf(stack, { tool: tool.name, sourceMap }) : [];
  const place = places.find((one) => packageOf(one) === undefined);
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

/** The global that the top level of a tool asked for in vain, where a container has one of that name. */
export function missingGlobal({ message }: Diagnostic): string | undefined {
  const [, said, plain] = /"(\w+)" does not exist in a tool|\b(\w+)'? is not defined/.exec(message) ?? [];
  const name = said ?? plain;
  return name !== undefined && isContainerName(name) ? name : undefined;
}
