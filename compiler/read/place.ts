/** Turns nodes of the syntax tree into places of diagnostics. */
import type { ts } from './typescript.js';
import type { Place } from '../check/diagnostic.ts';
import { projectPath } from './project-files.ts';

/** The place of a node, without the comments before it. */
export function placeOf(node: ts.Node, directory: string): Place {
  const file = node.getSourceFile();
  return placeOfRange(file, { start: node.getStart(file), end: node.getEnd() }, directory);
}

/** The place of a range of a file, in UTF-16 units. */
export function placeOfRange(
  file: ts.SourceFile,
  { start, end }: { readonly start: number; readonly end: number },
  directory: string,
): Place {
  const from = file.getLineAndCharacterOfPosition(start);
  const to = file.getLineAndCharacterOfPosition(end);
  return {
    file: projectPath(directory, file.fileName),
    line: from.line + 1,
    column: from.character + 1,
    ...(to.line === from.line && to.character > from.character ? { endColumn: to.character + 1 } : {}),
  };
}
