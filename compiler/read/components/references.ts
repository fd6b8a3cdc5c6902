/** The references in texts of a pipeline: `$variable.path`, `@step.output.path[0]`, `.result.path`. */
import { manifestMaxima } from '#wit/manifest';

/** A way into a value. */
export type ValuePath = readonly (string | number)[];

/** What a text of an input says. */
export type InputText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly path: ValuePath }
  | { readonly kind: 'step'; readonly step: string; readonly from: 'output' | 'result'; readonly path: ValuePath }
  | { readonly kind: 'malformed'; readonly state: string; readonly remedy: string };

const pathText = String.raw`((?:\.[A-Za-z_$][\w$-]*|\[\d{1,6}\]|\["(?:[^"\\]|\\.)*"\])*)`;
const variable = new RegExp(String.raw`^\$([A-Za-z_]\w*)${pathText}$`);
const step = new RegExp(String.raw`^@([A-Za-z][\w-]*)${pathText}$`);
const looksLikeReference = /^(?:\$[A-Za-z_]\w*[.[]|@[A-Za-z][\w-]*[.[])/;
const pathPart = /\.([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** A path has at most this many parts: the maximum of a manifest. */
const pathPartsMax = manifestMaxima.valueDepth;

/** Reads a text. `$$` and `@@` stand for the character itself; a text that only begins like a reference is a text. */
export function parseInputText(text: string): InputText {
  if (text.startsWith('$$') || text.startsWith('@@')) return { kind: 'text', text: text.slice(1) };
  const [, name, inVariable = ''] = variable.exec(text) ?? [];
  if (name !== undefined) return bounded({ kind: 'variable', name, path: parsePath(inVariable) });
  const [, id, inStep = ''] = step.exec(text) ?? [];
  if (id !== undefined) return bounded(stepReference(id, parsePath(inStep)));
  if (looksLikeReference.test(text))
    return {
      kind: 'malformed',
      state: 'it begins as a reference and goes on as something else',
      remedy: `Write a path such as .name or [0]; a text begins with ${text.slice(0, 1)}${text.slice(0, 1)}`,
    };
  return { kind: 'text', text };
}

function bounded(read: InputText): InputText {
  if (!('path' in read) || read.path.length <= pathPartsMax) return read;
  return { kind: 'malformed', state: `its path has more than ${pathPartsMax} parts`, remedy: 'Shorten the path' };
}

function stepReference(id: string, [from, ...path]: ValuePath): InputText {
  if (from === undefined || from === 'output') return { kind: 'step', step: id, from: 'output', path };
  if (from === 'result') return { kind: 'step', step: id, from: 'result', path };
  return {
    kind: 'malformed',
    state: `"${from}" is neither output nor result`,
    remedy: `Write @${id}.output${typeof from === 'number' ? `[${from}]` : `.${from}`}`,
  };
}

/** Reads where a named output comes from: `.` for the whole result, `.result.total` or `.total` for a part; `undefined` where it is none. */
export function parseOutputPath(text: string): ValuePath | undefined {
  if (text === '.' || text === '.result') return [];
  if (!new RegExp(`^${pathText}$`).test(text) || text === '') return undefined;
  const path = parsePath(text);
  const inResult = path[0] === 'result' ? path.slice(1) : path;
  return inResult.length <= pathPartsMax ? inResult : undefined;
}

function parsePath(text: string): ValuePath {
  return [...text.matchAll(pathPart)].map(([, name, place, quoted]) =>
    place !== undefined ? Number(place) : (name ?? String(JSON.parse(quoted ?? '""'))),
  );
}
