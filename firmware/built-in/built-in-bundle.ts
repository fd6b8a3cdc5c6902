/** Tools of the host itself as a bundle: components like others, with schemas and tokens, whose calls this process answers. */
import { hashBytes } from '#wit/bundle';
import type { ToolCall } from '#wit/interfaces';
import { type Manifest, type ManifestTool, abiVersion, manifestFormat, toolDefaults } from '#wit/manifest';
import type { ActiveBundle } from '../service/ports.ts';

/** A tool of the host. */
export interface BuiltInTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schemas 2020-12. */
  readonly inputSchema: object;
  readonly outputSchema: object;
  readonly tokens: readonly string[];
  readonly effect: NonNullable<ManifestTool['effect']>;
  readonly timeoutMs: number;
}

/** A bundle of the host. */
export interface BuiltInBundle {
  readonly active: ActiveBundle;
  readonly tools: readonly BuiltInTool[];
  /** A file of it. */
  file(path: string): Uint8Array | undefined;
  /** Answers a call. @throws {CodedError} what the call fails with. */
  run(call: ToolCall, signal: AbortSignal): Promise<unknown>;
}

/** Makes a bundle. `version`: the host's. */
export function builtInBundle(
  about: { readonly name: string; readonly version: string; readonly description: string },
  tools: readonly BuiltInTool[],
  run: BuiltInBundle['run'],
): BuiltInBundle {
  const files = new Map<string, Uint8Array>();
  const place = (path: string, content: string): ManifestTool['source'] => {
    const bytes = new TextEncoder().encode(content);
    files.set(path, bytes);
    return { path, hash: hashBytes(bytes), size: bytes.length };
  };
  const manifest: Manifest = {
    format: manifestFormat,
    ...about,
    abi: abiVersion,
    template: hashBytes(new Uint8Array()),
    tools: tools.map((tool) => manifestTool(tool, place)),
  };
  const hash = hashBytes(new TextEncoder().encode(JSON.stringify(manifest)));
  const provenance = { hash, manifestHash: hash, sequence: 0, installedAtMs: 0 };
  return {
    active: { hash, manifest, provenance, thirdParty: false },
    tools,
    file: (path) => files.get(path),
    run,
  };
}

function manifestTool(
  tool: BuiltInTool,
  place: (path: string, content: string) => ManifestTool['source'],
): ManifestTool {
  const { name, description, tokens, effect, timeoutMs, inputSchema, outputSchema } = tool;
  return {
    ...{ name, description, tokens: [...tokens], effect, timeoutMs },
    engine: 'bun',
    substrate: 'container',
    imports: [],
    computeMs: toolDefaults.computeMs,
    memoryBytes: toolDefaults.memoryBytes,
    retryCount: 0,
    source: place(`source/${name}.js`, ''),
    sourceMap: place(`source/${name}.js.map`, '{}'),
    inputSchema: place(`schema/${name}.input.json`, JSON.stringify(inputSchema)),
    outputSchema: place(`schema/${name}.output.json`, JSON.stringify(outputSchema)),
  };
}
