/** `arc inspect`: what is in a bundle, after every hash of it has been verified. */
import { resolve } from 'node:path';
import type { Bundle } from '#wit/bundle';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { ManifestFile, ManifestTool } from '#wit/manifest';
import type { BundleComponent } from '../pack/bundle-component.ts';
import type { CommandContext } from './context.ts';
import { columns, printable, sizeText } from './format.ts';
import { openBundle } from './open-bundle.ts';
import { schemaText } from './schema-text.ts';
import type { Terminal } from './terminal.ts';

export interface InspectOptions {
  readonly bundle: string;
  /** Whether components, which an archive only names by their hashes, are made and compared. */
  readonly rebuild?: boolean;
  readonly json?: boolean;
}

/** How much of a hash identifies it to a person; `--json` has all of it. */
const hashCharacters = 16;

/** Shows a bundle. @throws {CodedError} `BUNDLE_…` for one that does not verify. */
export async function inspectCommand(
  { bundle: shown, rebuild, json }: InspectOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  progress.step('Verifying the bundle');
  const bundle = await openBundle({ path: resolve(currentDirectory, shown), shown, signal });
  const origins = rebuild ? await verifyComponents(bundle, context) : new Map();
  progress.clear();
  await terminal.write(
    json ? `${JSON.stringify(bundleJson(bundle, origins))}\n` : bundleText(bundle, origins, terminal),
  );
  return exitCodes.done;
}

/** What is known of each tool's component, by name. */
type Origins = ReadonlyMap<string, BundleComponent['origin']>;

/** Makes every component. Their top levels run in the guest engine, so it is only done when it is asked for. */
async function verifyComponents(
  bundle: Bundle,
  { progress, cacheDirectory, signal }: CommandContext,
): Promise<Origins> {
  const { bundleComponent } = await import('../pack/bundle-component.ts');
  const origins = new Map<string, BundleComponent['origin']>();
  for (const [index, tool] of bundle.manifest.tools.entries()) {
    progress.step(`Rebuilding components, ${index + 1} of ${bundle.manifest.tools.length}: ${tool.name}`);
    origins.set(tool.name, (await bundleComponent(bundle, tool, { cacheDirectory, signal })).origin);
  }
  return origins;
}

const originTexts: Record<BundleComponent['origin'], string> = {
  embedded: 'embedded',
  verified: 'rebuilt and verified',
  'other-template': 'rebuilt on another template, so not comparable',
};

function originText({ name, component }: ManifestTool, origins: Origins): string {
  const origin = origins.get(name);
  if (origin !== undefined) return originTexts[origin];
  return component.path === undefined ? 'rebuilt from the source when installed' : originTexts.embedded;
}

function bundleJson({ manifest, files, size, hash, manifestHash }: Bundle, origins: Origins): unknown {
  return {
    kind: 'done',
    size,
    hash,
    manifestHash,
    verified: { files: files.size, components: Object.fromEntries(origins) },
    signature: null,
    manifest,
    schemas: Object.fromEntries(
      manifest.tools.map(({ name, inputSchema, outputSchema }) => [
        name,
        { input: schemaOf(files, inputSchema), output: schemaOf(files, outputSchema) },
      ]),
    ),
  };
}

function bundleText(
  { manifest, files, size, hash, manifestHash }: Bundle,
  origins: Origins,
  terminal: Terminal,
): string {
  const bold = (text: string): string => terminal.paint('bold', text);
  const head = columns([
    ['bundle', `${sizeText(size)}, BLAKE3 ${short(hash)}`],
    ['manifest', `BLAKE3 ${short(manifestHash)}`],
    ['template', `BLAKE3 ${short(manifest.template)}, ABI ${manifest.abi}`],
    ...(manifest.author === undefined ? [] : [['author', printable(manifest.author)]]),
    ...(manifest.license === undefined ? [] : [['license', printable(manifest.license)]]),
    ['signature', 'none'],
    ['verified', `${files.size + 1} entries, all sizes, checksums and hashes`],
  ]);
  const tools = manifest.tools.flatMap((tool) => [
    '',
    ...toolText(tool, { files, origin: originText(tool, origins), bold }),
  ]);
  const title = `${bold(`${manifest.name} ${manifest.version}`)}${manifest.description === '' ? '' : `  ${oneLine(manifest.description)}`}`;
  return `${[title, ...head, ...tools].join('\n')}\n`;
}

interface ToolView {
  readonly files: Bundle['files'];
  /** What is known of the component. */
  readonly origin: string;
  readonly bold: (text: string) => string;
}

function toolText(tool: ManifestTool, { files, origin, bold }: ToolView): readonly string[] {
  const { name, description, tokens, imports, source, sourceMap, component } = tool;
  const rows = [
    ['input', schemaText(schemaOf(files, tool.inputSchema))],
    ['output', schemaText(schemaOf(files, tool.outputSchema))],
    ['tokens', tokens.length === 0 ? 'none' : tokens.join(' ')],
    ['imports', imports.join(' ')],
    [
      'limits',
      `${tool.timeoutMs} ms, of them ${tool.computeMs} ms compute; ${sizeText(tool.memoryBytes)} memory; ${tool.retryCount} retries`,
    ],
    ['source', `${sizeText(source.size)}, BLAKE3 ${short(source.hash)}; map ${sizeText(sourceMap.size)}`],
    ['component', `${sizeText(component.size)}, BLAKE3 ${short(component.hash)}; ${origin}`],
  ];
  return [`${bold(name)}  ${oneLine(description)}`, ...columns(rows).map((row) => `  ${row}`)];
}

function schemaOf(files: Bundle['files'], { path }: ManifestFile): unknown {
  const bytes = files.get(path);
  try {
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Its hash fits, so it is what was packed, whatever that is; a host refuses it when it installs the bundle.
    return undefined;
  }
}

function short(hash: string): string {
  return hash.slice(0, hashCharacters);
}

function oneLine(text: string): string {
  return printable(text.split(/\r?\n/, 1)[0] ?? '');
}
