/**
 * What tools of one guest engine have in common, and what is a tool's own. Their core modules differ in the data, in the size of the
 * memory, and in what interfaces that they were not granted are called in their imports. So the data comes out of the module and into the
 * memory by hand, the memory's size out of its import, and imports are numbered: what is left is the same bytes for all of them, and
 * compiled once. Nothing here asks whose engine it is.
 */
import { pageBytes } from '../../limits.ts';
import { BinaryReader, leb } from '../binary-reader.ts';
import {
  type CoreModule,
  boundTables,
  concatenate,
  encodedName,
  memoryImport,
  section,
  sections,
  skipImportType,
} from '../core-module.ts';
import { type ImageMessage, type Segment, imageOf } from './memory-image.ts';

/** Where numbered imports come from. */
export const numberedImport = 'aria:import';

/** A core module without what is a tool's own. */
export interface DetachedModule {
  /** It imports its memory (`memoryImport`), of any size, and everything else by number. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Names that the component gives the imports, in the order of their numbers. */
  readonly imports: readonly (readonly [module: string, name: string])[];
  /** What its memory begins with. */
  readonly image: ImageMessage;
}

/** Modules with more than these are compiled as they are: the guest engine has 50 imports, a snapshot 400 segments; V8 takes 100,000. */
const importsMax = 1_024;
const segmentsMax = 100_000;

/** A memory is imported as it is given: what bounds it is how it was made. */
const anyMemory = [0x02, 0x00, 0x00] as const;

/**
 * Takes a module that defines a memory apart; `undefined` where its data is not plain: segments in the order of their places, at
 * constant ones, all inside the memory that it begins with. Such a module is compiled as it is, for each tool.
 * @throws {CodedError} `COMPONENT_INVALID` for tables over the limit.
 */
export function detach(module: CoreModule): DetachedModule | undefined {
  const reader = new BinaryReader(module.bytes);
  const parts: Uint8Array[] = [reader.take(8)];
  let imports: DetachedModule['imports'] = [];
  let segments: readonly Segment[] | undefined = [];
  let segmentsDeclared: number | undefined;
  let importsWritten = false;
  while (!reader.atEnd) {
    const { id, body, start } = reader.section();
    if (id === sections.custom || id === sections.memory) continue;
    if (!importsWritten && id > sections.type) {
      const numbered = numberImports(id === sections.import ? body : undefined);
      if (!numbered) return undefined;
      imports = numbered.names;
      parts.push(section(sections.import, numbered.content));
      importsWritten = true;
      if (id === sections.import) continue;
    }
    if (id === sections.data) segments = readSegments(body);
    else if (id === sections.dataCount) segmentsDeclared = body.u32();
    else if (id === sections.table) parts.push(section(id, boundTables(body)));
    else parts.push(module.bytes.subarray(start, body.end));
  }
  if (!importsWritten || !segments || segments.length !== (segmentsDeclared ?? segments.length)) return undefined;
  const image = imageOf(segments, (module.memoryPagesMin ?? 0) * pageBytes);
  return image && { code: concatenate(parts), imports, image };
}

/** Memories that are imported already would come before this one. */
function numberImports(
  body: BinaryReader | undefined,
): { readonly names: DetachedModule['imports']; readonly content: readonly number[] } | undefined {
  const count = body?.u32() ?? 0;
  if (count > importsMax) return undefined;
  const names: (readonly [string, string])[] = [];
  const content: number[] = [...leb(count + 1)];
  const space = encodedName(numberedImport);
  for (let index = 0; body && index < count; index += 1) {
    names.push([body.name(), body.name()]);
    const start = body.offset;
    if (body.bytes[start] === anyMemory[0]) return undefined;
    skipImportType(body);
    content.push(...space, ...encodedName(String(index)), ...body.bytes.subarray(start, body.offset));
  }
  content.push(...encodedName(memoryImport.module), ...encodedName(memoryImport.name), ...anyMemory);
  return { names, content };
}

const activeInMemory0 = 0x00;
const i32Const = 0x41;
const end = 0x0b;

function readSegments(body: BinaryReader): readonly Segment[] | undefined {
  const segments: Segment[] = [];
  const count = body.u32();
  if (count > segmentsMax) return undefined;
  for (let left = count; left > 0; left -= 1) {
    if (body.byte() !== activeInMemory0 || body.byte() !== i32Const) return undefined;
    const offset = readSigned(body) >>> 0;
    if (body.byte() !== end) return undefined;
    segments.push({ offset, bytes: body.take(body.u32()) });
  }
  return body.atEnd ? segments : undefined;
}

/** Signed LEB128 of 32 bits; the sign of a longer one does not matter to an offset. */
function readSigned(body: BinaryReader): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = body.byte();
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return shift < 28 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
  }
  return -1;
}
