/** What agents, teams and pipelines have in common: their name, their description, and options that aria.toml may tune. */
import { isComponentName, manifestMaxima } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import type { Spelled } from '../decorator-options.ts';
import type { FoundComponent } from '../found-tool.ts';
import { OptionReader } from '../option-reader.ts';
import { reportDynamic, reportType } from '../option-problems.ts';
import type { ReadScope } from '../read-scope.ts';
import { readStatic } from '../static-value.ts';
import type { TunedTable } from '../tuning.ts';

/** A component as it was found, with its options. */
export interface OpenedComponent {
  readonly found: FoundComponent;
  readonly options: OptionReader;
  readonly name: string;
  readonly description: string;
}

/** Reads the options of a component as far as all have them. */
export function openComponent(found: FoundComponent, known: readonly string[], scope: ReadScope): OpenedComponent {
  const { kind, nameNode } = found;
  const value = found.options && readStatic(found.options, scope.checker);
  if (value?.kind === 'dynamic') reportDynamic(`the options of @${kind}`, value, scope);
  else if (value !== undefined && value.kind !== 'record')
    reportType(`the options of @${kind}`, value.node, { noun: 'an object', example: '{ … }' }, scope);
  const record = value?.kind === 'record' ? value : ({ kind: 'record', entries: new Map(), node: nameNode } as const);
  const options = new OptionReader(`@${kind}`, record, { known, scope });
  return { found, options, name: nameOf(found, options), description: descriptionOf(found, options) };
}

function nameOf({ kind, declaration, nameNode }: FoundComponent, options: OptionReader): string {
  const given = options.text('name', 256);
  const own = declaration.name?.text;
  const name = given ?? (own === undefined ? undefined : { value: kebab(own), node: nameNode });
  if (name === undefined) {
    if (!options.has('name')) options.missing('name', `'…'`);
    return '';
  }
  if (!isComponentName(name.value)) {
    const suggestion = name.value
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^[^A-Za-z]+|-+$/g, '')
      .slice(0, 64);
    options.scope.report(name.node, {
      code: 'NAME_INVALID',
      message: `Cannot call the ${kind} "${name.value}": a name is a letter, then letters, digits, _ or -, at most 64 characters`,
      remedy: suggestion === '' ? 'Write a name such as clerk' : `Write ${suggestion}`,
    });
  }
  return name.value;
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

function descriptionOf({ kind, documentation, nameNode }: FoundComponent, options: OptionReader): string {
  const given = options.text('description', manifestMaxima.descriptionCharacters);
  if (given !== undefined || options.has('description')) return given?.value ?? '';
  if (documentation === '')
    options.scope.report(nameNode, {
      code: 'DESCRIPTION_MISSING',
      message: `Cannot describe the ${kind}: it has neither a description nor a JSDoc comment`,
      remedy: 'Write /** what it does */ above it: models and people choose by this text',
    });
  return documentation.slice(0, manifestMaxima.descriptionCharacters);
}

/** Reports each component whose name another one has; names that only differ in case are one. */
export function checkComponentNames(components: readonly OpenedComponent[], scope: ReadScope): void {
  const seen = new Map<string, OpenedComponent>();
  for (const component of components) {
    const { found, name } = component;
    const before = seen.get(name.toLowerCase());
    if (name === '') continue;
    if (before === undefined) {
      seen.set(name.toLowerCase(), component);
      continue;
    }
    const { file, line } = scope.place(before.found.nameNode);
    scope.report(found.nameNode, {
      code: 'NAME_DUPLICATE',
      message: `Cannot call the ${found.kind} "${name}": the ${before.found.kind} at ${file}:${line} is called "${before.name}"`,
      remedy: 'Give one of the two another name',
    });
  }
}

/** The value of an option: that of the source or that of aria.toml, which may not contradict each other. */
export function tuned<Value extends string | number | boolean | readonly string[]>(
  option: Spelled<Value> | undefined,
  { table, key }: { readonly table: TunedTable | undefined; readonly key: string },
  scope: ReadScope,
): Value | undefined {
  const found = table?.values.get(key);
  if (found === undefined) return option?.value;
  if (option !== undefined && JSON.stringify(option.value) !== JSON.stringify(found.value)) {
    const { file, line } = scope.place(option.node);
    scope.collector.report(found.place, {
      code: 'TUNING_CONTRADICTION',
      message: `Cannot use "${key}": it is ${JSON.stringify(found.value)}, and ${JSON.stringify(option.value)} at ${file}:${line}`,
      remedy: 'Say it in one of the two places only',
    });
  }
  // The form of the key says of which kind its value is.
  return found.value as Value;
}

/** Reports what aria.toml tunes although the project does not have it. */
export function checkTunedNames(
  kind: string,
  tables: ReadonlyMap<string, TunedTable>,
  known: readonly string[],
  scope: ReadScope,
): void {
  for (const [name, { place }] of tables) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    scope.collector.report(place, {
      code: 'TUNING_UNKNOWN',
      message: `Cannot tune the ${kind} "${name}": the project has none of that name`,
      remedy: nearest === undefined ? 'Remove it' : `Write ${nearest}`,
    });
  }
}
