/** The module that makes a bundle of one tool: it imports the tool and hands it to the guest engine. */
import type { ReadTool } from '../read/project.ts';

/** Where entries are, which are no files. */
export const entryNamespace = 'aria-entry';
/** The paths of entries. */
export const entryPattern = /^aria-entry:/;

/** How the entry of a tool is called in maps and stacks. */
export function entryPath(toolName: string): string {
  return `${entryNamespace}:${toolName}`;
}

/** The text of the entry. A class is constructed per call, so that no call sees what another left in it. */
export function toolEntry({ origin: { file, exportName, method }, blobs, timeoutMs }: ReadTool): string {
  const call = method === undefined ? 'target(input)' : `new target()[${JSON.stringify(method)}](input)`;
  return [
    `import { ${JSON.stringify(exportName)} as target } from ${JSON.stringify(`./${file}`)};`,
    `exports.tool = { run: (input) => ${call}, blobs: ${blobs}, timeoutMs: ${timeoutMs} };`,
    '',
  ].join('\n');
}
