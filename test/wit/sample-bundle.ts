/** A small bundle with two tools, made afresh for each test that spoils it. */
import { type BundleContent, hashBytes } from '#wit/bundle';
import { type Manifest, type ManifestTool, abiVersion, manifestFormat, toolDefaults } from '#wit/manifest';

/** Text as bytes. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A tool's entry in the manifest, and its files. */
function sampleTool(name: string, files: Map<string, Uint8Array>, embedded: boolean): ManifestTool {
  const add = (path: string, bytes: Uint8Array) => {
    files.set(path, bytes);
    return { path, hash: hashBytes(bytes), size: bytes.length };
  };
  const component = utf8(`\0asm component of ${name}`);
  return {
    name,
    description: `Does ${name}`,
    engine: 'quickjs',
    substrate: 'wasm',
    tokens: ['kv:orders:rw', 'net:api.example.com:443'],
    imports: ['kv', 'log', 'net', 'timer'].map((part) => `aria:host/${part}@${abiVersion}`),
    timeoutMs: toolDefaults.timeoutMs,
    computeMs: toolDefaults.computeMs,
    memoryBytes: toolDefaults.memoryBytes,
    retryCount: 0,
    source: add(
      `source/${name}.js`,
      utf8(`exports.tool = { run: (input) => input, blobs: false }; // ${name} ${'=-'.repeat(200)}`),
    ),
    sourceMap: add(`source/${name}.js.map`, utf8('{"version":3,"sources":[],"mappings":""}')),
    inputSchema: add(`schema/${name}.input.json`, utf8('{"type":"object"}')),
    outputSchema: add(`schema/${name}.output.json`, utf8('{}')),
    component: embedded
      ? add(`component/${name}.wasm`, component)
      : { hash: hashBytes(component), size: component.length },
  };
}

/** The content of the sample; what a test changes in it is its own. */
export function sampleContent(): { manifest: Manifest; files: Map<string, Uint8Array> } & BundleContent {
  const files = new Map<string, Uint8Array>();
  const tools = [sampleTool('sumLines', files, false), sampleTool('wordCount', files, true)];
  const manifest: Manifest = {
    format: manifestFormat,
    name: 'invoice-kit',
    version: '0.2.0',
    description: 'Invoice helpers, größer',
    abi: abiVersion,
    template: hashBytes(utf8('template')),
    tools,
  };
  return { manifest, files };
}
