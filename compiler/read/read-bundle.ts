/** Reads what a bundle says about itself: its @aria class, else aria.toml and package.json. */
import { checkBundleName, checkBundleVersion, checkDescription } from '../check/check-bundle.ts';
import type { FoundBundle } from './found-tool.ts';
import { type Located, type Metadata, metadataFields, readMetadata } from './project-config.ts';
import { type ProjectLocation, nameOfFile, projectPath } from './project-files.ts';
import type { ReadProject } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import type { TomlFile } from './toml-file.ts';

/** The facts of a bundle that are not in its tools. */
export type BundleFacts = Pick<ReadProject, 'name' | 'version' | 'description' | 'author' | 'license'>;

/** What the facts come from. */
export interface BundleSources {
  readonly location: ProjectLocation;
  readonly bundles: readonly FoundBundle[];
  readonly toml: TomlFile;
}

/** Reads and judges the facts; missing ones are reported, and empty. */
export function readBundle({ location, bundles, toml }: BundleSources, scope: ReadScope): BundleFacts {
  const [bundle, ...more] = bundles;
  for (const other of more) {
    const { file, line } = scope.place(bundle?.nameNode ?? other.nameNode);
    scope.report(other.nameNode, {
      code: 'ARIA_CLASS_DUPLICATE',
      message: `Cannot make one bundle of two: there is a class under @aria at ${file}:${line}`,
      remedy: 'Remove @aria from one of the two; @tool works in classes without it',
    });
  }
  const configured = location.singleFile === undefined ? readMetadata(location.directory, toml, scope.collector) : {};
  const said =
    bundle === undefined ? configuredMetadata(configured, location) : decoratedMetadata(bundle, configured, scope);
  reportMissing(said, { location, bundle }, scope);
  // Of a blank one it is said that it is missing.
  if (said.name?.text.trim()) checkBundleName(said.name, scope.collector);
  if (said.version?.text.trim()) checkBundleVersion(said.version, scope.collector);
  if (said.description) checkDescription('the bundle', said.description, scope.collector);
  return {
    name: said.name?.text ?? '',
    version: said.version?.text ?? '',
    description: said.description?.text ?? '',
    ...(said.author ? { author: said.author.text } : {}),
    ...(said.license ? { license: said.license.text } : {}),
  };
}

/** A decorator says all that is needed itself; who wrote it under which licence may be said once, in package.json. */
function decoratedMetadata(
  { read, documentation, nameNode }: FoundBundle,
  { author, license }: Metadata,
  scope: ReadScope,
): Metadata {
  const metadata: Metadata = { ...(author ? { author } : {}), ...(license ? { license } : {}) };
  for (const field of metadataFields) {
    const option = read.options[field];
    if (option !== undefined) metadata[field] = { text: option.value, place: scope.place(option.node) };
  }
  if (metadata.description === undefined && documentation !== '') {
    metadata.description = { text: documentation, place: scope.place(nameNode) };
  }
  return metadata;
}

/** A single file needs nothing around it: its own name is enough. */
function configuredMetadata(configured: Metadata, { directory, singleFile }: ProjectLocation): Metadata {
  if (singleFile === undefined) return configured;
  const fromFile = (text: string): Located => ({
    text,
    place: { file: projectPath(directory, singleFile), line: 1, column: 1 },
  });
  return { name: fromFile(nameOfFile(singleFile)), version: fromFile('0.0.0'), description: fromFile('') };
}

function reportMissing(
  said: Metadata,
  { location, bundle }: { readonly location: ProjectLocation; readonly bundle: FoundBundle | undefined },
  scope: ReadScope,
): void {
  for (const field of ['name', 'version', 'description'] as const) {
    const blank = said[field]?.text.trim() === '' && (location.singleFile === undefined || bundle !== undefined);
    const missing = said[field] === undefined && bundle?.read.given.has(field) !== true;
    if (!blank && !missing) continue;
    if (bundle === undefined) {
      scope.collector.report(said[field]?.place ?? { file: 'package.json', line: 1, column: 1 }, {
        code: 'PROJECT_UNNAMED',
        message: `Cannot make a bundle: nothing says its ${field}`,
        remedy: `Add "${field}" to package.json, or [project] ${field} to aria.toml, or put @aria({ name, version, description }) on a class`,
      });
    } else {
      scope.report(bundle.nameNode, {
        code: 'OPTION_MISSING',
        message: `Cannot make a bundle: @aria has no "${field}"`,
        remedy: `Add ${field}: '…'`,
      });
    }
  }
}
