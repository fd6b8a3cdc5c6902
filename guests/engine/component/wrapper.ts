/**
 * The component around a tool's core module. It depends on the import set alone, so it is encoded once per set, with a core
 * module whose bodies are empty, kept, and the real one is spliced in.
 */
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
import { type Wrapper, keptWrapper } from './kept-wrapper.ts';

/** Where imports that the tool was not granted come from: an adapter inside the component, each of whose functions traps. */
const cutModule = 'cut';
/** Part of the key of a kept wrapper: another encoder may encode otherwise. */
const encoderVersion = 'jco-transpile 0.15 / wrapper 1';

/** Id of the section of a component that holds a core module. */
export const coreModuleSection = 1;

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
  const { before, after } = cutLargest(await componentNew(embedded, adapters));
  return { before: before.slice(), after: after.slice() };
}

/** A component without its largest core module, and that module. */
export interface CutComponent extends Wrapper {
  readonly core: Uint8Array;
}

/** Cuts the largest core module out of a component. @throws {RangeError} where it is cut short. */
export function cutLargest(component: Uint8Array): CutComponent {
  const reader = new ByteReader(component, 8);
  let largest = { start: 0, end: 0, size: 0 };
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    reader.bytes(size);
    if (id === coreModuleSection && size > largest.size) largest = { start, end: reader.at, size };
  }
  const { start, end, size } = largest;
  return {
    before: component.subarray(0, start),
    core: component.subarray(end - size, end),
    after: component.subarray(end),
  };
}

/** Puts a core module into the hole. */
export function splice({ before, after }: Wrapper, core: Uint8Array): Uint8Array {
  return concat([before, [coreModuleSection], unsigned(core.length), core, after]);
}

/**
 * The wrapper of an import set; kept in `directory` where one is given. A kept wrapper is used only if its hash, which is
 * in it, is right.
 */
export function wrapperOf(
  sections: readonly Section[],
  engineHash: string,
  imports: readonly string[],
  directory: string | undefined,
): Promise<Wrapper> {
  const identity = [encoderVersion, engineHash, imports];
  return keptWrapper(identity, directory, () => encode(sections, new Set(imports)));
}
