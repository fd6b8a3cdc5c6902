/** Puts a bundle together: a function of the project, its texts and its components, and of nothing else. */
import { importsOf } from '#guest-engine';
import { hashBytes, writeBundle } from '#wit/bundle';
import { type Manifest, type ManifestFile, type ManifestTool, abiVersion, manifestFormat } from '#wit/manifest';
import type { ReadProject, ReadTool } from '../read/project.ts';
import type { Placement } from './place-tool.ts';

/** A tool on its way into a bundle. */
export interface PackedTool {
  readonly tool: ReadTool;
  readonly source: string;
  readonly sourceMap: string;
  readonly placement: Placement;
  /** Absent where it runs in Bun alone. */
  readonly component?: { readonly hash: string; readonly size: number };
}

/** A bundle as bytes and as what is in them. */
export interface AssembledBundle {
  readonly manifest: Manifest;
  /** The files that the manifest names, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly archive: Uint8Array;
  /** BLAKE3 of the archive. */
  readonly hash: string;
}

/**
 * Assembles a bundle; components are not embedded, since every host rebuilds them.
 * @throws {CodedError} `BUNDLE_TOO_LARGE`, `BUNDLE_MANIFEST_INVALID`.
 */
export function assembleBundle(
  project: ReadProject,
  tools: readonly PackedTool[],
  templateHash: string,
): AssembledBundle {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, text: string): ManifestFile => {
    const bytes = new TextEncoder().encode(text);
    files.set(path, bytes);
    return { path, hash: hashBytes(bytes), size: bytes.length };
  };
  const manifest: Manifest = {
    format: manifestFormat,
    name: project.name,
    version: project.version,
    description: project.description,
    ...(project.author === undefined ? {} : { author: project.author }),
    ...(project.license === undefined ? {} : { license: project.license }),
    abi: abiVersion,
    template: templateHash,
    ...(Object.keys(project.dependencies).length === 0 ? {} : { dependencies: { ...project.dependencies } }),
    tools: tools.map((packed) => manifestTool(packed, add)),
    ...(project.agents.length === 0 ? {} : { agents: [...project.agents] }),
    ...(project.teams.length === 0 ? {} : { teams: [...project.teams] }),
    ...(project.pipelines.length === 0 ? {} : { pipelines: [...project.pipelines] }),
    ...(project.settings === undefined ? {} : { settings: project.settings }),
  };
  const archive = writeBundle({ manifest, files });
  return { manifest, files, archive, hash: hashBytes(archive) };
}

function manifestTool(
  { tool, source, sourceMap, placement, component }: PackedTool,
  add: (path: string, text: string) => ManifestFile,
): ManifestTool {
  const { name } = tool;
  return {
    name,
    description: tool.description,
    ...placement,
    ...(tool.trust === undefined ? {} : { trust: tool.trust }),
    ...(tool.resources === undefined ? {} : { resources: tool.resources }),
    tokens: [...tool.tokens],
    imports: importsOf(tool.tokens),
    timeoutMs: tool.timeoutMs,
    computeMs: tool.computeMs,
    memoryBytes: tool.memoryBytes,
    retryCount: tool.retryCount,
    ...(tool.type === undefined ? {} : { type: tool.type }),
    ...(tool.nlp === undefined ? {} : { nlp: tool.nlp }),
    ...(tool.effect === undefined ? {} : { effect: tool.effect }),
    ...(tool.cacheTtlMs === undefined ? {} : { cache: { ttlMs: tool.cacheTtlMs } }),
    source: add(`source/${name}.js`, source),
    sourceMap: add(`source/${name}.js.map`, sourceMap),
    inputSchema: add(`schema/${name}.input.json`, JSON.stringify(tool.inputSchema)),
    outputSchema: add(`schema/${name}.output.json`, JSON.stringify(tool.outputSchema)),
    ...(component === undefined ? {} : { component: { hash: component.hash, size: component.size } }),
  };
}
