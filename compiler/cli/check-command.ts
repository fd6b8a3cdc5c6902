/** `arc check`: everything that is wrong with a project, without making anything. */
import { resolve } from 'node:path';
import { type ExitCode, exitCodes, wireError } from '#wit/errors';
import { type CheckOutcome, createBuilder } from '../build.ts';
import { hasErrors } from '../check/diagnostic.ts';
import { type Placement, placeTool } from '../pack/place-tool.ts';
import type { BuildTarget } from '../read/build-target.ts';
import { sayPlacement } from './build-command.ts';
import type { CommandContext } from './context.ts';
import { componentCounts } from './say-counts.ts';
import { countText } from '#terminal';
import { sayDiagnostics } from './say-diagnostics.ts';
import { stepTeller } from './say-step.ts';

export interface CheckOptions {
  readonly directory: string;
  /** What aria.toml says where absent, or `auto`. */
  readonly target?: BuildTarget;
  readonly json?: boolean;
}

/** Checks a project. @throws {CodedError} what is wrong beside the source. */
export async function checkCommand(
  { directory, target, json }: CheckOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, cacheDirectory, signal } = context;
  await using builder = createBuilder({ directory: resolve(currentDirectory, directory), cacheDirectory, target });
  const outcome = await builder.check({ signal, onStep: stepTeller(progress) });
  progress.clear();
  const { diagnostics, project } = outcome;
  sayDiagnostics(diagnostics, project.directory, context, Infinity);
  if (json) await terminal.write(`${JSON.stringify(checkedJson(outcome, directory))}\n`);
  const refused = hasErrors(diagnostics);
  const name = [project.name, project.version].filter((text) => text !== '').join(' ');
  const verdict = refused ? terminal.tint(['red', 'bold'], 'refused') : terminal.tint('green', 'checked');
  terminal.say(`${verdict} ${name}: ${componentCounts(project)}, ${foundText(outcome)}`);
  if (!refused) sayPlacement(placed(outcome), terminal);
  if (diagnostics.length > 0)
    terminal.say(`${terminal.tint('cyan', 'next:')} arc check --explain ${diagnostics[0]?.code ?? ''}`);
  return refused ? exitCodes.failed : exitCodes.done;
}

/** Where each tool is placed, as far as that shows before it is loaded. */
function placed({ project, bundled }: CheckOutcome): readonly (Placement & { readonly name: string })[] {
  return project.tools.flatMap((tool) => {
    const bundle = bundled.get(tool.name);
    return bundle === undefined ? [] : [{ name: tool.name, ...placeTool(tool, bundle, project.target) }];
  });
}

function foundText({ diagnostics }: CheckOutcome): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  if (diagnostics.length === 0) return 'nothing is wrong';
  return [countText(errors, 'error'), countText(warnings, 'warning')]
    .filter((text) => !text.startsWith('0 '))
    .join(', ');
}

function checkedJson(outcome: CheckOutcome, directory: string): unknown {
  const { project, diagnostics, bundled } = outcome;
  const placements = new Map(placed(outcome).map((placement) => [placement.name, placement]));
  const facts = {
    directory: project.directory,
    name: project.name,
    version: project.version,
    target: project.target,
    tools: project.tools.map(({ name, description, tokens, inputSchema, outputSchema, origin }) => ({
      name,
      description,
      tokens,
      inputSchema,
      outputSchema,
      file: origin.file,
      line: origin.line,
      column: origin.column,
      /** Bytes of its text with everything that it imports; `null` where it cannot be bundled. */
      size: sizeOf(bundled.get(name)?.source),
      placement: placementJson(placements.get(name)),
    })),
    agents: project.agents,
    teams: project.teams,
    pipelines: project.pipelines,
    diagnostics,
  };
  if (!hasErrors(diagnostics)) return { kind: 'done', ...facts };
  const message = `Cannot accept "${directory}": the source has errors`;
  return { kind: 'failed', error: wireError('BUILD_FAILED', { message }), ...facts };
}

/** `null` where it cannot be bundled. */
function placementJson(placement: Placement | undefined): object | null {
  if (placement === undefined) return null;
  const { engine, substrate, placement: reasons = [] } = placement;
  return { engine, substrate, reasons };
}

function sizeOf(text: string | undefined): number | null {
  return text === undefined ? null : Buffer.byteLength(text);
}
