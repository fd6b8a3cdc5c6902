/**
 * Takes the place of a project out of what esbuild writes. Packages may be installed in any directory above a project; in a
 * bundle they are always `node_modules/…`, so that the same source gives the same bytes everywhere.
 */
import { join } from 'node:path';
import type { ReadProject } from '../read/project.ts';
import { type LineShift, shiftMappings } from './mappings.ts';

/** What esbuild writes before the path of a module that `"browser": { "module": false }` leaves out. */
const leftOutMark = /^\(disabled\):/;

/** A path as esbuild names it, relative to the project, without the way up to a folder of packages. */
export function neutralPath(path: string): string {
  const packages = path.indexOf('node_modules/');
  const [leftOut = ''] = leftOutMark.exec(path) ?? [];
  return path.startsWith('../', leftOut.length) && packages >= 0 ? leftOut + path.slice(packages) : path;
}

/** Whether a path of esbuild is of a module that its package leaves out for browsers: nothing of it is in the text. */
export function isLeftOut(path: string): boolean {
  return leftOutMark.test(path);
}

/** Where modules are that are made here and are no files: those that hold compiled code. */
export const madeNamespace = 'aria-native';

/** Whether a path of esbuild is of such a module. */
export function isMade(path: string): boolean {
  return path.startsWith(`${madeNamespace}:`);
}

/** What esbuild wrote for one tool. */
export interface BundlerOutput {
  readonly text: string;
  readonly map: string;
  /** The paths of all modules in it. */
  readonly inputs: readonly string[];
}

/** A source map as the bundle holds it. */
interface SourceMapText {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** The text and the map with neutral paths, and with the sources as their author wrote them. */
export function neutralOutput(
  { text, map, inputs }: BundlerOutput,
  { directory, blanked }: ReadProject,
): { readonly source: string; readonly sourceMap: string } {
  const { sources, sourcesContent, names, mappings } = JSON.parse(map) as SourceMapText;
  const { source, shifts } = renameInputs(text, inputs);
  const neutral: SourceMapText = {
    version: 3,
    sources: sources.map(neutralPath),
    sourcesContent: sources.map(
      // The text of compiled code is in the source already, and no line of it is anybody's.
      (path, index) =>
        isMade(path) ? null : (blanked.get(join(directory, path))?.text ?? sourcesContent[index] ?? null),
    ),
    names,
    mappings: shiftLines(mappings, shifts),
  };
  return { source, sourceMap: JSON.stringify(neutral) };
}

/** What moved where a path became shorter, by the index of the line. */
type LineShifts = ReadonlyMap<number, LineShift>;

/** The comment before a module, and the key of a CommonJS module. */
const namingLine = /^(\/\/ | {2}")((?:\(disabled\):)?\.\.\/[^"\n]*)(|"\(.*)$/;

function renameInputs(
  text: string,
  inputs: readonly string[],
): { readonly source: string; readonly shifts: LineShifts } {
  const renamed = new Map(
    inputs.filter((input) => neutralPath(input) !== input).map((input) => [input, neutralPath(input)]),
  );
  const shifts = new Map<number, LineShift>();
  if (renamed.size === 0) return { source: text, shifts };
  const lines = text.split('\n').map((line, index) => {
    const [, before, path = '', after] = namingLine.exec(line) ?? [];
    const neutral = renamed.get(path);
    if (neutral === undefined) return line;
    shifts.set(index, { from: line.indexOf(path) + path.length, removed: path.length - neutral.length });
    return `${before}${neutral}${after}`;
  });
  return { source: lines.join('\n'), shifts };
}

function shiftLines(mappings: string, shifts: LineShifts): string {
  if (shifts.size === 0) return mappings;
  return mappings
    .split(';')
    .map((line, index) => {
      const shift = shifts.get(index);
      return shift === undefined ? line : shiftMappings(line, shift);
    })
    .join(';');
}
