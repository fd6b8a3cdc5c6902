/** The layers of a configuration, each key of each layer checked: a wrong value counts also where another layer overrides it. */
import { nearestName } from '#wit/tokens';
import type { ConfigDocument } from './config-file.ts';
import type { ConfigProblem } from './errors.ts';
import { type Form, type Surroundings, isTable, namePattern, nameExpected } from './forms.ts';
import { documentedPaths, families, familyMembersMax, settings, variableOf } from './settings.ts';

/** A value that a layer gives to a key. */
export interface LayerValue {
  readonly value: unknown;
  /** `FILE:LINE`, the name of a variable, or a flag. */
  readonly place: string;
}

/** What all layers so far come to, by dotted path with names: `trust.acme.tokens`. */
export interface Layers {
  readonly values: Map<string, LayerValue>;
  /** Names of members by family, in the order of their first mention. */
  readonly members: Map<string, Set<string>>;
  readonly problems: ConfigProblem[];
}

export function noLayers(): Layers {
  return { values: new Map(), members: new Map(), problems: [] };
}

const secretNames = /^(?:token|secret|password|passphrase|bearer|value)$/;
/** Tables of a bundle project's aria.toml, which is another file. */
const projectTables: ReadonlySet<string> = new Set(['project', 'tool', 'agent', 'team', 'pipeline', 'dependencies']);
const tables: ReadonlySet<string> = new Set(documentedPaths().map((path) => path.split('.')[0] ?? ''));

/** Lays a file over what is there. */
export function addDocument(layers: Layers, document: ConfigDocument, surroundings: Surroundings): void {
  const visit: Visit = {
    layers,
    surroundings,
    place: (path) => `${document.file}:${document.lines.of(path)}`,
  };
  for (const [table, content] of document.table) {
    if (!tables.has(table)) unknown(visit, [table]);
    else addTable(visit, [table], content);
  }
}

interface Visit {
  readonly layers: Layers;
  readonly surroundings: Surroundings;
  readonly place: (path: readonly string[]) => string;
}

function addTable(visit: Visit, path: readonly string[], content: unknown): void {
  const entries = entriesOf(content);
  if (entries === undefined) return wrong(visit, path, 'expected a table');
  const family = familyOf(path);
  for (const [key, value] of entries) {
    const at = [...path, key];
    const name = at.join('.');
    // `["a.b"]` is not `[a.b]`.
    const dotted = key.includes('.');
    if (family !== undefined) addMember(visit, at, value);
    else if (!dotted && formOf(name) !== undefined) addValue(visit, at, value);
    else if (!dotted && Object.hasOwn(families, name)) addTable(visit, at, value);
    else unknown(visit, at);
  }
}

function addMember(visit: Visit, path: readonly string[], content: unknown): void {
  const name = path.at(-1) ?? '';
  const family = path.slice(0, -1).join('.');
  if (!namePattern.test(name)) return wrong(visit, path, `expected a name of ${nameExpected}`);
  const entries = entriesOf(content);
  if (entries === undefined) return wrong(visit, path, 'expected a table');
  const members = visit.layers.members.get(family) ?? new Set();
  visit.layers.members.set(family, members.add(name));
  if (members.size > familyMembersMax) return wrong(visit, path, `there are more than ${familyMembersMax}`);
  for (const [key, value] of entries) {
    if (familyForm(family, key) === undefined) unknown(visit, [...path, key]);
    else addValue(visit, [...path, key], value);
  }
}

function addValue({ layers, surroundings, place }: Visit, path: readonly string[], value: unknown): void {
  lay(layers, { path, place: place(path) }, formAt(path)?.read(value, surroundings) ?? { state: 'unknown' });
}

function lay(
  { values, problems }: Layers,
  { path, place }: { readonly path: readonly string[]; readonly place: string },
  reading: ReturnType<Form<unknown>['read']>,
): void {
  const key = path.join('.');
  if ('value' in reading) values.set(pathKey(path), { value: reading.value, place });
  else problems.push({ place, key, state: `${key}: ${reading.state}`, remedy: `Correct the value of ${key}` });
}

/** A path as a key; names of members may hold dots, so that a dotted text would be ambiguous. */
export function pathKey(path: readonly string[]): string {
  return JSON.stringify(path);
}

function wrong({ layers, place }: Visit, path: readonly string[], state: string): void {
  const key = path.join('.');
  layers.problems.push({ place: place(path), key, state: `${key}: ${state}`, remedy: `Correct ${key}` });
}

function unknown({ layers, place }: Visit, path: readonly string[]): void {
  const key = path.join('.');
  layers.problems.push({ place: place(path), key, state: `unknown key "${key}"`, remedy: remedyOfUnknown(path) });
}

function remedyOfUnknown(path: readonly string[]): string {
  const [table = ''] = path;
  const last = path.at(-1) ?? '';
  if (table === 'access' && secretNames.test(last))
    return 'Remove it: a secret stands in a file of its own with mode 0600, which the configuration names';
  const suggestion = nearestPath(path);
  if (suggestion !== undefined) return `Did you mean "${suggestion}"?`;
  if (path.length === 1 && projectTables.has(table))
    return "Keep it in the aria.toml of the bundle's project: the host's own has other tables";
  const known = [...tables].sort().map((name) => `[${name}]`);
  return `Remove it; the tables are ${known.join(', ')}, their keys are in docs/deploy.md`;
}

/** The known path that was most likely meant: in the same table, else the same key in another one, else the nearest of all. */
function nearestPath(path: readonly string[]): string | undefined {
  const known = documentedPaths().map((one) => withNames(one, path));
  const table = path.slice(0, -1).join('.');
  const last = path.at(-1) ?? '';
  const beside = known.filter((one) => one.slice(0, one.lastIndexOf('.')) === table);
  const near = nearestName(
    last,
    beside.map((one) => one.slice(one.lastIndexOf('.') + 1)),
  );
  if (near !== undefined) return `${table}.${near}`;
  const longer = beside.find((one) => one.endsWith(`_${last}`));
  if (longer !== undefined) return longer;
  if (path.length === 1) {
    const nearTable = nearestName(last, [...tables]);
    if (nearTable !== undefined) return nearTable;
  }
  return known.find((one) => one.endsWith(`.${last}`)) ?? nearestName(path.join('.'), known);
}

/** A documented path with the name of this one in place of `NAME`. */
function withNames(documented: string, path: readonly string[]): string {
  const family = Object.keys(families).find((name) => documented.startsWith(`${name}.NAME.`));
  if (family === undefined) return documented;
  const name = path[family.split('.').length];
  return name === undefined || !path.join('.').startsWith(`${family}.`) ? documented : documented.replace('NAME', name);
}

function entriesOf(content: unknown): readonly (readonly [string, unknown])[] | undefined {
  return isTable(content) ? Object.entries(content) : undefined;
}

function familyOf(path: readonly string[]): string | undefined {
  const name = path.join('.');
  return Object.hasOwn(families, name) ? name : undefined;
}

function formOf(key: string): Form<unknown> | undefined {
  return Object.hasOwn(settings, key) ? settings[key as keyof typeof settings].form : undefined;
}

function familyForm(family: string, key: string): Form<unknown> | undefined {
  const keys: Readonly<Record<string, { readonly form: Form<unknown> }>> = families[family as keyof typeof families];
  return Object.hasOwn(keys, key) ? keys[key]?.form : undefined;
}

function formAt(path: readonly string[]): Form<unknown> | undefined {
  return formOf(path.join('.')) ?? familyForm(path.slice(0, -2).join('.'), path.at(-1) ?? '');
}

/** Lays the environment over what is there; an empty variable is none. */
export function addEnvironment(
  layers: Layers,
  environment: Readonly<Record<string, string | undefined>>,
  surroundings: Surroundings,
): void {
  const keys = new Map(Object.keys(settings).map((key) => [variableOf(key), key]));
  const prefixes = [...tables].map((table) => `${variableOf(table)}_`);
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || text === '' || !name.startsWith('ARIA_')) continue;
    const key = keys.get(name);
    if (key !== undefined) addText(layers, { key, text, place: name }, surroundings);
    else if (prefixes.some((prefix) => name.startsWith(prefix))) unknownVariable(layers, name, [...keys.keys()]);
  }
}

function unknownVariable({ problems }: Layers, name: string, known: readonly string[]): void {
  const near = nearestName(name, known);
  const remedy = near === undefined ? 'Unset it; the keys are in docs/deploy.md' : `Did you mean "${near}"?`;
  problems.push({ place: name, state: 'unknown variable', remedy });
}

/** Lays flags over what is there, by the key that each stands for. */
export function addFlags(
  layers: Layers,
  flags: Readonly<Record<string, string | undefined>>,
  surroundings: Surroundings,
): void {
  for (const [key, text] of Object.entries(flags)) {
    if (text === undefined) continue;
    const place = `flag for ${key}`;
    if (formOf(key) !== undefined) addText(layers, { key, text, place }, surroundings);
    else unknown({ layers, surroundings, place: () => place }, key.split('.'));
  }
}

function addText(
  layers: Layers,
  { key, text, place }: { readonly key: string; readonly text: string; readonly place: string },
  surroundings: Surroundings,
): void {
  const form = formOf(key);
  if (form !== undefined) lay(layers, { path: key.split('.'), place }, form.read(form.fromText(text), surroundings));
}
