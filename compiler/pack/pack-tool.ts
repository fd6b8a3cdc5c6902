/** Tools on their way from their text into a bundle, in either engine. */
import type { Diagnostic } from '../check/diagnostic.ts';
import type { BundledTool } from '../emit/bundle-source.ts';
import { bundleForBun } from '../emit/bundle-tools.ts';
import type { ReadProject, ReadTool } from '../read/project.ts';
import type { PackedTool } from './assemble-bundle.ts';
import { placeTool } from './place-tool.ts';
import { missingGlobal } from './top-level-failure.ts';

/** A tool with its text, placed; what runs in the guest engine has a component as well. */
export function packed({
  tool,
  bundle,
  project,
}: {
  readonly tool: ReadTool;
  readonly bundle: BundledTool;
  readonly project: ReadProject;
}): PackedTool {
  const { source, sourceMap } = bundle;
  return { tool, source, sourceMap, placement: placeTool(tool, bundle, project.target) };
}

/** A tool whose modules ask for a global of Node while they are loaded, as only the guest engine has seen, bundled for Bun instead. */
export async function movedToBun(
  tool: ReadTool,
  failure: Diagnostic,
  project: ReadProject,
): Promise<BundledTool | undefined> {
  const name = project.target === 'wasm' ? undefined : missingGlobal(failure);
  if (name === undefined) return undefined;
  const needs = [`a module of it needs the global "${name}", which the sandbox does not have`];
  const outcome = (await bundleForBun(project, [{ tool, needs }])).get(tool.name);
  return outcome !== undefined && 'bundled' in outcome ? outcome.bundled : undefined;
}

/** What concerns the state that the guest engine keeps of a module is nothing to files that only Bun loads: it loads them in each call. */
export function withoutGuestOnly(
  diagnostics: readonly Diagnostic[],
  bundled: ReadonlyMap<string, BundledTool>,
): readonly Diagnostic[] {
  const loads = (engine: BundledTool['engine']): ReadonlySet<string> =>
    new Set([...bundled.values()].filter((tool) => tool.engine === engine).flatMap(({ inputs }) => inputs));
  const [guest, bun] = [loads('quickjs'), loads('bun')];
  return diagnostics.filter(({ code, file }) => code !== 'TOP_LEVEL_CHANCE' || guest.has(file) || !bun.has(file));
}
