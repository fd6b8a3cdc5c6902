/**
 * Bundles the tools of a project for where they are to run. Every tool that can is bundled for the guest engine, whose text runs in a container
 * as well; what it cannot have is bundled for Bun.
 */
import { manifestMaxima } from '#wit/manifest';
import { type Diagnostic, sortDiagnostics } from '../check/diagnostic.ts';
import { isOfBun } from '../read/node-builtins.ts';
import type { ReadProject, ReadTool } from '../read/project.ts';
import { bunRun } from './bun-run.ts';
import { type BundledTool, type BundledTools, guestRun, runBundler } from './bundle-source.ts';
import { withMarks } from './container-needs.ts';

const mebibyte = 1024 * 1024;

/** Bundles all tools. With an error in any of them there is no bundle at all. */
export async function bundleTools(project: ReadProject): Promise<BundledTools> {
  if (project.target === 'wasm') return runBundler(project, guestRun(project));
  const guests = await bundleEach(project);
  const needy = project.tools.flatMap((tool) => {
    const guest = guests.get(tool.name);
    const needs = [...needsOf(tool), ...(guest !== undefined && 'bundled' in guest ? guest.bundled.needs : [])];
    const fault = guest !== undefined && 'faults' in guest ? (guest.faults[0]?.message ?? '') : undefined;
    return needs.length === 0 && fault === undefined ? [] : [{ tool, needs, fault }];
  });
  if (needy.length === 0) return joined(project, guests, new Map());
  const bundled = await bundleForBun(project, needy);
  return joined(project, guests, bundled);
}

/** A tool, and why it needs a container. */
export interface NeedyTool {
  readonly tool: ReadTool;
  /** In words. */
  readonly needs: readonly string[];
  /** What is wrong with it for the guest engine, where that is why. */
  readonly fault?: string | undefined;
}

/** What became of one tool. */
type Outcome = { readonly bundled: BundledTool } | { readonly faults: readonly Diagnostic[] };

/** Bundles tools for Bun, each by itself where together they fail: what is wrong with one says nothing of the others. */
export async function bundleForBun(
  project: ReadProject,
  needy: readonly NeedyTool[],
): Promise<ReadonlyMap<string, Outcome>> {
  const asked = new Map(needy.map((one) => [one.tool.name, one]));
  const outcomes = await runApart({ ...project, tools: needy.map(({ tool }) => tool) }, (part) =>
    runBundler(part, bunRun(part)),
  );
  return new Map(
    [...outcomes].map(([name, outcome]) => [
      name,
      'bundled' in outcome ? { bundled: withNeeds(outcome.bundled, asked.get(name)) } : outcome,
    ]),
  );
}

/** Where the guest engine could have no text of a tool at all, what it imports of Node says more than what the bundler stumbled over. */
function withNeeds(bundled: BundledTool, { needs, fault }: Omit<NeedyTool, 'tool'> = { needs: [] }): BundledTool {
  if (fault === undefined) return { ...bundled, needs };
  const found = bundled.needs.length > 0 ? bundled.needs : [`it cannot be bundled for the sandbox: ${fault}`];
  return { ...bundled, needs: [...needs, ...found] };
}

/** Bundles each tool for the guest engine, with what it lacks. */
function bundleEach(project: ReadProject): Promise<ReadonlyMap<string, Outcome>> {
  return runApart(project, (part) => runBundler(part, withMarks(guestRun(part))));
}

/** All tools in one run, or one run for each where that fails. */
async function runApart(
  project: ReadProject,
  run: (part: ReadProject) => Promise<BundledTools>,
): Promise<ReadonlyMap<string, Outcome>> {
  const together = await run(project);
  if (together.diagnostics.length === 0 || project.tools.length === 1) return outcomesOf(project, together);
  const outcomes = new Map<string, Outcome>();
  for (const tool of project.tools) {
    const part = { ...project, tools: [tool] };
    for (const [name, outcome] of outcomesOf(part, await run(part))) outcomes.set(name, outcome);
  }
  return outcomes;
}

function outcomesOf({ tools }: ReadProject, { tools: made, diagnostics }: BundledTools): Map<string, Outcome> {
  return new Map(
    tools.map(({ name }) => {
      const bundled = made.get(name);
      return [name, bundled === undefined || diagnostics.length > 0 ? { faults: diagnostics } : { bundled }];
    }),
  );
}

/** What the tool itself asks for, or uses in the author's code. */
function needsOf({ globals = [], memoryBytes }: ReadTool): readonly string[] {
  const { componentMemoryBytes } = manifestMaxima;
  return [
    ...globals.map((name) => `its code uses "${name}", a global of ${isOfBun(name.toLowerCase()) ? 'Bun' : 'Node'}`),
    ...(memoryBytes > componentMemoryBytes
      ? [
          `it asks for ${Math.round(memoryBytes / mebibyte)} MiB of memory, and WebAssembly has at most ${Math.floor(componentMemoryBytes / mebibyte)} MiB`,
        ]
      : []),
  ];
}

/** What is wrong with a tool for either engine is said as for the guest engine: Bun takes everything that it takes. */
function joined(
  { tools }: ReadProject,
  guests: ReadonlyMap<string, Outcome>,
  buns: ReadonlyMap<string, Outcome>,
): BundledTools {
  const made = new Map<string, BundledTool>();
  const diagnostics = new Map<string, Diagnostic>();
  for (const { name } of tools) {
    const [guest, bun] = [guests.get(name), buns.get(name)];
    const outcome = bun ?? guest;
    if (outcome === undefined) continue;
    if ('bundled' in outcome) made.set(name, outcome.bundled);
    else {
      const faults = guest !== undefined && 'faults' in guest ? guest.faults : outcome.faults;
      for (const fault of faults) diagnostics.set(JSON.stringify(fault), fault);
    }
  }
  return { tools: diagnostics.size === 0 ? made : new Map(), diagnostics: sortDiagnostics([...diagnostics.values()]) };
}
