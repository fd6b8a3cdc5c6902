/** `arc inspect`: what is in a bundle, after every hash of it has been verified. */
import { resolve } from 'node:path';
import { columns, printable, schemaText, sizeText, type Terminal } from '#terminal';
import { type Bundle, readBundle } from '#wit/bundle';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { ManifestFile, ManifestTool } from '#wit/manifest';
import { parseJson } from '#wit/values';
import type { ComponentCheck } from '../pack/bundle-component.ts';
import { componentTexts } from './component-text.ts';
import type { CommandContext } from './context.ts';
import { readBundleFile } from './open-bundle.ts';
import { type ShownSignature, readSignatureBeside, showSignature } from './signature-beside.ts';
import { ringOfHome } from './verified-file.ts';

export interface InspectOptions {
  readonly bundle: string;
  /** Whether components, which an archive only names by their hashes, are made and compared; default: yes. */
  readonly rebuild?: boolean;
  readonly json?: boolean;
}

/** How much of a hash identifies it to a person; `--json` has all of it. */
const hashCharacters = 16;

/** A bundle, and what is known of it. */
interface Inspected {
  readonly bundle: Bundle;
  readonly checks: Checks;
  /** Of the file beside it; absent where there is none. */
  readonly signature: ShownSignature | undefined;
}

/** Shows a bundle. @throws {CodedError} `BUNDLE_…` for one that does not verify, `SIGNATURE_…` where a signature beside it is wrong. */
export async function inspectCommand(
  { bundle: shown, rebuild = true, json }: InspectOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  const path = resolve(currentDirectory, shown);
  progress.step('Verifying the bundle');
  const archive = await readBundleFile({ path, shown, signal });
  const bundle = readBundle(archive);
  const signature = await signatureOf(archive, bundle, { path, shown, home: context.home });
  const checks = await checkComponents(bundle, rebuild, context);
  progress.clear();
  const inspected = { bundle, checks, signature };
  await terminal.write(json ? `${JSON.stringify(bundleJson(inspected))}\n` : bundleText(inspected, terminal));
  return exitCodes.done;
}

async function signatureOf(
  archive: Uint8Array,
  { manifest, manifestHash }: Bundle,
  { path, shown, home }: { readonly path: string; readonly shown: string; readonly home: string },
): Promise<ShownSignature | undefined> {
  const text = await readSignatureBeside(path, shown);
  if (text === undefined) return undefined;
  const { name, version } = manifest;
  return showSignature({ archive, bundle: { name, version, manifestHash }, text }, () => ringOfHome(home));
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
    const known = ({ component }: ManifestTool): ComponentCheck | 'not-rebuilt' => {
      if (component === undefined) return 'none';
      return component.path === undefined ? 'not-rebuilt' : 'embedded';
    };
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
  none: 'none: it runs in a container alone',
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

function bundleJson({ bundle, checks, signature }: Inspected): unknown {
  const { manifest, files, size, hash, manifestHash } = bundle;
  return {
    kind: 'done',
    size,
    hash,
    manifestHash,
    verified: { files: files.size, components: Object.fromEntries(checks) },
    signature: signature === undefined ? null : signatureJson(signature),
    manifest,
    schemas: Object.fromEntries(
      manifest.tools.map(({ name, inputSchema, outputSchema }) => [
        name,
        { input: schemaOf(files, inputSchema), output: schemaOf(files, outputSchema) },
      ]),
    ),
  };
}

function signatureJson({ keyId, key, sequence, trustedComment, unverified }: ShownSignature): unknown {
  return {
    keyId,
    key: key ?? null,
    sequence,
    trustedComment,
    verified: unverified === undefined,
    reason: unverified ?? null,
  };
}

/** Two lines: whose it is, and whether that is known. */
function signatureRows(signature: ShownSignature | undefined): Rows {
  if (signature === undefined) return [['signature', 'none']];
  const { keyId, key, sequence, unverified } = signature;
  const verdict = unverified === undefined ? 'verified' : `NOT VERIFIED: ${oneLine(unverified.state)}`;
  return [
    ['signature', `${keyId}${key === undefined ? '' : `, ${printable(key)}`}, sequence ${sequence}`],
    ['', verdict],
  ];
}

function bundleText({ bundle, checks, signature }: Inspected, terminal: Terminal): string {
  const { manifest, files, size, hash, manifestHash } = bundle;
  const bold = (text: string): string => terminal.paint('bold', text);
  const head = columns([
    ['bundle', `${sizeText(size)}, BLAKE3 ${short(hash)}`],
    ['manifest', `BLAKE3 ${short(manifestHash)}`],
    ['template', `BLAKE3 ${short(manifest.template)}, ABI ${manifest.abi}`],
    ...(manifest.author === undefined ? [] : [['author', printable(manifest.author)]]),
    ...(manifest.license === undefined ? [] : [['license', printable(manifest.license)]]),
    ...Object.entries(manifest.dependencies ?? {}).map(([name, range], index) => [
      index === 0 ? 'depends on' : '',
      printable(`${name} ${range}`),
    ]),
    ...signatureRows(signature),
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
    ...placementRows(tool),
    ...runningRows(tool),
    [
      'limits',
      `${tool.timeoutMs} ms, of them ${tool.computeMs} ms compute; ${sizeText(tool.memoryBytes)} memory; ${tool.retryCount} retries`,
    ],
    ['source', `${sizeText(source.size)}, BLAKE3 ${short(source.hash)}; map ${sizeText(sourceMap.size)}`],
    ['component', component ? `${sizeText(component.size)}, BLAKE3 ${short(component.hash)}; ${check}` : check],
  ];
  return [`${bold(name)}  ${oneLine(description)}`, ...columns(rows).map((row) => `  ${row}`)];
}

type Rows = readonly (readonly string[])[];

function runningRows({ type, nlp, effect, cache }: ManifestTool): Rows {
  return [
    ...(type === undefined ? [] : [['type', type]]),
    ...(nlp === undefined ? [] : [['asked as', oneLine(nlp)]]),
    ...(effect === undefined ? [] : [['effect', effect]]),
    ...(cache === undefined ? [] : [['cache', `${cache.ttlMs} ms`]]),
  ];
}

/** Texts of a bundle that may be anybody's. */
function placementRows({ engine, substrate, placement = [], trust, native, resources = {} }: ManifestTool): Rows {
  const where = substrate === 'container' ? 'a container' : 'WebAssembly';
  const alone = engine === 'bun' ? ', and nowhere else' : '';
  const { cpus, processes, temporaryBytes } = resources;
  const asked = [
    ...(cpus === undefined ? [] : [`${cpus} cores`]),
    ...(processes === undefined ? [] : [`${processes} processes`]),
    ...(temporaryBytes === undefined ? [] : [`${sizeText(temporaryBytes)} in /tmp`]),
  ];
  return [
    ['runs in', `${where}${alone}`],
    ...placement.map((reason, index) => [index === 0 ? 'because' : '', oneLine(reason)]),
    ...(trust === undefined ? [] : [['trust', trust]]),
    ...(native === undefined ? [] : [['native', 'it brings compiled code of the machine']]),
    ...(asked.length === 0 ? [] : [['container', asked.join(', ')]]),
  ];
}

function schemaOf(files: Bundle['files'], { path }: ManifestFile): unknown {
  const bytes = files.get(path);
  try {
    return bytes === undefined ? undefined : parseJson(new TextDecoder().decode(bytes));
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
