/** Stacks of a guest in the author's own lines. */
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { sourcePrefix } from '#guest-engine';
import { agentPlace } from '#wit/turns';

/** Frames of QuickJS: `at name (source/tool.js:line:column)`, or without the name. */
const position = /(\(|at )source\/[^():]+\.js:(\d+)(?::(\d+))?/g;
/** Frames of the guest engine's template and of the agent in a container, which are no author's. */
const ownFrame = new RegExp(`(?:\\(|at )(?:template\\.js|[^():]*${agentPlace.replaceAll('.', String.raw`\.`)}):\\d`);
/** A stack longer than this is cut: a tool may write any text as its stack. */
const stackCharactersMax = 16_384;

/** Maps stacks, and log lines that show one; without a usable source map positions stay as they are. */
export type StackMapper = (text: string, of?: 'stack' | 'log') => string;

/** Reads a source map, the first time that a stack asks for it. */
export function createStackMapper(sourceMap: Uint8Array | undefined): StackMapper {
  let map: TraceMap | undefined | null = null;
  return (text, of = 'stack') => {
    if (of === 'log' && text.search(position) === -1) return text;
    if (map === null) map = readMap(sourceMap);
    const known = map;
    const cut = of === 'log' ? text : text.slice(0, stackCharactersMax).trimEnd();
    const lines = cut.split('\n').filter((line) => !ownFrame.test(line));
    const mapped = known ? lines.map((line) => mapLine(line, known)) : lines;
    // The module that arc puts before the author's is nobody's code.
    return mapped.filter((line) => !/^\s*at .*\(aria-entry:/.test(line)).join('\n');
  };
}

function readMap(sourceMap: Uint8Array | undefined): TraceMap | undefined {
  if (!sourceMap) return undefined;
  try {
    return new TraceMap(new TextDecoder().decode(sourceMap));
  } catch {
    return undefined;
  }
}

function mapLine(text: string, map: TraceMap): string {
  return text.replace(position, (whole: string, before: string, lineText: string, columnText: string | undefined) => {
    const line = Number(lineText);
    const column = Number(columnText ?? 1) - 1 - (line === 1 ? sourcePrefix.length : 0);
    if (column < 0) return whole;
    const original = originalPositionFor(map, { line, column });
    if (original.source === null || original.line === null) return whole;
    return `${before}${original.source}:${original.line}:${original.column + 1}`;
  });
}
