/** Reads what a project says about itself outside its code: aria.toml and package.json, in this order of precedence. */
import { ts } from './typescript.js';
import { nearestName } from '#wit/tokens';
import type { DiagnosticCollector, Place } from '../check/diagnostic.ts';
import { readConfigText } from './config-text.ts';
import { type TomlFile, tableOf } from './toml-file.ts';

/** The facts of a bundle that are not in its tools. */
export const metadataFields = ['name', 'version', 'description', 'author', 'license'] as const;
export type MetadataField = (typeof metadataFields)[number];

/** A text with the place where it is written. */
export interface Located {
  readonly text: string;
  readonly place: Place;
}

/** Facts of a bundle, as far as they are said. */
export type Metadata = Partial<Record<MetadataField, Located>>;

const projectKeys = ['name', 'version', 'description', 'author', 'authors', 'license', 'repository'] as const;

/** A file of configuration and its text, for places. */
interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

/** Reads the metadata of a directory; what cannot be read is reported and left out. */
export function readMetadata(directory: string, toml: TomlFile, collector: DiagnosticCollector): Metadata {
  return { ...readPackage(directory, collector), ...readProjectTable(toml, collector) };
}

function readPackage(directory: string, collector: DiagnosticCollector): Metadata {
  const file = 'package.json';
  const text = readConfigText(directory, file, collector);
  if (text === undefined) return {};
  const config = { file, text };
  const parsed = parsePackage(config, collector);
  const metadata: Metadata = {};
  for (const field of metadataFields) {
    const value = parsed.get(field);
    const said = field === 'author' ? authorText(value) : value;
    if (typeof said !== 'string' || said === '') continue;
    const unscoped = field === 'name' ? said.replace(/^@[^/]*\//, '') : said;
    metadata[field] = { text: unscoped, place: placeOfKey(config, new RegExp(`^\\s*"${field}"\\s*:`, 'm')) };
  }
  return metadata;
}

function parsePackage(config: ConfigFile, collector: DiagnosticCollector): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(config.text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) collector.report(...notObject(config));
    return entriesOf(value);
  } catch {
    collector.report(...jsonProblem(config));
    return new Map();
  }
}

function notObject({ file }: ConfigFile): Parameters<DiagnosticCollector['report']> {
  return [
    { file, line: 1, column: 1 },
    {
      code: 'PROJECT_INVALID',
      message: `Cannot read "${file}": it is no object`,
      remedy: 'Write { "name": "…", "version": "…", "description": "…" }',
    },
  ];
}

/** What is wrong with a JSON file, and where: JSON.parse itself does not always say. */
function jsonProblem({ file, text }: ConfigFile): Parameters<DiagnosticCollector['report']> {
  const { error } = ts.parseConfigFileTextToJson(file, text);
  const before = text.slice(0, error?.start ?? 0);
  const state =
    error === undefined
      ? 'it is not valid JSON'
      : ts.flattenDiagnosticMessageText(error.messageText, ' ').replace(/\.$/, '');
  return [
    { file, line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') },
    { code: 'PROJECT_INVALID', message: `Cannot read "${file}": ${state}`, remedy: 'Correct the JSON' },
  ];
}

function readProjectTable(toml: TomlFile, collector: DiagnosticCollector): Metadata {
  const metadata: Metadata = {};
  for (const [key, value] of tableOf(toml.table.get('project'))) {
    const place = toml.place(['project', key]);
    const field = metadataFields.find((known) => known === (key === 'authors' ? 'author' : key));
    if (field !== undefined) {
      const text = Array.isArray(value) ? value.join(', ') : value;
      if (typeof text === 'string') metadata[field] = { text, place };
      else reportToml(collector, place, `"${key}" has to be a string`, `Write ${key} = "…"`);
    } else if (!projectKeys.some((known) => known === key)) {
      const nearest = nearestName(key, projectKeys);
      reportToml(
        collector,
        place,
        `[project] has no "${key}"`,
        nearest ? `Write ${nearest}` : `Remove it; [project] has ${projectKeys.join(', ')}`,
      );
    }
  }
  return metadata;
}

function reportToml(collector: DiagnosticCollector, place: Place, state: string, remedy: string): void {
  collector.report(place, { code: 'PROJECT_INVALID', message: `Cannot read "aria.toml": ${state}`, remedy });
}

function placeOfKey({ file, text }: ConfigFile, pattern: RegExp): Place {
  const match = pattern.exec(text);
  if (match === null) return { file, line: 1, column: 1 };
  const start = match.index + match[0].length - match[0].trimStart().length;
  const before = text.slice(0, start);
  return { file, line: before.split('\n').length, column: start - before.lastIndexOf('\n') };
}

function authorText(value: unknown): unknown {
  return typeof value === 'object' ? entriesOf(value).get('name') : value;
}

/** The entries of an object as a map, so that untrusted keys reach no prototype. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
}
