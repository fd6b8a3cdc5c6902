/** `arc inspect`: what is in a bundle, after every hash of it has been verified. */
import { resolve } from 'node:path';
import { columns, printable, schemaText, sizeText, type Terminal } from '#terminal';
import type { Bundle } from '#wit/bundle';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { ManifestFile, ManifestTool } from '#wit/manifest';
import type { ComponentCheck } from '../pack/bundle-component.ts';
import { componentTexts } from './component-text.ts';
import type { CommandContext } from './context.ts';
import { openBundle } from './open-bundle.ts';

export interface InspectOptions {
  readonly bundle: string;
  /** Whether components, which an archive only names by their hashes, are made and compared; default: yes. */
  readonly rebuild?: boolean;
  readonly json?: boolean;
}

/** How much of a hash identifies it to a person; `--json` has all of it. */
const hashCharacters = 16;

/** Shows a bundle. @throws {CodedError} `BUNDLE_…` for one that does not verify. */
export async function inspectCommand(
  { bundle: shown, rebuild = true, json }: InspectOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  progress.step('Verifying the bundle');
  const bundle = await openBundle({ path: resolve(currentDirectory, shown), shown, signal });
  const checks = await checkComponents(bundle, rebuild, context);
  progress.clear();
  await terminal.write(json ? `${JSON.stringify(bundleJson(bundle, checks))}\n` : bundleText(bundle, checks, terminal));
  return exitCodes.done;
}

/** What is known of each component, by the name of its tool. */
type Checks = ReadonlyMap<string, ComponentCheck | 'not-rebuilt'>;

async function checkComponents(
  bundle: Bundle,
  rebuild: boolean,
  { progress, cacheDirectory, signal }: CommandContext,
): Promise<Checks> {
  const { tools } = bundle.manifest;
  if (!rebuild) {
    const known = ({ component }: ManifestTool) => (component.path === undefined ? 'not-rebuilt' : 'embedded');
    return new Map(tools.map((tool) => [tool.name, known(tool)]));
  }
  const { checkComponent } = await import('../pack/bundle-component.ts');
  const checks = new Map<string, ComponentCheck>();
  for (const [index, tool] of tools.entries()) {
    progress.step(`Verifying components, ${index + 1} of ${tools.length}: ${tool.name}`);
    checks.set(tool.name, await checkComponent(bundle, tool, { cacheDirectory, signal }));
  }
  return checks;
}

const checkTexts: Record<ComponentCheck | 'not-rebuilt', string> = {
  embedded: 'embedded and verified',
  verified: 'made of the source, and the same',
  'other-template': 'not compared: made by another template',
  'not-rebuilt': 'not compared: --no-rebuild',
};

/** What has been verified, and what has not. */
function verifiedTexts(files: number, checks: Checks): readonly string[] {
  const count = (check: ComponentCheck | 'not-rebuilt'): number =>
    [...checks.values()].filter((found) => found === check).length;
  const texts = (Object.keys(checkTexts) as (keyof typeof checkTexts)[])
    .filter((check) => count(check) > 0)
    .map((check) => `${count(check)} component${count(check) === 1 ? '' : 's'} ${checkTexts[check]}`);
  return [`${files + 1} entries: all sizes, checksums and hashes`, ...texts];
}

function bundleJson({ manifest, files, size, hash, manifestHash }: Bundle, checks: Checks): unknown {
  return {
    kind: 'done',
    size,
    hash,
    manifestHash,
    verified: { files: files.size, components: Object.fromEntries(checks) },
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

function bundleText({ manifest, files, size, hash, manifestHash }: Bundle, checks: Checks, terminal: Terminal): string {
  const bold = (text: string): string => terminal.paint('bold', text);
  const head = columns([
    ['bundle', `${sizeText(size)}, BLAKE3 ${short(hash)}`],
    ['manifest', `BLAKE3 ${short(manifestHash)}`],
    ['template', `BLAKE3 ${short(manifest.template)}, ABI ${manifest.abi}`],
    ...(manifest.author === undefined ? [] : [['author', printable(manifest.author)]]),
    ...(manifest.license === undefined ? [] : [['license', printable(manifest.license)]]),
    ['signature', 'none'],
    ...verifiedTexts(files.size, checks).map((text, index) => [index === 0 ? 'verified' : '', text]),
  ]);
  const tools = manifest.tools.flatMap((tool) => [
    '',
    ...toolText(tool, { files, check: checkTexts[checks.get(tool.name) ?? 'not-rebuilt'], bold }),
  ]);
  const title = `${bold(`${manifest.name} ${manifest.version}`)}${manifest.description === '' ? '' : `  ${oneLine(manifest.description)}`}`;
  return `${[title, ...head, ...tools, ...componentTexts(manifest, bold)].join('\n')}\n`;
}

interface ToolView {
  readonly files: Bundle['files'];
  /** What is known of the component. */
  readonly check: string;
  readonly bold: (text: string) => string;
}

function toolText(tool: ManifestTool, { files, check, bold }: ToolView): readonly string[] {
  const { name, description, tokens, imports, source, sourceMap, component } = tool;
  const rows = [
    ['input', schemaText(schemaOf(files, tool.inputSchema))],
    ['output', schemaText(schemaOf(files, tool.outputSchema))],
    ['tokens', tokens.length === 0 ? 'none' : tokens.join(' ')],
    ['imports', imports.join(' ')],
    ...runningRows(tool),
    [
      'limits',
      `${tool.timeoutMs} ms, of them ${tool.computeMs} ms compute; ${sizeText(tool.memoryBytes)} memory; ${tool.retryCount} retries`,
    ],
    ['source', `${sizeText(source.size)}, BLAKE3 ${short(source.hash)}; map ${sizeText(sourceMap.size)}`],
    ['component', `${sizeText(component.size)}, BLAKE3 ${short(component.hash)}; ${check}`],
  ];
  return [`${bold(name)}  ${oneLine(description)}`, ...columns(rows).map((row) => `  ${row}`)];
}

function runningRows({ type, nlp, effect, cache }: ManifestTool): readonly (readonly string[])[] {
  return [
    ...(type === undefined ? [] : [['type', type]]),
    ...(nlp === undefined ? [] : [['asked as', oneLine(nlp)]]),
    ...(effect === undefined ? [] : [['effect', effect]]),
    ...(cache === undefined ? [] : [['cache', `${cache.ttlMs} ms`]]),
  ];
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
