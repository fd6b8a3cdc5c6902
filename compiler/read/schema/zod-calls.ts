/**
 * What a chain of zod's calls says beyond its type, read from the syntax: `z.string().min(3).describe('…')`. Nothing is executed; what
 * is not known here says nothing, and the type alone decides.
 */
import { ts } from '../typescript.js';
import { readStatic, unwrap } from '../static-value.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { type Said, type SaidKind, nothingSaid } from './said-keywords.ts';
import { formatsOfZod, isOfZod, jsonOf, numbersOfZod, patternOf } from './zod-words.ts';

/** Constants may refer to constants this deep. */
const depthMax = 32;

/** Which side of a schema is read: what it takes, or what it gives. */
export type SchemaSide = 'input' | 'output';

/** Reads a schema's expression. */
export function readZod(expression: ts.Expression, side: SchemaSide, checker: ts.TypeChecker): Said {
  return new ZodReader(side, checker).read(expression, 0);
}

class ZodReader {
  readonly #side: SchemaSide;
  readonly #checker: ts.TypeChecker;

  constructor(side: SchemaSide, checker: ts.TypeChecker) {
    this.#side = side;
    this.#checker = checker;
  }

  read(expression: ts.Expression, depth: number): Said {
    if (depth > depthMax) return nothingSaid;
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) return this.#constant(node, depth);
    if (ts.isPropertyAccessExpression(node)) return this.#property(node, depth);
    if (!ts.isCallExpression(node)) return nothingSaid;
    const call = { arguments: node.arguments, depth: depth + 1 };
    const { expression: callee } = node;
    const made = this.#madeBy(callee);
    if (made !== undefined) return this.#made(made, call);
    if (!ts.isPropertyAccessExpression(callee)) return nothingSaid;
    return this.#refined(this.read(callee.expression, depth + 1), callee.name.text, call);
  }

  /** What the constant that a name refers to was made by. */
  #constant(node: ts.Identifier, depth: number): Said {
    const initializer = this.#initializer(node);
    return initializer === undefined ? nothingSaid : this.read(initializer, depth + 1);
  }

  /** What a constant is made by. */
  #initializer(node: ts.Identifier): ts.Expression | undefined {
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? this.#checker.getShorthandAssignmentValueSymbol(node.parent)
      : this.#checker.getSymbolAtLocation(node);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target?.valueDeclaration;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    return ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const ? declaration.initializer : undefined;
  }

  /** `Order.shape.id` is the schema of a property. */
  #property({ expression, name }: ts.PropertyAccessExpression, depth: number): Said {
    const holder = unwrap(expression);
    if (ts.isPropertyAccessExpression(holder) && holder.name.text === 'shape')
      return this.read(holder.expression, depth + 1).properties?.get(name.text) ?? nothingSaid;
    return name.text === 'element' ? (this.read(expression, depth + 1).items ?? nothingSaid) : nothingSaid;
  }

  /** The function of zod that a callee is, as `string` or `iso.date`. */
  #madeBy(callee: ts.Expression): string | undefined {
    const node = unwrap(callee);
    const name = ts.isPropertyAccessExpression(node) ? node.name : node;
    if (!ts.isIdentifier(name)) return undefined;
    const symbol = this.#checker.getSymbolAtLocation(name);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    const isFunction = target?.declarations?.some(
      (declaration) => ts.isFunctionDeclaration(declaration) && isOfZod(declaration),
    );
    if (target === undefined || isFunction !== true) return undefined;
    const space = ts.isPropertyAccessExpression(node) ? unwrap(node.expression) : undefined;
    const inner = space !== undefined && ts.isPropertyAccessExpression(space) ? `${space.name.text}.` : '';
    return `${inner}${target.name.replace(/^_/, '')}`;
  }

  #made(name: string, { arguments: [first, second], depth }: ZodCall): Said {
    const of = (argument: ts.Expression | undefined): Said =>
      argument === undefined ? nothingSaid : this.read(argument, depth);
    const format = formatsOfZod.get(name);
    if (format !== undefined) return { ...nothingSaid, kind: 'string', keywords: format };
    const number = numbersOfZod.get(name);
    if (number !== undefined) return { ...nothingSaid, kind: 'number', keywords: number };
    switch (name) {
      case 'string':
      case 'coerce.string':
        return { ...nothingSaid, kind: 'string' };
      case 'number':
      case 'coerce.number':
        return { ...nothingSaid, kind: 'number' };
      case 'enum':
        return { ...nothingSaid, keywords: listed(first, this.#checker) };
      case 'array':
        return { ...nothingSaid, kind: 'array', items: of(first) };
      case 'tuple':
        return { ...nothingSaid, prefix: elementsOf(first).map((element) => this.read(element, depth)) };
      case 'record':
      case 'partialRecord':
        return { ...nothingSaid, values: of(second) };
      case 'object':
      case 'strictObject':
      case 'looseObject':
        return { ...nothingSaid, kind: 'object', properties: this.#shape(first, depth) };
      case 'intersection':
        return withProperties(of(first), of(second));
      case 'optional':
      case 'nullable':
      case 'nullish':
      case 'readonly':
        return of(first);
      case 'preprocess':
        return this.#side === 'output' ? of(second) : nothingSaid;
      case 'pipe':
      case 'codec':
        return of(this.#side === 'output' ? second : first);
      default:
        return nothingSaid;
    }
  }

  /** The properties of `z.object({ … })`; those of a spread are its own. */
  #shape(argument: ts.Expression | undefined, depth: number): ReadonlyMap<string, Said> {
    const properties = new Map<string, Said>();
    const node = argument && unwrap(argument);
    if (node === undefined || !ts.isObjectLiteralExpression(node)) return this.#shapeOf(node, depth);
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property))
        for (const [name, said] of this.#shape(property.expression, depth + 1)) properties.set(name, said);
      else if (ts.isShorthandPropertyAssignment(property))
        properties.set(property.name.text, this.read(property.name, depth));
      else if (ts.isPropertyAssignment(property) && !ts.isComputedPropertyName(property.name))
        properties.set(property.name.text, this.read(property.initializer, depth));
    }
    return properties;
  }

  /** The properties of `Order.shape`, or of a constant that is an object of schemas. */
  #shapeOf(node: ts.Expression | undefined, depth: number): ReadonlyMap<string, Said> {
    if (node === undefined || depth > depthMax) return new Map();
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'shape')
      return this.read(node.expression, depth + 1).properties ?? new Map();
    const initializer = ts.isIdentifier(node) ? this.#initializer(node) : undefined;
    return initializer === undefined ? new Map() : this.#shape(initializer, depth + 1);
  }

  /** What a method says of the schema that it is called on. */
  #refined(said: Said, method: string, call: ZodCall): Said {
    const { depth } = call;
    const [first] = call.arguments;
    switch (method) {
      case 'optional':
      case 'nullable':
      case 'nullish':
      case 'exactOptional':
      case 'readonly':
      case 'brand':
      case 'refine':
      case 'superRefine':
      case 'check':
      case 'partial':
      case 'required':
      case 'pick':
      case 'omit':
      case 'strict':
      case 'loose':
      case 'passthrough':
      case 'strip':
      case 'finite':
      case 'safe':
        return said;
      case 'describe':
        return withKeywords(said, { description: valueOf(first, this.#checker) });
      case 'meta':
        return withKeywords(said, metaOf(valueOf(first, this.#checker)));
      case 'default':
      case 'prefault':
        return this.#side === 'input' ? withKeywords(said, { default: valueOf(first, this.#checker) }) : said;
      case 'transform':
        return this.#side === 'input' ? said : nothingSaid;
      case 'pipe':
        return this.#side === 'input' || first === undefined ? said : this.read(first, depth);
      case 'array':
        return { ...nothingSaid, kind: 'array', items: said };
      case 'extend':
      case 'safeExtend':
        return withProperties(said, { ...nothingSaid, kind: 'object', properties: this.#shape(first, depth) });
      case 'merge':
      case 'and':
        return first === undefined ? said : withProperties(said, this.read(first, depth));
      case 'trim':
      case 'toLowerCase':
      case 'toUpperCase':
      case 'normalize':
      case 'overwrite':
        return this.#altered(said);
      default:
        return this.#constrained(said, method, first);
    }
  }

  /** Once a text is changed, what follows is said of the changed text, and what came before of the given one. */
  #altered(said: Said): Said {
    const { description, title, default: initial } = said.keywords;
    if (this.#side === 'input') return { ...said, altered: true };
    return withKeywords({ ...said, keywords: {} }, { description, title, default: initial });
  }

  #constrained(said: Said, method: string, first: ts.Expression | undefined): Said {
    if (said.altered) return said;
    const value = valueOf(first, this.#checker);
    const text = said.kind === 'string' ? (patternOf(method, first, value) ?? formatsOfZod.get(method)) : undefined;
    if (text !== undefined)
      return withKeywords(said, said.keywords['pattern'] === undefined ? text : without(text, 'pattern'));
    return withKeywords(said, constraintOf(said.kind, method, value));
  }
}

interface ZodCall {
  readonly arguments: readonly ts.Expression[];
  readonly depth: number;
}

/** What `min`, `length` and their like say of a kind of value. */
function constraintOf(kind: SaidKind | undefined, method: string, value: JsonValue | undefined): JsonSchema {
  const number = kind === 'number' ? numberConstraint(method, value) : undefined;
  if (number !== undefined) return number;
  const size = kind === 'string' ? ['minLength', 'maxLength'] : kind === 'array' ? ['minItems', 'maxItems'] : [];
  const [minimum, maximum] = size;
  if (minimum === undefined || maximum === undefined) return {};
  if (method === 'nonempty') return { [minimum]: 1 };
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return {};
  if (method === 'min') return { [minimum]: value };
  if (method === 'max') return { [maximum]: value };
  return method === 'length' ? { [minimum]: value, [maximum]: value } : {};
}

const zeroBounds: ReadonlyMap<string, JsonSchema> = new Map<string, JsonSchema>([
  ['positive', { exclusiveMinimum: 0 }],
  ['nonnegative', { minimum: 0 }],
  ['negative', { exclusiveMaximum: 0 }],
  ['nonpositive', { maximum: 0 }],
  ['int', { type: 'integer' }],
]);
const bounds: ReadonlyMap<string, string> = new Map([
  ['min', 'minimum'],
  ['gte', 'minimum'],
  ['max', 'maximum'],
  ['lte', 'maximum'],
  ['gt', 'exclusiveMinimum'],
  ['lt', 'exclusiveMaximum'],
  ['multipleOf', 'multipleOf'],
  ['step', 'multipleOf'],
]);

function numberConstraint(method: string, value: JsonValue | undefined): JsonSchema | undefined {
  const keyword = bounds.get(method);
  if (keyword === undefined) return zeroBounds.get(method);
  // Of fractions, JSON Schema's remainder is that of binary numbers: 0.07 would be no multiple of 0.01.
  if (keyword === 'multipleOf' && !Number.isInteger(value)) return {};
  return typeof value === 'number' && Number.isFinite(value) ? { [keyword]: value } : {};
}

function valueOf(expression: ts.Expression | undefined, checker: ts.TypeChecker): JsonValue | undefined {
  return expression === undefined ? undefined : jsonOf(readStatic(expression, checker));
}

/** The values of `z.enum([…])` in the order in which they are written. */
function listed(expression: ts.Expression | undefined, checker: ts.TypeChecker): JsonSchema {
  const value = valueOf(expression, checker);
  return Array.isArray(value) ? { enum: value } : {};
}

function elementsOf(expression: ts.Expression | undefined): readonly ts.Expression[] {
  const node = expression && unwrap(expression);
  return node !== undefined && ts.isArrayLiteralExpression(node) && !node.elements.some(ts.isSpreadElement)
    ? node.elements
    : [];
}

function metaOf(meta: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return {};
  const { title, description, examples } = meta as JsonSchema;
  return {
    title: typeof title === 'string' ? title : undefined,
    description: typeof description === 'string' ? description : undefined,
    examples: Array.isArray(examples) ? examples : undefined,
  };
}

function withKeywords(said: Said, keywords: Readonly<Record<string, JsonValue | undefined>>): Said {
  const known = Object.entries(keywords).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return known.length === 0 ? said : { ...said, keywords: { ...said.keywords, ...Object.fromEntries(known) } };
}

function without(schema: JsonSchema, keyword: string): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}

function withProperties(said: Said, more: Said): Said {
  return { ...said, properties: new Map([...(said.properties ?? []), ...(more.properties ?? [])]) };
}
