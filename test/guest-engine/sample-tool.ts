/** The least tools there are. */
import { importsOf, loadTemplate, rebuild } from '#guest-engine';

/** A component that gives the value of an expression. */
export async function buildTool(tokens: readonly string[] = [], text = '1', memoryMiB = 64): Promise<Uint8Array> {
  const { component } = await rebuild({
    template: await loadTemplate(),
    source: `exports.tool = { blobs: false, run: () => ${text} };`,
    name: 'sample',
    imports: importsOf(tokens),
    memoryBytesMax: memoryMiB * 1024 * 1024,
  });
  return component;
}
