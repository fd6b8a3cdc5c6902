/** Compares `parameters` of the options with the type of the input, and adds what they say of it beyond its type. */
import { nearestName } from '#wit/tokens';
import type { DeclaredParameter, Spelled } from '../decorator-options.ts';
import type { ReadScope } from '../read-scope.ts';
import { schemaFormats } from './doc-keywords.ts';
import type { JsonSchema } from './json-schema.ts';
import { isSchema, kindsOf } from './schema-types.ts';
import { checkTypeWords } from './type-words.ts';

/** The schema of the input with the descriptions and formats of `parameters`; what its type contradicts is reported. */
export function checkParameters(
  { value: parameters, node }: Spelled<readonly DeclaredParameter[]>,
  schema: JsonSchema,
  scope: ReadScope,
): JsonSchema {
  const words = new Map<string, Spelled<string>>();
  for (const { name, type } of parameters) {
    if (words.has(name.value)) reportTwice(name, scope);
    words.set(name.value, type === undefined ? { value: 'any', node: name.node } : type);
  }
  checkTypeWords({ option: 'parameters', declared: { value: words, node }, schema }, scope);
  const { properties, required } = schema;
  const known = new Map(isSchema(properties) ? Object.entries(properties) : []);
  const needed = new Set(Array.isArray(required) ? required : []);
  for (const parameter of parameters) {
    const { name } = parameter;
    const property = known.get(name.value);
    if (!isSchema(property)) continue;
    checkRequired(parameter, needed.has(name.value), scope);
    known.set(name.value, described(property, parameter, { root: schema, scope }));
  }
  return known.size === 0 ? schema : { ...schema, properties: Object.fromEntries(known) };
}

function reportTwice({ value, node }: Spelled<string>, scope: ReadScope): void {
  scope.report(node, {
    code: 'TYPE_CONTRADICTION',
    message: `Cannot use "parameters": "${value}" is there twice`,
    remedy: 'Remove one of the two',
  });
}

function checkRequired({ name, required }: DeclaredParameter, needed: boolean, scope: ReadScope): void {
  if (required === undefined || required.value === needed) return;
  scope.report(required.node, {
    code: 'TYPE_CONTRADICTION',
    message: `Cannot use "parameters": "${name.value}" is ${needed ? 'required' : 'optional'} by its type`,
    remedy: needed
      ? `Write required: true, or ${name.value}?: in the type`
      : `Write required: false, or remove the ? from ${name.value} in the type`,
  });
}

/** What the type's own comments say comes first. */
function described(
  property: JsonSchema,
  { name, description, format }: DeclaredParameter,
  { root, scope }: { readonly root: JsonSchema; readonly scope: ReadScope },
): JsonSchema {
  const text = property['description'] === undefined ? description?.value : undefined;
  const given = format === undefined ? undefined : formatOf(property, { name, format, root }, scope);
  return {
    ...property,
    ...(given === undefined ? {} : { format: given }),
    ...(text === undefined ? {} : { description: text }),
  };
}

/** The format to add, where it is one and the type has none. */
function formatOf(
  property: JsonSchema,
  {
    name,
    format,
    root,
  }: { readonly name: Spelled<string>; readonly format: Spelled<string>; readonly root: JsonSchema },
  scope: ReadScope,
): string | undefined {
  const known = schemaFormats.find((one) => one === format.value);
  if (known === undefined) {
    scope.report(format.node, {
      code: 'OPTION_TYPE_INVALID',
      message: `Cannot read "format": "${format.value}" is no format of JSON Schema`,
      remedy: `Write ${nearestName(format.value, schemaFormats) ?? `one of ${schemaFormats.join(', ')}`}`,
    });
    return undefined;
  }
  const { $defs } = root;
  const definitions = new Map(
    Object.entries(isSchema($defs) ? $defs : {}).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])),
  );
  const kinds = kindsOf(property, definitions);
  const own = property['format'];
  if (own === known || (kinds.has('date') && known === 'date-time')) return undefined;
  if (own === undefined && (kinds.has('string') || kinds.has('any'))) return known;
  scope.report(format.node, {
    code: 'TYPE_CONTRADICTION',
    message: `Cannot use "parameters": "${name.value}" is ${own === undefined ? [...kinds].join(' or ') : String(own)} by its type, and no ${known}`,
    remedy: 'Remove the format, or correct the type',
  });
  return undefined;
}
