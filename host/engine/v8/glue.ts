/**
 * Glue: the JavaScript that jco writes around the core modules of a component, made once for all components of one wrapper. It depends
 * on everything but the code and the data of the guest, so tools of the same imports share it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentInvalid } from '../../errors.ts';
import type { ComponentParts } from '../component-binary.ts';
import { readCoreModule, shapeOf } from '../core-module.ts';

/** Raised when what this file makes of jco's text changes. */
const glueFormat = 3;
/** Wrappers that are kept in memory: one for each set of imports, and foreign components each their own. */
const knownMax = 64;
/** What jco copies out of the guest's memory goes through this function, which the worker gives: it knows how much a turn may have. */
const takeBytes = 'ariaTakeBytes';
const copies = /\bmemory(\d+)\.buffer\.slice\(/g;
const declaration = 'export function instantiate(';
/** jco's decoder replaces what is no text and swallows a byte order mark; the canonical ABI traps, and keeps it. */
const lenientDecoder = 'new TextDecoder();';
const strictDecoder = "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });";
const trailer = /export const _util = \{\s*\}\s*$/;

/** Glue of a wrapper. */
export interface Glue {
  /** SHA-256 of the wrapper, the version of jco and the form of this text. */
  readonly key: string;
  /** The body of a function that returns jco's `instantiate`, with the function that copies bytes as its first parameter. */
  readonly text: string;
  /** The names that the text asks core modules by, with the number of each in the component. */
  readonly modules: readonly (readonly [name: string, index: number])[];
}

/** Makes glue, and keeps it in memory and, where a directory is given, on disk. */
export class GlueCache {
  readonly #directory: string | undefined;
  readonly #known = new Map<string, Promise<Glue>>();

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** @throws {CodedError} `COMPONENT_INVALID` where jco refuses the component. */
  async glueOf(parts: ComponentParts): Promise<Glue> {
    const key = glueKey(parts, await transpilerVersion());
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.#make(key, parts);
    this.#known.set(key, made);
    // A failure is not kept: a full disk may have room later.
    made.catch(() => this.#known.delete(key));
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= knownMax) break;
      this.#known.delete(oldest);
    }
    return made;
  }

  async #make(key: string, parts: ComponentParts): Promise<Glue> {
    const stored = this.#directory === undefined ? undefined : await readStored(this.#directory, key);
    if (stored) return stored;
    const glue = await transpile(key, parts);
    if (this.#directory !== undefined) await store(this.#directory, glue);
    return glue;
  }
}

function glueKey(parts: ComponentParts, version: string): string {
  const hash = createHash('sha256').update(`${glueFormat}\n${version}\n`);
  const add = (bytes: Uint8Array): void => {
    hash.update(`${bytes.length}:`).update(bytes);
  };
  for (const part of parts.skeleton) {
    const module = typeof part === 'number' ? parts.coreModules[part] : undefined;
    if (typeof part !== 'number') add(part);
    else if (module === parts.main) for (const shape of shapeOf(readCoreModule(parts.main))) add(shape);
    else if (module) add(module);
  }
  return hash.digest('hex');
}

let version: Promise<string> | undefined;

function transpilerVersion(): Promise<string> {
  version ??= readTranspilerVersion().catch((error: unknown) => {
    version = undefined;
    throw error;
  });
  return version;
}

async function readTranspilerVersion(): Promise<string> {
  const module = import.meta.resolve('@bytecodealliance/jco-transpile/component');
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', module), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

async function transpile(key: string, parts: ComponentParts): Promise<Glue> {
  // Loaded only where glue is made: 3.5 MB of WebAssembly.
  const bindgen = await import('@bytecodealliance/jco-transpile/component');
  await bindgen.$init;
  let files: readonly (readonly [string, Uint8Array])[];
  try {
    const options = {
      name: 'tool',
      instantiation: { tag: 'sync' },
      noTypescript: true,
      noNodejsCompat: true,
      base64Cutoff: 0,
      strict: true,
      map: [],
    } as const;
    files = bindgen.generate(parts.bytes, { ...options, map: [] }).files;
  } catch (cause) {
    throw componentInvalid(`jco refuses it: ${refusalText(cause)}`, { cause });
  }
  const script = files.find(([name]) => name.endsWith('.js'))?.[1];
  if (!script) throw componentInvalid('jco made no glue of it');
  const modules = files
    .filter(([name]) => name.endsWith('.wasm'))
    .map(([name, bytes]) => [name, indexOfModule(parts, bytes)] as const);
  return { key, text: functionBody(new TextDecoder().decode(script)), modules };
}

function refusalText(cause: unknown): string {
  const text =
    typeof cause === 'object' && cause !== null && 'payload' in cause ? String(cause.payload) : String(cause);
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

function indexOfModule(parts: ComponentParts, bytes: Uint8Array): number {
  const index = parts.coreModules.findIndex(
    (module) => module.length === bytes.length && Buffer.compare(module, bytes) === 0,
  );
  if (index === -1) throw componentInvalid('jco rewrites one of its core modules');
  return index;
}

/** From jco's ES module to the body of a function, so that a worker evaluates it at once. */
function functionBody(script: string): string {
  const declared = script.replace(declaration, `return function instantiate(${takeBytes}, `);
  const body = declared
    .replace(trailer, '')
    .replace(copies, `${takeBytes}(memory$1.buffer, `)
    .replaceAll(lenientDecoder, strictDecoder);
  if (
    declared === script ||
    script.includes(takeBytes) ||
    /^\s*(import|export)\b|\.buffer\.slice\(|new TextDecoder\(\)/m.test(body)
  )
    throw componentInvalid('jco wrote glue of a form that this host does not know');
  return body;
}

/** File: the SHA-256 of the rest, a line; the names of modules as JSON, a line; the text. */
async function readStored(directory: string, key: string): Promise<Glue | undefined> {
  let content: string;
  try {
    content = await readFile(gluePath(directory, key), 'utf8');
  } catch {
    return undefined;
  }
  const lineEnd = content.indexOf('\n');
  const rest = content.slice(lineEnd + 1);
  if (content.slice(0, lineEnd) !== sha256(rest)) return undefined;
  const textStart = rest.indexOf('\n') + 1;
  return { key, modules: JSON.parse(rest.slice(0, textStart)) as Glue['modules'], text: rest.slice(textStart) };
}

/** Written aside and renamed, so that a reader never sees half a file. A disk that refuses costs only the next start its time. */
async function store(directory: string, glue: Glue): Promise<void> {
  const rest = `${JSON.stringify(glue.modules)}\n${glue.text}`;
  const path = gluePath(directory, glue.key);
  const aside = `${path}.${randomUUID()}`;
  try {
    // The text is run with all rights of the host: nobody else may write it.
    await mkdir(join(directory, 'glue'), { recursive: true, mode: 0o700 });
    await writeFile(aside, `${sha256(rest)}\n${rest}`, { mode: 0o600 });
    await rename(aside, path);
  } catch {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

function gluePath(directory: string, key: string): string {
  return join(directory, 'glue', `${key}.js`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
