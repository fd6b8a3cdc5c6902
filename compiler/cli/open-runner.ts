/** Makes a host for one call of one tool. */
import { loadTemplate } from '#guest-engine';
import type { ToolRunner } from '#wit/interfaces';
import { toolNotFound } from './errors.ts';
import type { CommandContext } from './context.ts';
import type { RunnableSource } from './runnable-source.ts';

/**
 * Opens a runner that knows one tool; whoever disposes of it ends its host.
 * @throws {CodedError} `NOT_FOUND`, `COMPONENT_…`, `BUILD_FAILED`, `CANCELLED`.
 */
export async function openRunner(
  source: Extract<RunnableSource, { kind: 'runnable' }>,
  tool: string,
  context: CommandContext,
): Promise<ToolRunner> {
  const { cacheDirectory, signal } = context;
  const component = await componentOf(source, tool, context);
  // The host and its engine are loaded only once there is something to call.
  const { createHost } = await import('#host');
  const host = createHost({ cacheDirectory });
  try {
    const components = new Map(component === undefined ? [] : [[tool, component]]);
    const runner = await host.load(source, { tools: [tool], components, signal });
    return { run: (call, abort) => runner.run(call, abort), [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
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
  if (wanted === undefined)
    throw toolNotFound(
      tool,
      known.map(({ name }) => name),
    );
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
