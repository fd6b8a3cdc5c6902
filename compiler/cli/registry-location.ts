/** Which registry a command uses: that of the command line, else of the environment, else of aria.toml. */
import { resolve } from 'node:path';
import { openDirectoryRegistry } from '../packages/directory-registry.ts';
import { registryUnnamed } from '../packages/errors.ts';
import type { PackageRegistry } from '../packages/package-registry.ts';
import type { CommandContext } from './context.ts';

/** What may name a registry. */
export interface RegistryNames {
  /** `--registry`. */
  readonly option: string | undefined;
  /** `[registry] path` of aria.toml, and the directory that it is relative to. */
  readonly project: { readonly path: string | undefined; readonly directory: string };
}

/** Opens the registry. @throws {CodedError} `USAGE` where nothing names one. */
export function openRegistry(
  { option, project }: RegistryNames,
  { currentDirectory, registry }: Pick<CommandContext, 'currentDirectory' | 'registry'>,
): PackageRegistry {
  const named = option ?? registry;
  if (named !== undefined && named !== '') return openDirectoryRegistry(resolve(currentDirectory, named));
  if (project.path !== undefined) return openDirectoryRegistry(resolve(project.directory, project.path));
  throw registryUnnamed();
}
