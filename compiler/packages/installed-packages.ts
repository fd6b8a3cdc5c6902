/** The dependencies that are on this machine, as a reader of a project needs them: what they offer, and with which schemas. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, bundleMaxima, readBundle } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import { parseJson } from '#wit/values';
import type { JsonSchema } from '../read/schema/json-schema.ts';
import { isSchema } from '../read/schema/schema-types.ts';
import type { LockedBundle } from './lock-file.ts';

/** A tool that steps can call, of the project or of a dependency. */
export interface CallableTool {
  /** As it is referred to: a dependency's as `bundle/name`. */
  readonly name: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
}

/** A dependency as far as others can refer to it. */
export interface InstalledBundle {
  readonly name: string;
  readonly version: string;
  /** By their own names. */
  readonly tools: ReadonlyMap<string, CallableTool>;
  readonly agents: readonly string[];
}

/** Schemas that are larger are not compared, in bytes; arc's own are some KiB. */
const schemaBytesMax = 1024 * 1024;
/** Schemas that are nested deeper are not compared: what walks through them goes as deep. arc's own end at some 150. */
const schemaDepthMax = 400;

/** Where the archive of a hash is kept. */
export function archivePath(directory: string, hash: string): string {
  return join(directory, `${hash}.aria`);
}

/** Reads dependencies of a directory of archives, each once: what has a hash never changes. */
export class InstalledPackages {
  readonly #directory: string;
  readonly #known = new Map<string, InstalledBundle>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The dependency of a lock file; or why it cannot be used, as the rest of a sentence. */
  find({ name, version, hash, manifestHash }: LockedBundle): InstalledBundle | string {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const bundle = this.#read(hash);
    if (typeof bundle === 'string') return bundle;
    const { manifest } = bundle;
    if (manifest.name !== name || manifest.version !== version || bundle.manifestHash !== manifestHash)
      return 'aria.lock says something else of it than it does itself';
    const installed: InstalledBundle = {
      name,
      version,
      tools: new Map(
        manifest.tools.map((tool) => [
          tool.name,
          {
            name: `${name}/${tool.name}`,
            inputSchema: schemaOf(bundle.files.get(tool.inputSchema.path)),
            outputSchema: schemaOf(bundle.files.get(tool.outputSchema.path)),
          },
        ]),
      ),
      agents: (manifest.agents ?? []).map((agent) => agent.name),
    };
    this.#known.set(hash, installed);
    return installed;
  }

  #read(hash: string): Bundle | string {
    const path = archivePath(this.#directory, hash);
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return 'it is not on this machine';
      if (!found.isFile() || found.size > bundleMaxima.archiveBytes) return 'what is kept of it is no bundle';
      const bundle = readBundle(readFileSync(path));
      return bundle.hash === hash ? bundle : 'what is kept of it is corrupt';
    } catch (error) {
      return error instanceof CodedError ? 'what is kept of it is corrupt' : 'what is kept of it cannot be read';
    }
  }
}

/** The schema of a stranger's bundle; one that is none, or larger than any that arc writes, is anything. */
function schemaOf(bytes: Uint8Array | undefined): JsonSchema {
  if (bytes === undefined || bytes.length > schemaBytesMax) return {};
  try {
    const value = parseJson(new TextDecoder().decode(bytes));
    return isSchema(value as JsonSchema) && isShallow(value) ? (value as JsonSchema) : {};
  } catch {
    return {};
  }
}

function isShallow(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > schemaDepthMax) return false;
    level = level.flatMap((one): readonly unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return true;
}
