/** What `arc run` can call: a project, which is built in memory, or the file of a bundle. */
import { stat } from 'node:fs/promises';
import type { Bundle } from '#wit/bundle';
import type { Manifest } from '#wit/manifest';
import type { Diagnostic } from '../check/diagnostic.ts';
import type { CommandContext } from './context.ts';
import { bundleNotFound, signatureMissing } from './errors.ts';
import { openBundle } from './open-bundle.ts';
import { stepTeller } from './say-step.ts';
import { openVerifiedFile, ringOfHome } from './verified-file.ts';

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

/** What is at a path: a project, or a bundle whose bytes have been verified. */
export type FoundSource =
  | { readonly kind: 'project'; readonly path: string }
  | { readonly kind: 'bundle'; readonly bundle: Bundle };

/**
 * Looks at what is at the path. The user's own source may run; a file needs a signature by a key in `$ARIA_HOME/trust`, or to be allowed without.
 * @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`.
 */
export async function findSource(
  { path, shown, allowUnsigned }: SourceRequest,
  { home, progress, signal }: CommandContext,
): Promise<FoundSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw bundleNotFound(shown);
  if (found.isDirectory() || /\.tsx?$/.test(path)) return { kind: 'project', path };
  progress.step('Verifying the bundle');
  if (allowUnsigned) return { kind: 'bundle', bundle: await openBundle({ path, shown, signal }) };
  const file = { path, shown, signal, missing: signatureMissing };
  const { bundle } = await openVerifiedFile(file, ringOfHome(home));
  return { kind: 'bundle', bundle };
}

/** Opens what was found. @throws {CodedError} what is wrong beside the source. */
export async function openSource(found: FoundSource, context: CommandContext): Promise<RunnableSource> {
  if (found.kind === 'project') return buildSource(found.path, context);
  const { manifest, files } = found.bundle;
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
