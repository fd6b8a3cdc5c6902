/** What `arc run` can call: a project, which is built in memory, or the file of a bundle. */
import { stat } from 'node:fs/promises';
import type { Manifest } from '#wit/manifest';
import type { Diagnostic } from '../check/diagnostic.ts';
import type { CommandContext } from './context.ts';
import { bundleNotFound, signatureMissing } from './errors.ts';
import { openBundle } from './open-bundle.ts';
import { stepTeller } from './say-step.ts';

/** A manifest with its files, and the components that are there already; or what is wrong with the source. */
export type RunnableSource =
  | {
      readonly kind: 'runnable';
      readonly manifest: Manifest;
      readonly files: ReadonlyMap<string, Uint8Array>;
      /** By tool name; the others are rebuilt when they are called. */
      readonly components: ReadonlyMap<string, Uint8Array>;
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[]; readonly directory: string };

/** Where it is. */
export interface SourceRequest {
  /** Absolute. */
  readonly path: string;
  /** As the user wrote it. */
  readonly shown: string;
  readonly allowUnsigned: boolean;
}

/** What is at a path. */
export interface FoundSource {
  readonly kind: 'project' | 'bundle';
  readonly path: string;
  readonly shown: string;
}

/**
 * Looks at what is at the path. The user's own source may run; of a file nobody knows who made it.
 * @throws {CodedError} `BUNDLE_NOT_FOUND`, `SIGNATURE_MISSING`.
 */
export async function findSource({ path, shown, allowUnsigned }: SourceRequest): Promise<FoundSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw bundleNotFound(shown);
  if (found.isDirectory() || /\.tsx?$/.test(path)) return { kind: 'project', path, shown };
  if (!allowUnsigned) throw signatureMissing(shown);
  return { kind: 'bundle', path, shown };
}

/** Opens what was found. @throws {CodedError} `BUNDLE_…`. */
export async function openSource({ kind, path, shown }: FoundSource, context: CommandContext): Promise<RunnableSource> {
  if (kind === 'project') return buildSource(path, context);
  context.progress.step('Verifying the bundle');
  const { manifest, files } = await openBundle({ path, shown, signal: context.signal });
  return { kind: 'runnable', manifest, files, components: new Map() };
}

async function buildSource(
  path: string,
  { cacheDirectory, signal, progress }: CommandContext,
): Promise<RunnableSource> {
  // The compiler is loaded only where it is needed: neither a bundle nor an unchanged project needs it.
  const { keepBuild, readKeptBuild } = await import('../pack/project-cache.ts');
  const kept = await readKeptBuild(path, cacheDirectory);
  if (kept !== undefined)
    return { kind: 'runnable', manifest: kept.manifest, files: kept.files, components: new Map() };
  const startedMs = Date.now();
  const { createBuilder } = await import('../build.ts');
  await using builder = createBuilder({ directory: path, cacheDirectory });
  const outcome = await builder.build({ signal, onStep: stepTeller(progress) });
  if (outcome.kind === 'refused')
    return { kind: 'refused', diagnostics: outcome.diagnostics, directory: outcome.project.directory };
  const { manifest, files, components } = outcome.bundle;
  await keepBuild(path, { ...outcome.bundle, startedMs }, cacheDirectory);
  return {
    kind: 'runnable',
    manifest,
    files,
    components: new Map([...components].map(([name, { component }]) => [name, component])),
  };
}
