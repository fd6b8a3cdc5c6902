/**
 * The component around a tool's core module. It depends on the import set alone, so it is encoded once per set, with a core
 * module whose bodies are empty, kept, and the real one is spliced in.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashBytes } from '#wit/bundle';
import { type InterfaceName, interfaceOrder, witText } from '#wit/host-package';
import {
  ByteReader,
  type FunctionImport,
  type Section,
  concat,
  importSection,
  readImports,
  readTypes,
  sectionIds,
  trappingModule,
  unsigned,
  withoutCode,
  writeSections,
} from './core-module.ts';

/** Where imports that the tool was not granted come from: an adapter inside the component, each of whose functions traps. */
const cutModule = 'cut';
/** Part of the key of a kept wrapper: another encoder may encode otherwise. */
const encoderVersion = 'jco-transpile 0.15 / wrapper 1';

/** A component with a hole where the core module goes. */
export interface Wrapper {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The engine's imports with those of other interfaces renamed to the adapter. */
function cutImports(
  imports: readonly FunctionImport[],
  granted: ReadonlySet<string>,
): { kept: FunctionImport[]; cut: FunctionImport[] } {
  const cut: FunctionImport[] = [];
  const kept = imports.map((found) => {
    if (granted.has(found.module)) return found;
    cut.push(found);
    return { module: cutModule, name: String(cut.length - 1), type: found.type };
  });
  return { kept, cut };
}

/** The engine's sections as the component of this import set needs them: only the names of imports differ. */
export function cutSections(sections: readonly Section[], granted: ReadonlySet<string>): Section[] {
  const { kept } = cutImports(readImports(sections), granted);
  return sections.map((section) => (section.id === sectionIds.import ? importSection(kept) : section));
}

function worldText(granted: ReadonlySet<string>): string {
  const interfaces = interfaceOrder.map((name) => witText(name).replace(/^package .*$/m, ''));
  const imports = interfaceOrder
    .filter((name) => granted.has(`aria:host/${name}@0.1.0`))
    .map((name: InterfaceName) => `  import ${name};\n`);
  return `package aria:host@0.1.0;\n${interfaces.join('\n')}\nworld granted {\n${imports.join('')}  export tool;\n}\n`;
}

async function encode(sections: readonly Section[], granted: ReadonlySet<string>): Promise<Wrapper> {
  // Loaded only where a wrapper is made: several modules, and 3 MB of WebAssembly.
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const types = readTypes(sections);
  const { cut } = cutImports(readImports(sections), granted);
  const binary = writeSections(withoutCode(cutSections(sections, granted)));
  const embedded = await componentEmbed({ binary, witSource: worldText(granted), world: 'granted' });
  const adapters: [string, Uint8Array][] =
    cut.length === 0
      ? []
      : [
          [
            cutModule,
            trappingModule(
              cut.map(({ type }) => {
                const found = types[type];
                if (!found) throw new RangeError(`Cannot cut an import of type ${type}`);
                return found;
              }),
            ),
          ],
        ];
  return split(await componentNew(embedded, adapters));
}

/** Cuts the largest core module out of a component. */
export function split(component: Uint8Array): Wrapper {
  const reader = new ByteReader(component, 8);
  let largest = { start: 0, end: 0, size: -1 };
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    reader.bytes(size);
    if (id === 1 && size > largest.size) largest = { start, end: reader.at, size };
  }
  return { before: component.slice(0, largest.start), after: component.slice(largest.end) };
}

/** Puts a core module into the hole. */
export function splice({ before, after }: Wrapper, core: Uint8Array): Uint8Array {
  return concat([before, [1], unsigned(core.length), core, after]);
}

const known = new Map<string, Promise<Wrapper>>();

/**
 * The wrapper of an import set; kept in `directory` where one is given. A kept wrapper is used only if its hash, which is
 * in its name, is right.
 */
export function wrapperOf(
  sections: readonly Section[],
  engineHash: string,
  imports: readonly string[],
  directory: string | undefined,
): Promise<Wrapper> {
  const key = hashBytes(new TextEncoder().encode(JSON.stringify([encoderVersion, engineHash, imports])));
  const found = known.get(key);
  if (found) return found;
  const made = keptWrapper(sections, key, new Set(imports), directory);
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

async function keptWrapper(
  sections: readonly Section[],
  key: string,
  granted: ReadonlySet<string>,
  directory: string | undefined,
): Promise<Wrapper> {
  if (directory === undefined) return encode(sections, granted);
  const file = join(directory, 'wrappers', key);
  const kept = await readFile(file).then(parse, () => undefined);
  if (kept) return kept;
  const made = await encode(sections, granted);
  await keep(file, made);
  return made;
}

/** Written aside and renamed, so that nobody reads half a file. A disk that refuses costs the next process its time, nothing else. */
async function keep(file: string, wrapper: Wrapper): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(partial, serialize(wrapper), { mode: 0o600, flag: 'wx' });
    await rename(partial, file);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

/** Hash (64 characters), length of the part before the hole (LEB128), the two parts. */
function serialize({ before, after }: Wrapper): Uint8Array {
  const content = concat([unsigned(before.length), before, after]);
  return concat([new TextEncoder().encode(hashBytes(content)), content]);
}

function parse(bytes: Uint8Array): Wrapper | undefined {
  const content = bytes.subarray(64);
  if (content.length === 0 || new TextDecoder().decode(bytes.subarray(0, 64)) !== hashBytes(content)) return undefined;
  const reader = new ByteReader(content);
  const before = reader.bytes(reader.unsigned());
  return { before, after: content.subarray(reader.at) };
}
