/**
 * From a tool's component to the shared engine and what is the tool's own. Only a component that `rebuild` could have made of this
 * template is split: its engine is the template's, byte for byte, and so is everything around it; nothing of the component is trusted.
 */
import type { Template } from '../template.ts';
import {
  ByteReader,
  type Section,
  readImports,
  readSections,
  sectionIds,
  skipSigned,
  writeSections,
} from './core-module.ts';
import { dataModule, sharedEngine, trapsOf } from './shared-engine.ts';
import { splitWrapperOf } from './split-wrapper.ts';
import { cutLargest, cutSections, splice, wrapperOf } from './wrapper.ts';

/** A component in two parts. */
export interface SplitComponent {
  /** The core module that the tool imports: the same bytes for all tools of a template. */
  readonly engine: Uint8Array;
  /** BLAKE3 of the engine. */
  readonly engineHash: string;
  /** A component that imports the core module `engine`, and otherwise what the whole one imports and exports. */
  readonly tool: Uint8Array;
}

/** What a component is split by. */
export interface SplitOptions {
  readonly template: Template;
  /** Where wrappers are kept between processes; nothing is kept without it. */
  readonly cacheDirectory?: string | undefined;
}

/** Splits a component; `undefined` where it is not one of this template, and has to be compiled whole. */
export async function split(
  component: Uint8Array,
  { template, cacheDirectory }: SplitOptions,
): Promise<SplitComponent | undefined> {
  const found = recognize(component, template);
  if (!found) return undefined;
  const { before, after, imports, memory, data } = found;
  const whole = await wrapperOf(template.sections, template.engineHash, imports, cacheDirectory);
  if (!equal(before, whole.before) || !equal(after, whole.after)) return undefined;
  const wrapper = await splitWrapperOf(template, imports, cacheDirectory);
  const module = dataModule({ memory, data }, trapsOf(template.sections, new Set(imports)));
  const engine = sharedEngine(template);
  return { engine: engine.bytes, engineHash: engine.hash, tool: splice(wrapper, module) };
}

interface Recognized {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** The instances that it imports, sorted. */
  readonly imports: readonly string[];
  readonly memory: Section;
  readonly data: Section;
}

/** Compares the largest core module with what `rebuild` makes of the template. */
function recognize(component: Uint8Array, template: Template): Recognized | undefined {
  try {
    const { before, after, core } = cutLargest(component);
    const sections = readSections(core);
    const memory = sections.find(({ id }) => id === sectionIds.memory);
    const data = sections.find(({ id }) => id === sectionIds.data);
    if (!memory || !data || !hasOneBoundedMemory(memory) || !hasActiveSegments(data)) return undefined;
    const known = new Set(readImports(template.sections).map(({ module }) => module));
    const granted = new Set(
      readImports(sections)
        .map(({ module }) => module)
        .filter((module) => known.has(module)),
    );
    const own = (section: Section): Section =>
      section.id === sectionIds.memory ? memory : section.id === sectionIds.data ? data : section;
    const expected = cutSections(template.sections, granted).filter(({ id }) => id !== sectionIds.custom);
    if (!equal(core, writeSections(expected.map(own)))) return undefined;
    return { before, after, imports: [...granted].sort(), memory, data };
  } catch (error) {
    // What cannot be read is not ours: bytes that end early, names that are no UTF-8.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** One memory, with a maximum. */
function hasOneBoundedMemory({ body }: Section): boolean {
  const reader = new ByteReader(body);
  if (reader.unsigned() !== 1 || reader.byte() !== 1) return false;
  return reader.unsigned() <= reader.unsigned() && reader.done;
}

/** Segments for memory 0 at constant offsets, and nothing else. */
function hasActiveSegments({ body }: Section): boolean {
  const reader = new ByteReader(body);
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    if (reader.byte() !== 0 || reader.byte() !== 0x41) return false;
    skipSigned(reader);
    if (reader.byte() !== 0x0b) return false;
    reader.bytes(reader.unsigned());
  }
  return reader.done;
}
