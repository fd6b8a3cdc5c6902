/** Bundles of tools in JavaScript, made without the compiler: manifest and files as arc writes them. */
import { importsOf, loadTemplate, rebuild } from '#guest-engine';
import { hashBytes } from '#wit/bundle';
import {
  type Manifest,
  type ManifestTool,
  abiVersion,
  manifestFormat,
  parseManifest,
  toolDefaults,
} from '#wit/manifest';

/** A tool. */
export interface ToolSample {
  readonly name: string;
  /** The body of an async function of `input` and `sdk`. */
  readonly body: string;
  readonly tokens?: readonly string[];
  /** JSON Schemas; anything where absent. */
  readonly input?: object | boolean;
  readonly output?: object | boolean;
  readonly sourceMap?: object;
  readonly timeoutMs?: number;
  readonly computeMs?: number;
  readonly memoryBytes?: number;
}

/** What a runner is made of. */
export interface ToolBundle {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly components: ReadonlyMap<string, Uint8Array>;
}

const encoder = new TextEncoder();

/** The source of a tool as arc writes it. */
export function sourceOf({ body }: Pick<ToolSample, 'body'>): string {
  return `const sdk = require("@aria/sdk");\nexports.tool = { blobs: true, run: async (input) => {\n${body}\n} };\n`;
}

/** Makes a bundle. */
export async function makeBundle(samples: readonly ToolSample[]): Promise<ToolBundle> {
  const template = await loadTemplate();
  const files = new Map<string, Uint8Array>();
  const components = new Map<string, Uint8Array>();
  const tools: ManifestTool[] = [];
  for (const sample of samples) {
    const { name, tokens = [], input = true, output = true, sourceMap = {}, ...limits } = sample;
    const place = (path: string, content: string): { path: string; hash: string; size: number } => {
      const bytes = encoder.encode(content);
      files.set(path, bytes);
      return { path, hash: hashBytes(bytes), size: bytes.length };
    };
    const memoryBytes = limits.memoryBytes ?? toolDefaults.memoryBytes;
    const source = sourceOf(sample);
    const { component, hash } = await rebuild({
      template,
      source,
      name,
      imports: importsOf(tokens),
      memoryBytesMax: memoryBytes,
    });
    components.set(name, component);
    tools.push({
      name,
      description: '',
      engine: 'quickjs',
      substrate: 'wasm',
      tokens: [...tokens],
      imports: importsOf(tokens),
      timeoutMs: limits.timeoutMs ?? toolDefaults.timeoutMs,
      computeMs: limits.computeMs ?? toolDefaults.computeMs,
      memoryBytes,
      retryCount: 0,
      source: place(`source/${name}.js`, source),
      sourceMap: place(`source/${name}.js.map`, JSON.stringify(sourceMap)),
      inputSchema: place(`schema/${name}.input.json`, JSON.stringify(input)),
      outputSchema: place(`schema/${name}.output.json`, JSON.stringify(output)),
      component: { hash, size: component.length },
    });
  }
  const manifest = parseManifest({
    format: manifestFormat,
    name: 'samples',
    version: '1.0.0',
    description: '',
    abi: abiVersion,
    template: template.hash,
    tools,
  });
  return { manifest, files, components };
}
