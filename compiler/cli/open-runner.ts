/** The host of `arc run`, for one call of one tool. */
import { loadTemplate } from '#guest-engine';
import type { Host } from '#host';
import type { ToolRunner } from '#wit/interfaces';
import type { Manifest } from '#wit/manifest';
import { componentNotCallable, toolNotFound } from './errors.ts';
import type { CommandContext } from './context.ts';
import type { RunnableSource } from './runnable-source.ts';

/** Starts a host, and its worker, which boots beside what is done before the call. The caller disposes of it. */
export async function startHost({ cacheDirectory }: CommandContext): Promise<Host> {
  // Loaded only for a command that calls: the engine and the checks of schemas.
  const { createHost } = await import('#host');
  return createHost({ cacheDirectory, warm: true });
}

/**
 * Opens a runner that knows one tool; it ends with its host.
 * @throws {CodedError} `NOT_FOUND`, `COMPONENT_…`, `BUILD_FAILED`, `CANCELLED`.
 */
export async function openRunner(
  host: Host,
  source: Extract<RunnableSource, { kind: 'runnable' }>,
  tool: string,
  context: CommandContext,
): Promise<ToolRunner> {
  const component = await componentOf(source, tool, context);
  const components = new Map(component === undefined ? [] : [[tool, component]]);
  return host.load(source, { tools: [tool], components, signal: context.signal });
}

/** The component that the manifest names; none where the host has to make another one, since it has another template. */
async function componentOf(
  source: Extract<RunnableSource, { kind: 'runnable' }>,
  tool: string,
  { terminal, progress, cacheDirectory, signal }: CommandContext,
): Promise<Uint8Array | undefined> {
  const built = source.components.get(tool);
  if (built !== undefined) return built;
  const known = source.manifest.tools;
  const wanted = known.find(({ name }) => name === tool);
  if (wanted === undefined) {
    const kind = componentKind(tool, source.manifest);
    if (kind !== undefined) throw componentNotCallable(kind, tool);
    throw toolNotFound(
      tool,
      known.map(({ name }) => name),
    );
  }
  const embedded = wanted.component.path !== undefined;
  if (!embedded && source.manifest.template !== (await loadTemplate()).hash) {
    progress.clear();
    terminal.say('the bundle was made with another template; its tools are rebuilt on the one of this release');
    return undefined;
  }
  const { bundleComponent } = await import('../pack/bundle-component.ts');
  progress.step(`Building the component of ${tool}`);
  return (await bundleComponent(source, wanted, { cacheDirectory, signal })).component;
}

function componentKind(name: string, { agents, teams, pipelines }: Manifest): string | undefined {
  const lists = Object.entries({ agent: agents, team: teams, pipeline: pipelines });
  return lists.find(([, list]) => list?.some((component) => component.name === name))?.[0];
}
