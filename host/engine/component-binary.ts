/**
 * What the engine reads of a component before it runs anything: its core modules, its imports, its exports. Format:
 * component-model `Binary.md`. Nothing is checked here that jco or V8 checks; only what they do not: sizes, and that the world
 * is the one of a tool.
 */
import { componentLimits } from '../limits.ts';
import { componentInvalid } from '../errors.ts';
import { BinaryReader } from './binary-reader.ts';

/** Sections of a component. */
const sectionIds = { custom: 0, coreModule: 1, component: 4, instance: 5, import: 10, export: 11 } as const;
/** Sorts of an import or export. */
const sorts = { core: 0x00, instance: 0x05 } as const;

/** The instance that every tool exports, by the version of the ABI. */
export const toolInstance = 'aria:host/tool@0.1.0';
const importName = /^aria:host\/[a-z]+@0\.1\.0$/;

/** A component, read. */
export interface ComponentParts {
  readonly bytes: Uint8Array;
  /** In the order of the binary, those of nested components included: views of `bytes`. */
  readonly coreModules: readonly Uint8Array[];
  /** The largest core module: the guest with its snapshot. What is left is the wrapper, which tools of the same imports have in common. */
  readonly main: Uint8Array;
  /** Instances of `aria:host`, sorted. */
  readonly imports: readonly string[];
  /** The sections in order, without their lengths: bytes, or the number of a core module. */
  readonly skeleton: readonly (Uint8Array | number)[];
}

/** Reads a component. @throws {CodedError} `COMPONENT_INVALID`. */
export function readComponent(bytes: Uint8Array): ComponentParts {
  if (bytes.length > componentLimits.componentBytesMax) {
    throw componentInvalid(`it has ${bytes.length} bytes, of ${componentLimits.componentBytesMax} that it may have`);
  }
  const found: Found = { coreModules: [], imports: [], exports: [], skeleton: [], nestedInstances: 0 };
  readLevel(new BinaryReader(bytes), 0, found);
  const main = found.coreModules.reduce<Uint8Array | undefined>(
    (a, b) => (a && a.length >= b.length ? a : b),
    undefined,
  );
  if (!main) throw componentInvalid('it has no core module');
  const foreign = found.imports.find((name) => !importName.test(name));
  if (foreign !== undefined) throw componentInvalid(`it imports "${foreign}", which is no interface of aria:host`);
  if (!found.exports.includes(toolInstance)) throw componentInvalid(`it does not export "${toolInstance}"`);
  return { bytes, coreModules: found.coreModules, main, imports: found.imports.toSorted(), skeleton: found.skeleton };
}

interface Found {
  readonly coreModules: Uint8Array[];
  readonly imports: string[];
  readonly exports: string[];
  readonly skeleton: (Uint8Array | number)[];
  /** Instances that nested components make of others. */
  nestedInstances: number;
}

function readLevel(reader: BinaryReader, depth: number, found: Found): void {
  if (depth > componentLimits.componentDepthMax)
    throw componentInvalid(`components nest deeper than ${componentLimits.componentDepthMax}`);
  const preamble = reader.take(8);
  if (!isComponentPreamble(preamble)) throw componentInvalid('it does not begin as a component does');
  while (!reader.atEnd) {
    const { id, body } = reader.section();
    if (id === sectionIds.custom) continue;
    found.skeleton.push(Uint8Array.of(depth, id));
    if (id === sectionIds.coreModule) {
      found.skeleton.push(found.coreModules.length);
      found.coreModules.push(body.take(body.end - body.offset));
      if (found.coreModules.length > componentLimits.coreModulesMax) {
        throw componentInvalid(`it has more than ${componentLimits.coreModulesMax} core modules`);
      }
    } else if (id === sectionIds.component) {
      readLevel(body, depth + 1, found);
    } else {
      found.skeleton.push(body.bytes.subarray(body.offset, body.end));
      if (depth > 0 && id === sectionIds.instance) countInstances(body, found);
      if (depth === 0 && id === sectionIds.import) readImports(body, found.imports);
      if (depth === 0 && id === sectionIds.export) readExports(body, found.exports);
    }
  }
}

/** Components that each make two instances of the one before are 2^n instances to whoever lays them out. */
function countInstances(body: BinaryReader, found: Found): void {
  found.nestedInstances += body.u32();
  if (found.nestedInstances > componentLimits.nestedInstancesMax)
    throw componentInvalid(`its nested components make more than ${componentLimits.nestedInstancesMax} instances`);
}

function isComponentPreamble(bytes: Uint8Array): boolean {
  const expected = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
  return expected.every((byte, index) => bytes[index] === byte);
}

function readImports(body: BinaryReader, imports: string[]): void {
  const count = body.u32();
  for (let index = 0; index < count; index += 1) {
    const name = readExternName(body);
    if (body.byte() !== sorts.instance) throw componentInvalid(`it imports "${name}", which is no instance`);
    body.u32();
    imports.push(name);
    if (imports.length > componentLimits.importsMax)
      throw componentInvalid(`it has more than ${componentLimits.importsMax} imports`);
  }
}

function readExports(body: BinaryReader, exports: string[]): void {
  const count = body.u32();
  for (let index = 0; index < count; index += 1) {
    const name = readExternName(body);
    const sort = body.byte();
    if (sort === sorts.core) body.byte();
    body.u32();
    if (body.byte() === 0x01) throw componentInvalid(`it ascribes a type to its export "${name}"`);
    if (sort === sorts.instance) exports.push(name);
  }
}

/** Names with version suffixes (0x02) are a proposal that jco does not read either. */
function readExternName(body: BinaryReader): string {
  if (body.byte() > 0x01) throw componentInvalid('a name is of an unknown form');
  return body.name();
}
