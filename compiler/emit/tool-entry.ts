/** The module that makes a bundle of one tool: it imports the tool and hands it to the guest engine. */
import type { ReadTool, SchemaValue } from '../read/project.ts';

/** Where entries are, which are no files. */
export const entryNamespace = 'aria-entry';
/** The paths of entries. */
export const entryPattern = /^aria-entry:/;

/** How the entry of a tool is called in maps and stacks. */
export function entryPath(toolName: string): string {
  return `${entryNamespace}:${toolName}`;
}

/** The text of the entry. A class is constructed per call, so that no call sees what another left in it. */
export function toolEntry({
  origin: { file, exportName, method },
  blobs,
  timeoutMs,
  values,
  schemas,
}: ReadTool): string {
  const call = method === undefined ? 'target(input)' : `new target()[${JSON.stringify(method)}](input)`;
  const parts = [
    `run: (input) => ${call}`,
    `blobs: ${blobs}`,
    `timeoutMs: ${timeoutMs}`,
    ...(values === undefined ? [] : [`values: ${JSON.stringify(values)}`]),
    ...(schemas === undefined ? [] : [`schemas: { ${Object.keys(schemas).join(', ')} }`]),
  ];
  return [
    importOf({ file, exportName }, 'target'),
    ...Object.entries(schemas ?? {}).map(([side, schema]) => importOf(schema, side)),
    `exports.tool = { ${parts.join(', ')} };`,
    '',
  ].join('\n');
}

function importOf({ file, exportName }: SchemaValue, name: string): string {
  return `import { ${JSON.stringify(exportName)} as ${name} } from ${JSON.stringify(`./${file}`)};`;
}
