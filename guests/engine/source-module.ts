/** The form in which the engine evaluates a tool's source. */

/** Stands before the source, on one line with its first: columns of that line are shifted by its length, lines are the source's own. */
export const sourcePrefix = '(function (require, module, exports) {';

/** The script of a tool's source. */
export function sourceScript(source: string): string {
  return `${sourcePrefix}${source}\n})`;
}
