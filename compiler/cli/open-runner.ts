/** The host of `arc run`, for one call of one tool. */
import { join } from 'node:path';
import { templateHashes } from '#guest-engine';
import type { EngineChoice, Host, HostOptions } from '#host';
import { CodedError } from '#wit/errors';
import type { ToolRunner } from '#wit/interfaces';
import type { Manifest, ManifestTool } from '#wit/manifest';
import { componentNotCallable, engineNotBuilt, toolNotFound } from './errors.ts';
import { componentMissing } from '../pack/errors.ts';
import type { CommandContext } from './context.ts';
import type { RunnableSource } from './runnable-source.ts';

/**
 * Starts a host, and what boots beside whatever is done before the call. The caller disposes of it.
 * @throws {CodedError} `UNAVAILABLE` where the engine that was asked for is not there.
 */
export async function startHost(
  choice: EngineChoice,
  { cacheDirectory, compiledDirectory, terminal }: CommandContext,
): Promise<Host> {
  // Loaded only for a command that calls: the engine and the checks of schemas.
  const { createHost, engineHere } = await import('#host');
  if (choice === 'wasmtime' && engineHere() !== 'wasmtime') throw engineNotBuilt();
  const native = choice !== 'v8' && engineHere() === 'wasmtime';
  const artifacts = native ? await openArtifacts(compiledDirectory, terminal) : undefined;
  return createHost({
    engine: choice,
    profile: 'command',
    cacheDirectory,
    warm: true,
    ...(artifacts && { artifacts }),
  });
}

/** Where compiled code is kept; without it the call takes longer, and runs all the same. */
async function openArtifacts(
  directory: string,
  terminal: CommandContext['terminal'],
): Promise<HostOptions['artifacts']> {
  try {
    const { openArtifactKey } = await import('#host');
    return { directory, key: await openArtifactKey(join(directory, 'key')) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    terminal.say(`compiled code is not kept: ${error.message}`);
    return undefined;
  }
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
  const { progress, cacheDirectory, signal } = context;
  await checkCallable(source, tool, context);
  const rebuild = async (wanted: ManifestTool): Promise<Uint8Array> => {
    const { bundleComponent } = await import('../pack/bundle-component.ts');
    progress.step(`Building the component of ${wanted.name}`);
    return (await bundleComponent(source, wanted, { cacheDirectory, signal })).component;
  };
  const { components } = source;
  progress.step(`Loading ${tool}`);
  return host.load(source, { tools: [tool], components, rebuild, signal });
}

/** Says what is wrong before anything is loaded, and that tools of another template are rebuilt. */
async function checkCallable(
  { manifest, components }: Extract<RunnableSource, { kind: 'runnable' }>,
  tool: string,
  { terminal, progress }: CommandContext,
): Promise<void> {
  const known = manifest.tools;
  const wanted = known.find(({ name }) => name === tool);
  if (wanted === undefined) {
    const kind = componentKind(tool, manifest);
    if (kind !== undefined) throw componentNotCallable(kind, tool);
    throw toolNotFound(
      tool,
      known.map(({ name }) => name),
    );
  }
  if (wanted.component === undefined) throw componentMissing(tool);
  if (wanted.substrate === 'container') {
    progress.clear();
    terminal.say(`${tool} is placed in a container on a host; here it runs in the sandbox`);
  }
  if (components.has(tool) || wanted.component.path !== undefined) return;
  if (manifest.template === templateHashes().template) return;
  progress.clear();
  terminal.say('the bundle was made with another template; its tools are rebuilt on the one of this release');
}

function componentKind(name: string, { agents, teams, pipelines }: Manifest): string | undefined {
  const lists = Object.entries({ agent: agents, team: teams, pipeline: pipelines });
  return lists.find(([, list]) => list?.some((component) => component.name === name))?.[0];
}
