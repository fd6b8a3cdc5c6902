/** The variables of a pipeline: properties of its class, which have types, and the `variables` option, which has defaults. */
import { ts } from '../typescript.js';
import { documentationOfSymbol } from '../documentation.ts';
import { type OptionReader, jsonOf } from '../option-reader.ts';
import { reportDynamic } from '../option-problems.ts';
import type { ReadScope } from '../read-scope.ts';
import { deriveSchema } from '../schema/derive-schema.ts';
import { withDocKeywords } from '../schema/doc-keywords.ts';
import type { JsonSchema, JsonValue } from '../schema/json-schema.ts';
import { plainName, readStatic, unwrap } from '../static-value.ts';
import { valueFits } from '#wit/schema';
import { schemaOfValue } from './value-schema.ts';

/** A variable. */
export interface Variable {
  readonly name: string;
  readonly node: ts.Node;
  /** With its `default`, where it has one, and its own `$defs`. */
  readonly schema: JsonSchema;
  /** Whether it may be absent: it has no default, and its type does not ask for one. */
  readonly optional: boolean;
}

/** Reads the variables of a pipeline, by name, those of the class first. */
export function readVariables(declaration: ts.ClassDeclaration, options: OptionReader): ReadonlyMap<string, Variable> {
  const { scope } = options;
  const variables = new Map<string, Variable>();
  for (const member of declaration.members) {
    if (!ts.isPropertyDeclaration(member)) continue;
    const name = plainNameOf(member);
    if (name !== undefined) variables.set(name, typedVariable(name, member, scope));
  }
  for (const [name, { key, value }] of options.object('variables')?.entries ?? []) {
    const read = jsonOf(value);
    if ('dynamic' in read) reportDynamic(`the default of "${name}"`, read.dynamic, scope);
    else if (name === '__proto__')
      reportVariable(key, name, 'JavaScript itself uses the name', 'Give it another name', scope);
    else
      variables.set(name, withDefault(variables.get(name), { name, node: key, json: read.json as JsonValue }, scope));
  }
  return variables;
}

/** The public properties of an instance are variables; the rest of a class is nothing to a pipeline. */
function plainNameOf(member: ts.PropertyDeclaration): string | undefined {
  const hidden = ts.ModifierFlags.Static | ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if (ts.getCombinedModifierFlags(member) & hidden || ts.isPrivateIdentifier(member.name)) return undefined;
  return plainName(member.name);
}

function typedVariable(name: string, member: ts.PropertyDeclaration, scope: ReadScope): Variable {
  const { checker } = scope;
  const symbol = checker.getSymbolAtLocation(member.name);
  const optional = member.questionToken !== undefined;
  const type = checker.getTypeAtLocation(member);
  const present = optional ? checker.getNonNullableType(type) : type;
  const { schema } = deriveSchema(
    { type: present, direction: 'input', path: name, node: member.type ?? member.name },
    scope,
  );
  const said = symbol && documentationOfSymbol(symbol, checker);
  const described = said?.description ? { ...schema, description: said.description } : schema;
  const documented = withDocKeywords(
    { path: name, node: member.name, schema: described, definitions: new Map() },
    said?.tags ?? [],
    scope,
  );
  const variable = { name, node: member.name, schema: documented, optional };
  if (member.initializer === undefined) return variable;
  const typed = typedText(unwrap(member.initializer));
  const read = typed === undefined ? jsonOf(readStatic(member.initializer, checker)) : { json: typed };
  if (!('dynamic' in read))
    return withDefault(variable, { name, node: member.initializer, json: read.json as JsonValue }, scope);
  reportDynamic(`the default of "${name}"`, read.dynamic, scope);
  return variable;
}

/** The text by which a `bigint` or a `Date` travels, where the source spells it out: `12n`, `new Date('2026-01-31T08:00:00Z')`. */
function typedText(node: ts.Expression): string | undefined {
  if (ts.isBigIntLiteral(node)) return node.text.slice(0, -1);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    return ts.isBigIntLiteral(node.operand) ? String(-BigInt(node.operand.text.slice(0, -1))) : undefined;
  }
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'Date')
    return undefined;
  const [text, ...more] = node.arguments ?? [];
  return text !== undefined && more.length === 0 && ts.isStringLiteralLike(text) ? text.text : undefined;
}

function withDefault(
  variable: Variable | undefined,
  { name, node, json }: { readonly name: string; readonly node: ts.Node; readonly json: JsonValue },
  scope: ReadScope,
): Variable {
  if (variable === undefined) return { name, node, schema: { ...schemaOfValue(json), default: json }, optional: false };
  if (valueFits(json, variable.schema) === 'misfits')
    reportVariable(node, name, 'its default does not fit its type', 'Correct one of the two', scope);
  return { ...variable, schema: { ...variable.schema, default: json }, optional: false };
}

function reportVariable(node: ts.Node, name: string, state: string, remedy: string, scope: ReadScope): void {
  scope.report(node, { code: 'VARIABLE_INVALID', message: `Cannot use the variable "${name}": ${state}`, remedy });
}
