/** The module that makes a bundle of one tool: it imports the tool and hands it to the guest engine. */
import type { ReadTool } from '../read/project.ts';

/** How the entry is called in maps and stacks. */
export const entryFile = 'aria-entry.js';

/** The text of the entry. A class is constructed per call, so that no call sees what another left in it. */
export function toolEntry({ origin: { file, exportName, method }, blobs }: ReadTool): string {
  const call = method === undefined ? 'target(input)' : `new target()[${JSON.stringify(method)}](input)`;
  return [
    `import { ${JSON.stringify(exportName)} as target } from ${JSON.stringify(`./${file}`)};`,
    `exports.tool = { run: (input) => ${call}, blobs: ${blobs} };`,
    '',
  ].join('\n');
}
