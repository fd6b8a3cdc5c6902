/**
 * `npm run build:guest`: compiles the guest engine, makes the template, and writes both to `built/`. With `--check` nothing is
 * written: what would be is compared with what the repository holds. Without a C toolchain the engine of `built/` is taken, and the
 * check ends with 77: skipped in part.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { hashBytes } from '#wit/bundle';
import { abiVersion } from '#wit/manifest';
import { sharedEngine } from '../component/shared-engine.ts';
import { makeTemplate, packImage } from '../template.ts';
import { compileEngine } from './compile.ts';
import { makeImage, templateScript } from './image.ts';
import { findToolchain } from './toolchain.ts';

const built = fileURLToPath(new URL('../built', import.meta.url));

/** What the check or the build came to. */
export interface GuestBuildReport {
  /** What the engine could not be compiled for; it was then taken from the repository. */
  readonly missing: string | undefined;
  /** Files of `built/` that differ from what was made. */
  readonly stale: readonly string[];
  readonly record: Readonly<Record<string, unknown>>;
}

function readBuilt(name: string): Uint8Array | undefined {
  try {
    return zstdDecompressSync(readFileSync(join(built, `${name}.zst`)));
  } catch {
    return undefined;
  }
}

function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 24 },
  });
}

/** Where compiled engines are kept between runs: outside the checkout, so that fresh clones find them. */
function keepDirectory(): string {
  return (
    process.env['ARIA_BUILD_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aria', 'engine')
  );
}

/** Makes engine and template; writes them unless `check`. */
export async function buildGuest(check: boolean): Promise<GuestBuildReport> {
  const toolchain = findToolchain();
  const missing = 'missing' in toolchain ? toolchain.missing : undefined;
  const engine = 'missing' in toolchain ? readBuilt('engine.wasm') : await compileEngine(toolchain, keepDirectory());
  if (!engine)
    throw new Error(`Cannot build the guest engine: ${missing} is missing, and the repository holds no engine`);
  const script = await templateScript();
  const image = makeImage(engine, script);
  const parts = { 'engine.wasm': engine, 'template.image': packImage(image) };
  const template = makeTemplate(engine, image);
  const record = {
    abi: abiVersion,
    quickjs: '0.16.2',
    template: template.hash,
    sharedEngine: sharedEngine(template).hash,
    ...Object.fromEntries(
      Object.entries(parts).map(([name, bytes]) => [name, { hash: hashBytes(bytes), bytes: bytes.length }]),
    ),
    script: { bytes: script.length },
    image: {
      pages: image.length / 65_536,
      bytesNotZero: image.reduce((count, byte) => (byte === 0 ? count : count + 1), 0),
    },
  };
  const recordText = `${JSON.stringify(record, undefined, 2)}\n`;
  const stale = Object.entries(parts)
    .filter(([name, bytes]) => !equal(readBuilt(name), bytes))
    .map(([name]) => name);
  if (readText(join(built, 'record.json')) !== recordText) stale.push('record.json');
  if (!check && stale.length > 0) {
    mkdirSync(built, { recursive: true });
    for (const [name, bytes] of Object.entries(parts))
      if (stale.includes(name)) writeFileSync(join(built, `${name}.zst`), compress(bytes));
    writeFileSync(join(built, 'record.json'), recordText);
  }
  return { missing, stale, record };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function equal(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}

/** How a check says that its toolchain is absent: automake's convention. */
const skippedExitCode = 77;

// Not `import.meta.main`: under `bin/node.js` this is an imported module.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const { missing, stale, record } = await buildGuest(check);
  console.log(JSON.stringify(record, undefined, 2));
  if (check && stale.length > 0) {
    console.error(`Out of date: ${stale.join(', ')}. Run npm run build:guest`);
    process.exitCode = 1;
  } else if (missing !== undefined) {
    console.error(`the engine was not compiled, and taken from the repository: ${missing} is missing`);
    if (check) process.exitCode = skippedExitCode;
  }
}
