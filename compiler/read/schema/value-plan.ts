/**
 * Where the values of a schema hold a Date or a bigint, as a plan that the guest walks beside a value. JSON has both as text, so at
 * each place it has to be certain what a text stands for. A state of the plan is the set of schemas that may hold at a place; a place
 * whose state cannot say what a text is, is reported.
 */
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { isSchema, kindOf } from './schema-types.ts';
import { propertyPath } from './type-path.ts';
import { type TypedKind, isTypedText, typedKindOf } from './typed-values.ts';

/** What to do at a place: convert the text there, or look further in by a node of the plan. */
export type PlanStep = TypedKind | number;

/** How the parts of a value are converted. Whatever a value does not have is passed over. */
export interface PlanNode {
  /** What a text here stands for. */
  readonly text?: TypedKind;
  /** By name; null where nothing is to do although there is for other keys. */
  readonly properties?: Readonly<Record<string, PlanStep | null>>;
  /** By a regular expression, for keys that are no properties above. */
  readonly patterns?: readonly (readonly [string, PlanStep])[];
  /** What is under keys that nothing above names. */
  readonly rest?: PlanStep;
  /** By index; null where nothing is to do. */
  readonly prefix?: readonly (PlanStep | null)[];
  readonly items?: PlanStep;
  /** The property that says which case an object is; cases are by its value in JSON. */
  readonly by?: string;
  readonly cases?: Readonly<Record<string, PlanStep>>;
}

/** The nodes of a plan; the first is that of the whole value. */
export type ValuePlan = readonly PlanNode[];

/** A place where JSON cannot say what a text stands for. */
export interface Ambiguity {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** A union of unions has more states than types; nothing that a person writes comes near. */
const statesMax = 2_000;

/** Plans the values of a schema with its `$defs`. `path`: what the value is called in messages. */
export function planValues(
  schema: JsonSchema,
  path: string,
): { readonly plan?: ValuePlan; readonly ambiguities: readonly Ambiguity[] } {
  const planner = new Planner(schema);
  const root = planner.state([schema], path);
  const plan = planner.finish(root);
  return { ambiguities: planner.ambiguities, ...(plan === undefined ? {} : { plan }) };
}

/** A node whose steps are states: which of them do anything is only known once all are there. */
interface State {
  readonly path: string;
  readonly text: TypedKind | undefined;
  /** Whether any JSON fits here. */
  readonly any: boolean;
  parts: Parts;
}

interface Parts {
  readonly properties: readonly (readonly [string, number])[];
  readonly patterns: readonly (readonly [string, number])[];
  readonly rest: number | undefined;
  readonly prefix: readonly number[];
  readonly items: number | undefined;
  readonly cases: { readonly by: string; readonly states: readonly (readonly [string, number])[] } | undefined;
}

const noParts: Parts = {
  properties: [],
  patterns: [],
  rest: undefined,
  prefix: [],
  items: undefined,
  cases: undefined,
};

class Planner {
  readonly ambiguities: Ambiguity[] = [];
  readonly #definitions: JsonSchema;
  readonly #states: State[] = [];
  readonly #known = new Map<string, number>();
  readonly #identities = new Map<JsonSchema, number>();

  constructor({ $defs }: JsonSchema) {
    this.#definitions = isSchema($defs) ? $defs : {};
  }

  /** The state of a place where any of the schemas may hold. */
  state(schemas: readonly JsonSchema[], path: string): number {
    const members = this.#flattened(schemas);
    const key = members
      .map((member) => this.#identity(member))
      .sort((a, b) => a - b)
      .join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#states.length;
    this.#known.set(key, index);
    const state: State = { path, text: this.#text(members, path), any: members.some(isAny), parts: noParts };
    this.#states.push(state);
    if (index < statesMax) state.parts = this.#parts(members, path);
    else if (index === statesMax) this.#report(path, 'its unions have too many combinations', 'Write a simpler type');
    return index;
  }

  /** The plan from a state on, of what has anything to do. */
  finish(root: number): ValuePlan | undefined {
    const needed = this.#needed();
    for (const [index, { any, path }] of this.#states.entries()) {
      if (any && needed.has(index))
        this.#report(path, 'any JSON fits it beside a Date or a bigint', 'Write the type that it is');
    }
    if (!needed.has(root)) return undefined;
    const order = [root];
    const numbers = new Map([[root, 0]]);
    const step = (index: number | undefined): PlanStep | undefined => {
      if (index === undefined || !needed.has(index)) return undefined;
      const state = this.#states[index];
      if (state?.text !== undefined && state.parts === noParts) return state.text;
      const number = numbers.get(index) ?? order.push(index) - 1;
      numbers.set(index, number);
      return number;
    };
    const nodes: PlanNode[] = [];
    // What a node needs is added to the list while it is walked.
    for (const index of order) nodes.push(nodeOf(this.#states[index], step));
    return nodes;
  }

  /** The states that convert something, or lead to one that does. */
  #needed(): ReadonlySet<number> {
    const needed = new Set<number>();
    for (let before = -1; before < needed.size;) {
      before = needed.size;
      for (const [index, state] of this.#states.entries())
        if (state.text !== undefined || stepsOf(state.parts).some((part) => needed.has(part))) needed.add(index);
    }
    return needed;
  }

  /** Schemas that say something themselves, in place of references and unions. */
  #flattened(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
    const members = new Set<JsonSchema>();
    const seen = new Set<JsonSchema>();
    const visit = (schema: JsonValue | undefined): void => {
      if (!isSchema(schema) || seen.has(schema)) return;
      seen.add(schema);
      const { $ref: reference, anyOf, properties } = schema;
      if (typeof reference === 'string') visit(this.#definitions[reference.slice('#/$defs/'.length)]);
      // Objects that are left together say what each property may be in any of them; which of them it is adds no place.
      else if (Array.isArray(anyOf) && properties === undefined) anyOf.forEach(visit);
      else members.add(schema);
    };
    schemas.forEach(visit);
    return [...members];
  }

  #identity(schema: JsonSchema): number {
    const known = this.#identities.get(schema) ?? this.#identities.size;
    this.#identities.set(schema, known);
    return known;
  }

  /** What a text stands for; reported where that is not certain. */
  #text(members: readonly JsonSchema[], path: string): TypedKind | undefined {
    const kinds = new Set(members.flatMap((member) => typedKindOf(member) ?? []));
    const [kind] = kinds;
    if (kind === undefined) return undefined;
    if (kinds.size > 1) {
      this.#report(path, 'it may be a Date or a bigint, and both are text in JSON', remedyOf('date'));
      return undefined;
    }
    if (members.some((member) => typedKindOf(member) === undefined && mayLookLike(kind, member))) {
      const noun = kind === 'date' ? 'Date' : 'bigint';
      this.#report(path, `it may be a ${noun} or a string, and both are text in JSON`, remedyOf(kind));
    }
    return kind;
  }

  #parts(members: readonly JsonSchema[], path: string): Parts {
    const objects = members.filter((member) => isKind(member, 'object'));
    const arrays = members.filter((member) => isKind(member, 'array'));
    if (objects.length + arrays.length === 0) return noParts;
    const cases = this.#cases(objects, path);
    return {
      ...(cases === undefined ? this.#objectParts(objects, path) : noParts),
      ...this.#arrayParts(arrays, path),
      cases,
    };
  }

  #objectParts(objects: readonly JsonSchema[], path: string): Pick<Parts, 'properties' | 'patterns' | 'rest'> {
    const names = [...new Set(objects.flatMap(({ properties }) => keysOf(properties)))].sort();
    const patterns = [...new Set(objects.flatMap(({ patternProperties }) => keysOf(patternProperties)))].sort();
    const rest = objects.flatMap(({ additionalProperties }) =>
      isSchema(additionalProperties) ? [additionalProperties] : [],
    );
    return {
      properties: names.map((name) => [
        name,
        this.state(
          objects.flatMap((object) => schemasOfKey(object, name)),
          propertyPath(path, name),
        ),
      ]),
      patterns: patterns.map((pattern) => [
        pattern,
        this.state(
          [...objects.flatMap(({ patternProperties }) => memberOf(patternProperties, pattern)), ...rest],
          `${path}[string]`,
        ),
      ]),
      rest: rest.length === 0 ? undefined : this.state(rest, `${path}[string]`),
    };
  }

  #arrayParts(arrays: readonly JsonSchema[], path: string): Pick<Parts, 'prefix' | 'items'> {
    const length = Math.max(0, ...arrays.map((array) => prefixOf(array).length));
    const rest = arrays.flatMap(({ items }) => (isSchema(items) ? [items] : []));
    return {
      prefix: Array.from({ length }, (_, index) =>
        this.state(
          arrays.flatMap((array) => elementOf(array, index)),
          `${path}[${index}]`,
        ),
      ),
      items: rest.length === 0 ? undefined : this.state(rest, `${path}[]`),
    };
  }

  /** Objects that the literals of a property tell apart, at least in part. */
  #cases(objects: readonly JsonSchema[], path: string): Parts['cases'] {
    const [first] = objects;
    if (first === undefined || objects.length < 2) return undefined;
    for (const by of keysOf(first['properties'])) {
      const literals = objects.map((object) => requiredLiterals(object, by));
      if (literals.some((values) => values.length === 0)) continue;
      const values = [...new Set(literals.flat())].sort();
      const groups = values.map((value) => objects.filter((_, index) => literals[index]?.includes(value)));
      if (groups.some((group) => group.length === objects.length)) continue;
      return { by, states: values.map((value, index) => [value, this.state(groups[index] ?? [], path)]) };
    }
    return undefined;
  }

  #report(path: string, state: string, remedy: string): void {
    this.ambiguities.push({ path, message: `Cannot derive a schema: at "${path}" ${state}`, remedy });
  }
}

function remedyOf(kind: TypedKind): string {
  const [type, name] = kind === 'date' ? ['Date', 'date'] : ['bigint', 'number'];
  return `Write one of them, or objects that a property tells apart: { kind: '${name}'; value: ${type} } | { kind: 'text'; value: string }`;
}

/** Whether a schema takes texts that look like a date or a bigint. */
function mayLookLike(kind: TypedKind, schema: JsonSchema): boolean {
  const { const: literal, enum: values } = schema;
  const literals = literal === undefined ? values : [literal];
  if (!Array.isArray(literals)) return isKind(schema, 'string');
  return literals.some((value) => typeof value === 'string' && isTypedText(kind, value));
}

function isKind(schema: JsonSchema, kind: 'object' | 'array' | 'string'): boolean {
  return schema['type'] === kind;
}

function isAny(schema: JsonSchema): boolean {
  return !['type', 'const', 'enum', 'aria:blob'].some((keyword) => Object.hasOwn(schema, keyword));
}

function keysOf(value: JsonValue | undefined): readonly string[] {
  return isSchema(value) ? Object.keys(value) : [];
}

function memberOf(value: JsonValue | undefined, key: string): readonly JsonSchema[] {
  const member = isSchema(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isSchema(member) ? [member] : [];
}

/** What an object may have under a key: a property, or what its index signatures say. */
function schemasOfKey(
  { properties, patternProperties, additionalProperties }: JsonSchema,
  key: string,
): readonly JsonSchema[] {
  const named = [
    ...memberOf(properties, key),
    ...keysOf(patternProperties)
      .filter((pattern) => new RegExp(pattern, 'u').test(key))
      .flatMap((pattern) => memberOf(patternProperties, pattern)),
  ];
  return named.length === 0 && isSchema(additionalProperties) ? [additionalProperties] : named;
}

/** What an array may have at an index: an element of its own, or what all others are. */
function elementOf(array: JsonSchema, index: number): readonly JsonSchema[] {
  const element = prefixOf(array)[index];
  return element === undefined ? memberOf(array, 'items') : [element];
}

function prefixOf({ prefixItems }: JsonSchema): readonly JsonSchema[] {
  return Array.isArray(prefixItems) ? prefixItems.filter(isSchema) : [];
}

/** The literals of a property that is always there, as JSON; none where it may be anything else. */
function requiredLiterals({ properties, required }: JsonSchema, name: string): readonly string[] {
  const [property] = memberOf(properties, name);
  if (property === undefined || typedKindOf(property) !== undefined) return [];
  if (!Array.isArray(required) || !required.includes(name)) return [];
  const { const: literal, enum: values } = property;
  const literals = literal === undefined ? (Array.isArray(values) ? values : []) : [literal];
  return literals.filter((value) => kindOf(value) !== 'object').map((value) => JSON.stringify(value));
}

function stepsOf({ properties, patterns, rest, prefix, items, cases }: Parts): readonly number[] {
  const named = [...properties, ...patterns, ...(cases?.states ?? [])].map(([, index]) => index);
  return [...named, ...prefix, ...(rest === undefined ? [] : [rest]), ...(items === undefined ? [] : [items])];
}

function nodeOf(state: State | undefined, step: (index: number | undefined) => PlanStep | undefined): PlanNode {
  if (state === undefined) return {};
  const { rest, items, cases } = state.parts;
  const steps = (entries: readonly (readonly [string, number])[]): readonly (readonly [string, PlanStep | null])[] =>
    entries.map(([key, index]) => [key, step(index) ?? null]);
  const patterns = doing(steps(state.parts.patterns));
  const prefix = state.parts.prefix.map((index) => step(index) ?? null);
  const [restStep, itemsStep] = [step(rest), step(items)];
  // Names and places where nothing is to do are only said where others would be taken for them.
  const all = steps(state.parts.properties);
  const properties = restStep === undefined && patterns.length === 0 ? doing(all) : all;
  const keepPrefix = prefix.length > 0 && (itemsStep !== undefined || prefix.some((one) => one !== null));
  return {
    ...(state.text === undefined ? {} : { text: state.text }),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(patterns.length === 0 ? {} : { patterns }),
    ...(restStep === undefined ? {} : { rest: restStep }),
    ...(keepPrefix ? { prefix } : {}),
    ...(itemsStep === undefined ? {} : { items: itemsStep }),
    ...(cases === undefined ? {} : { by: cases.by, cases: Object.fromEntries(doing(steps(cases.states))) }),
  };
}

function doing(steps: readonly (readonly [string, PlanStep | null])[]): readonly (readonly [string, PlanStep])[] {
  return steps.flatMap(([key, step]): readonly (readonly [string, PlanStep])[] => (step === null ? [] : [[key, step]]));
}
