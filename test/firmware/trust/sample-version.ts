/** Versions of bundles for the gate, made of a few words. */
import { hashBytes } from '#wit/bundle';
import {
  type Manifest,
  type ManifestAgent,
  type ManifestTool,
  abiVersion,
  manifestFormat,
  orchestrationDefaults,
  toolDefaults,
} from '#wit/manifest';
import type { StoredVersion } from '../../../firmware/service/ports.ts';

const nothing = { path: 'x', hash: hashBytes(new Uint8Array()), size: 0 };

export function sampleTool(name: string, tokens: readonly string[], more: Partial<ManifestTool> = {}): ManifestTool {
  return {
    name,
    description: '',
    engine: 'quickjs',
    substrate: 'wasm',
    tokens: [...tokens],
    imports: [],
    timeoutMs: toolDefaults.timeoutMs,
    computeMs: toolDefaults.computeMs,
    memoryBytes: toolDefaults.memoryBytes,
    retryCount: 0,
    source: { ...nothing, path: `source/${name}.js` },
    sourceMap: { ...nothing, path: `source/${name}.js.map` },
    inputSchema: { ...nothing, path: `schema/${name}.input.json` },
    outputSchema: { ...nothing, path: `schema/${name}.output.json` },
    component: { hash: nothing.hash, size: 8 },
    ...more,
  };
}

export function sampleManifest(
  version: string,
  tools: readonly ManifestTool[],
  more: Partial<Manifest> = {},
): Manifest {
  return {
    format: manifestFormat,
    name: 'notes',
    version,
    description: '',
    abi: abiVersion,
    template: nothing.hash,
    tools: [...tools],
    ...more,
  };
}

/** An agent as the decorator makes one without options. */
export function sampleAgent(name: string, more: Partial<ManifestAgent> = {}): ManifestAgent {
  return {
    name,
    description: '',
    task: 'Help',
    tools: [],
    llm: { provider: 'openai', model: 'small' },
    maxCalls: orchestrationDefaults.maxCalls,
    timeoutMs: orchestrationDefaults.timeoutMs,
    memory: 'session',
    tokens: ['llm:openai:small'],
    ...more,
  };
}

export function storedVersion({ name, version }: Manifest, more: Partial<StoredVersion> = {}): StoredVersion {
  const hash = hashBytes(new TextEncoder().encode(`${name} ${version}`));
  return {
    name,
    version,
    hash,
    manifestHash: hash,
    archiveBytes: 100,
    sequence: 1,
    signature: undefined,
    keyId: undefined,
    installedAtMs: 0,
    ...more,
  };
}
