/** A project whose tools need containers, built by arc and called in them. */
import { randomBytes } from 'node:crypto';
import { type BuildOutcome, createBuilder } from '#compiler';
import { createOperations, createToolRunner } from '#host';
import type { ToolRunner } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import { noEngine, openEngine, usableBackends } from '../quilt-adapter/engine/engine-under-test.ts';

/** Leaving the scope ends its containers. */
export interface ContainerProject extends AsyncDisposable {
  readonly runner: ToolRunner;
  /** The tool of a file; undefined where there is none. */
  toolOf(file: string): ManifestTool | undefined;
}

/** Builds a folder and opens the first back end that works. */
export async function openContainerProject(directory: string, cacheDirectory: string): Promise<ContainerProject> {
  await using builder = createBuilder({ directory, cacheDirectory });
  const outcome: BuildOutcome = await builder.build();
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics, undefined, 2));
  const { manifest, files } = outcome.bundle;
  const usable = await usableBackends();
  const backend = (['crun', 'runc', 'bubblewrap'] as const).find((name) => usable.has(name)) ?? 'none';
  await using opened = new AsyncDisposableStack();
  const { engine } = opened.use(await openEngine({ backend }));
  const runner = opened.use(
    await createToolRunner({
      ...{ manifest, files, engine: noEngine },
      components: manifest.tools.map((tool) => {
        const source = files.get(tool.source.path) ?? new Uint8Array();
        return {
          tool: tool.name,
          component: { loaded: engine.load({ bundle: 'corpus', tenant: 'corpus', tool, source }) },
        };
      }),
      operations: createOperations(),
      random: () => new Uint8Array(randomBytes(32)),
    }),
  );
  const stack = opened.move();
  return {
    runner,
    toolOf(file) {
      const name = outcome.project.tools.find(({ origin }) => origin.file === file)?.name;
      return manifest.tools.find((tool) => tool.name === name);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
