/** Bundles of tools that run in containers: as `makeBundle`, without components. */
import { importsOf, templateHashes } from '#guest-engine';
import { hashBytes } from '#wit/bundle';
import {
  type Manifest,
  type ManifestTool,
  abiVersion,
  manifestFormat,
  parseManifest,
  toolDefaults,
} from '#wit/manifest';
import { type ToolBundle, type ToolSample, sourceOf } from '../../conformance/tool-bundle.ts';

const encoder = new TextEncoder();

/** Makes a bundle. */
export function makeContainerBundle(
  samples: readonly ToolSample[],
  engine: 'quickjs' | 'bun',
): Pick<ToolBundle, 'files'> & { readonly manifest: Manifest } {
  const files = new Map<string, Uint8Array>();
  const place = (path: string, content: string): { path: string; hash: string; size: number } => {
    const bytes = encoder.encode(content);
    files.set(path, bytes);
    return { path, hash: hashBytes(bytes), size: bytes.length };
  };
  const tools = samples.map((sample): ManifestTool => {
    const { name, tokens = [], input = true, output = true, sourceMap = {}, ...limits } = sample;
    return {
      name,
      description: '',
      engine,
      substrate: 'container',
      placement: ['a test'],
      tokens: [...tokens],
      imports: importsOf(tokens),
      timeoutMs: limits.timeoutMs ?? toolDefaults.timeoutMs,
      computeMs: limits.computeMs ?? toolDefaults.computeMs,
      memoryBytes: limits.memoryBytes ?? toolDefaults.memoryBytes,
      retryCount: 0,
      source: place(`source/${name}.js`, sourceOf(sample)),
      sourceMap: place(`source/${name}.js.map`, JSON.stringify(sourceMap)),
      inputSchema: place(`schema/${name}.input.json`, JSON.stringify(input)),
      outputSchema: place(`schema/${name}.output.json`, JSON.stringify(output)),
      ...(engine === 'quickjs' && { component: { hash: hashBytes(encoder.encode(name)), size: 8 } }),
    };
  });
  const manifest = parseManifest({
    format: manifestFormat,
    name: 'samples',
    version: '1.0.0',
    description: '',
    abi: abiVersion,
    template: templateHashes().template,
    tools,
  });
  return { manifest, files };
}
