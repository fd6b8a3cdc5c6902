/** Homes with any number of installed bundles, whose tools look like tools and are never called. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '#host';
import { hashBytes, readBundle, writeBundle } from '#wit/bundle';
import type { ManifestTool } from '#wit/manifest';
import { type SecretKey, printBundleComment, sign } from '#wit/minisign';
import { openStores } from '../../firmware/open-stores.ts';
import { type ToolBundle, makeBundle } from '../../test/conformance/tool-bundle.ts';
import { benchConfig } from './start-host.ts';

/** How many of what. */
export interface BundleCount {
  readonly bundles: number;
  readonly toolsEach: number;
}

/** A bundle that is signed, as an upload brings it. */
export interface SignedArchive {
  readonly archive: Uint8Array;
  readonly signature: string;
}

const encoder = new TextEncoder();

/**
 * Installs and activates bundles by the stores of a host that does not run. Nothing is compiled: a start compiles nothing either, and a
 * thousand compilations take a minute.
 */
export async function installBundles(home: string, key: SecretKey, { bundles, toolsEach }: BundleCount): Promise<void> {
  const sample = await makeBundle([{ name: 'sample', body: 'return {};', tokens: ['kv:orders:rw'] }]);
  await using stack = new AsyncDisposableStack();
  const { store, trust } = openStores({
    config: await benchConfig(home),
    clock: systemClock,
    stack,
    quarantined: ({ name }, reason) => {
      throw new Error(`Cannot measure: "${name}" is quarantined: ${reason}`);
    },
  });
  for (let index = 0; index < bundles; index += 1) {
    const { archive, signature } = signArchive(key, manyTools(sample, index, toolsEach), {
      name: `kit-${index}`,
      sequence: 1,
    });
    const bundle = readBundle(archive);
    const trusted = trust.verify(archive, bundle, signature);
    await store.install(bundle, trusted, {
      allowDowngrade: false,
      commit(version) {
        const { manifest } = bundle;
        const upgrade = trust.gate({ version, manifest, active: undefined, keyName: trusted.keyName });
        if (upgrade !== undefined) throw new Error(`Cannot measure: ${upgrade.newTokens.join(', ')} wait`);
        store.activate(version.hash);
      },
    });
  }
}

/** Writes and signs a bundle. */
export function signArchive(
  key: SecretKey,
  { manifest, files }: Pick<ToolBundle, 'manifest' | 'files'>,
  { name, sequence }: { readonly name: string; readonly sequence: number },
): SignedArchive {
  const version = `1.0.${sequence}`;
  const archive = writeBundle({ manifest: { ...manifest, name, version }, files });
  const { manifestHash } = readBundle(archive);
  const trustedComment = printBundleComment({ bundle: name, version, manifestHash, sequence });
  return { archive, signature: sign({ message: archive, trustedComment }, key) };
}

/** A bundle whose one tool carries so many bytes beside its source that compress badly. */
export async function heavyBundle(bytes: number): Promise<ToolBundle> {
  const sourcesContent = [randomBytes(Math.floor((bytes * 3) / 4)).toString('base64')];
  return makeBundle([
    { name: 'heavy', body: 'return {};', sourceMap: { version: 3, sources: ['heavy.ts'], sourcesContent } },
  ]);
}

function manyTools(sample: ToolBundle, bundle: number, count: number): ToolBundle {
  const [like] = sample.manifest.tools;
  if (like === undefined) throw new Error('Cannot measure: the sample has no tool');
  const files = new Map<string, Uint8Array>();
  const tools = Array.from({ length: count }, (_none, index) => oneTool(like, files, `${bundle}x${index}`));
  return { ...sample, manifest: { ...sample.manifest, description: `Orders of shop ${bundle}`, tools }, files };
}

function oneTool(like: ManifestTool, files: Map<string, Uint8Array>, number: string): ManifestTool {
  const name = `totalOf${number}`;
  const place = (path: string, content: string): ManifestTool['inputSchema'] => {
    const bytes = encoder.encode(content);
    files.set(path, bytes);
    return { path, hash: hashBytes(bytes), size: bytes.length };
  };
  return {
    ...like,
    name,
    description: `Adds up the lines of an order, takes the discount of customer ${number} off, and keeps the total.`,
    tokens: [`kv:orders.n${number}:rw`],
    source: place(
      `source/${name}.js`,
      `exports.tool = { run: async (input) => ({ total: input.lines.length, n: "${number}" }) };\n`,
    ),
    sourceMap: place(`source/${name}.js.map`, JSON.stringify({ version: 3, sources: [`${name}.ts`], mappings: '' })),
    inputSchema: place(`schema/${name}.input.json`, JSON.stringify(inputSchema(number))),
    outputSchema: place(`schema/${name}.output.json`, JSON.stringify(outputSchema(number))),
  };
}

function inputSchema(number: string): object {
  const amount = { type: 'integer', minimum: 0, description: `In cents, of customer ${number}` };
  const currency = { enum: ['EUR', 'USD', 'CHF'] };
  const price = { type: 'object', properties: { amount, currency }, required: ['amount', 'currency'] };
  const text = { type: 'string', description: 'What was bought' };
  const line = { type: 'object', properties: { text, price }, required: ['text', 'price'] };
  const properties = { order: { type: 'string' }, lines: { type: 'array', items: line } };
  return { type: 'object', properties, required: ['order', 'lines'] };
}

function outputSchema(number: string): object {
  const properties = { total: { type: 'integer', description: `Of order ${number}` }, n: { type: 'string' } };
  return { type: 'object', properties, required: ['total', 'n'] };
}
