/** Compares `inputs` and `outputs` of the options, names and type words, with the types of the function. */
import { nearestName } from '#wit/tokens';
import type { Spelled } from '../decorator-options.ts';
import type { ReadScope } from '../read-scope.ts';
import type { JsonSchema } from './json-schema.ts';
import { type ValueKind, isSchema, kindsOf } from './schema-types.ts';

/** The words, and the kind of value that each stands for. */
const wordKinds = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  object: 'object',
  array: 'array',
  bytes: 'bytes',
  date: 'date',
  bigint: 'bigint',
  any: 'any',
} as const satisfies Record<string, ValueKind>;
const words = Object.keys(wordKinds);

/** What the options say of one side of a tool. */
export interface DeclaredWords {
  readonly option: 'inputs' | 'outputs' | 'parameters';
  readonly declared: Spelled<ReadonlyMap<string, Spelled<string>>>;
  readonly schema: JsonSchema;
}

/** Reports every name and word that the type contradicts. */
export function checkTypeWords({ option, declared, schema }: DeclaredWords, scope: ReadScope): void {
  const side = option === 'outputs' ? 'the output' : 'the input';
  const report = (node: Spelled<unknown>['node'], state: string, remedy: string): void =>
    scope.report(node, { code: 'TYPE_CONTRADICTION', message: `Cannot use "${option}": ${state}`, remedy });
  const { $defs, properties, required, additionalProperties } = schema;
  const definitions = new Map(
    Object.entries(isSchema($defs) ? $defs : {}).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])),
  );
  const open = isSchema(additionalProperties) || Object.keys(schema).length === 0;
  if (!isSchema(properties) && !open)
    return report(declared.node, `${side} has no properties`, `Remove "${option}", or make ${side} an object`);
  const known = new Map(isSchema(properties) ? Object.entries(properties) : []);
  for (const [name, { value: word, node }] of declared.value) {
    const property = known.get(name);
    if (!isWord(word)) report(node, `"${word}" is no type word`, remedyOfWord(word));
    else if (property === undefined && !open)
      report(node, `${side} has no property "${name}"`, remedyOfName(name, [...known.keys()]));
    else if (isSchema(property) && !agrees(word, kindsOf(property, definitions))) {
      report(
        node,
        `"${name}" is not ${word} but ${kindsText(kindsOf(property, definitions))} by its type`,
        `Remove "${option}", or correct one of the two`,
      );
    }
  }
  const missing = (Array.isArray(required) ? required : []).filter(
    (name) => typeof name === 'string' && !declared.value.has(name),
  );
  if (missing.length > 0)
    report(
      declared.node,
      `it lacks ${missing.map((name) => `"${String(name)}"`).join(', ')}, which the type requires`,
      `Add it, or remove "${option}"`,
    );
}

function isWord(word: string): word is keyof typeof wordKinds {
  return Object.hasOwn(wordKinds, word);
}

function agrees(word: keyof typeof wordKinds, kinds: ReadonlySet<ValueKind>): boolean {
  if (word === 'any' || kinds.has('any')) return true;
  return [...kinds].every(
    (kind) =>
      kind === 'null' || kind === wordKinds[word] || (word === 'string' && (kind === 'date' || kind === 'bigint')),
  );
}

function kindsText(kinds: ReadonlySet<ValueKind>): string {
  return [...kinds].join(' or ');
}

function remedyOfWord(word: string): string {
  const nearest = nearestName(word, words);
  return nearest === undefined ? `Write one of ${words.join(', ')}` : `Write ${nearest}`;
}

function remedyOfName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? 'Remove it, or add it to the type' : `Write ${nearest}`;
}
