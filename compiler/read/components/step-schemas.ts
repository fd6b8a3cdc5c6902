/** What the values of steps are, as schemas: of variables, of results and their parts, and of what is written out. */
import type { StepValue } from '#wit/manifest';
import type { CallableTool } from '../../packages/installed-packages.ts';
import type { JsonSchema, JsonValue } from '../schema/json-schema.ts';
import { isSchema } from '../schema/schema-types.ts';
import { type DraftStep } from './draft-steps.ts';
import type { ValuePath } from './references.ts';
import { closeObjects, definitionName, renameReferences } from './rename-references.ts';
import type { Variable } from './variables.ts';

/** The schema of a value, and whether there may be none. */
export interface ValueSchema {
  readonly schema: JsonSchema;
  readonly optional: boolean;
}

/** A path that leads nowhere: the part that is not there, and those that are. */
export interface NoSuchPart {
  readonly part: string | number;
  readonly known: readonly string[];
}

/** What the schemas are made of. */
export interface SchemaSources {
  readonly tools: ReadonlyMap<string, CallableTool>;
  readonly steps: ReadonlyMap<string, DraftStep>;
  /** By the id of a step, the branches that it lies in. */
  readonly branches: ReadonlyMap<string, readonly string[]>;
  readonly variables: ReadonlyMap<string, Variable>;
}

const anything: ValueSchema = { schema: {}, optional: false };

/** The schemas of one pipeline. Their references lead into `definitions`. */
export class StepSchemas {
  readonly #sources: SchemaSources;
  readonly #definitions = new Map<string, JsonSchema>();
  readonly #results = new Map<string, JsonSchema>();

  constructor(sources: SchemaSources) {
    this.#sources = sources;
  }

  /** The types that contain themselves, by name. */
  get definitions(): ReadonlyMap<string, JsonSchema> {
    return this.#definitions;
  }

  /** A schema with everything that it refers to. */
  whole(schema: JsonSchema): JsonSchema {
    return this.#definitions.size === 0 ? schema : { ...schema, $defs: Object.fromEntries(this.#definitions) };
  }

  /**
   * The schema of a value; references that lead nowhere are anything, and said by `faultOf`. `reader`: the id of the step that is given
   * it, which may run where a step of another branch did not.
   */
  of(value: StepValue, reader: string): ValueSchema {
    switch (value.kind) {
      case 'literal':
        return { schema: schemaOfLiteral(value.value as JsonValue), optional: false };
      case 'variable':
      case 'step': {
        const found = this.#referred(value);
        if ('part' in found) return anything;
        return value.kind === 'step' && !this.#isSure(value.step, reader) ? { ...found, optional: true } : found;
      }
      case 'array':
        return {
          schema: {
            type: 'array',
            prefixItems: value.items.map((item) => this.of(item, reader).schema),
            items: false,
            minItems: value.items.length,
          },
          optional: false,
        };
      case 'object':
        return { schema: this.ofProperties(value.properties, reader), optional: false };
    }
  }

  /** The schema of an object that is written out. */
  ofProperties(properties: Readonly<Record<string, StepValue>>, reader: string): JsonSchema {
    const parts = Object.entries(properties).map(([name, value]) => ({ name, ...this.of(value, reader) }));
    return {
      type: 'object',
      properties: Object.fromEntries(parts.map(({ name, schema }) => [name, schema])),
      required: parts.filter(({ optional }) => !optional).map(({ name }) => name),
      additionalProperties: false,
    };
  }

  /** Why a reference leads nowhere. */
  faultOf(value: StepValue): NoSuchPart | undefined {
    if (value.kind !== 'variable' && value.kind !== 'step') return undefined;
    const found = this.#referred(value);
    return 'part' in found ? found : undefined;
  }

  /** Why a named output of a step leads nowhere. */
  faultOfOutput(step: DraftStep, path: ValuePath): NoSuchPart | undefined {
    const found = this.#at({ schema: this.#resultOf(step), optional: false }, path);
    return 'part' in found ? found : undefined;
  }

  /** Whether a step has run wherever another one does. */
  #isSure(step: string, reader: string): boolean {
    const around = this.#sources.branches.get(reader) ?? [];
    return (this.#sources.branches.get(step) ?? []).every((branch) => around.includes(branch));
  }

  #referred(value: Extract<StepValue, { kind: 'variable' | 'step' }>): ValueSchema | NoSuchPart {
    if (value.kind === 'variable') {
      const variable = this.#sources.variables.get(value.name);
      if (variable === undefined) return anything;
      const schema = this.#embedded(variable.schema, `variable.${variable.name}`);
      return this.#at({ schema, optional: variable.optional }, value.path);
    }
    const step = this.#sources.steps.get(value.step);
    if (step === undefined) return anything;
    if (value.from === 'result' || step.outputs === undefined)
      return this.#at({ schema: this.#resultOf(step), optional: false }, value.path);
    return this.#at({ schema: this.#outputsOf(step, step.outputs), optional: false }, value.path);
  }

  #outputsOf(step: DraftStep, outputs: NonNullable<DraftStep['outputs']>): JsonSchema {
    const parts = [...outputs].map(([name, { value: path }]) => {
      const found = this.#at({ schema: this.#resultOf(step), optional: false }, path);
      return { name, ...('part' in found ? anything : found) };
    });
    return {
      type: 'object',
      properties: Object.fromEntries(parts.map(({ name, schema }) => [name, schema])),
      required: parts.filter(({ optional }) => !optional).map(({ name }) => name),
      additionalProperties: false,
    };
  }

  /** What a step gives: a tool's output; true or false; of steps side by side their outputs by id; of agents and teams anything. */
  #resultOf(step: DraftStep): JsonSchema {
    const known = this.#results.get(step.id);
    if (known !== undefined) return known;
    // What refers to itself is reported as a circle; here it has to end.
    this.#results.set(step.id, {});
    const result = this.#newResult(step);
    this.#results.set(step.id, result);
    return result;
  }

  #newResult(step: DraftStep): JsonSchema {
    if (step.type === 'condition') return { type: 'boolean' };
    if (step.type === 'parallel') {
      const inner = step.steps.map(
        (one) => [one.id, one.outputs === undefined ? this.#resultOf(one) : this.#outputsOf(one, one.outputs)] as const,
      );
      return {
        type: 'object',
        properties: Object.fromEntries(inner),
        required: inner.map(([id]) => id),
        additionalProperties: false,
      };
    }
    const tool = step.type === 'tool' && step.target !== undefined ? this.#sources.tools.get(step.target) : undefined;
    return tool === undefined ? {} : this.#embedded(tool.outputSchema, prefixOf(tool));
  }

  /** A schema whose definitions are among ours, under names that no other's have; what it names is all that it has. */
  #embedded({ $defs, ...schema }: JsonSchema, prefix: string): JsonSchema {
    for (const [name, definition] of Object.entries(isSchema($defs) ? $defs : {})) {
      const own = definitionName(prefix, name);
      if (!this.#definitions.has(own) && isSchema(definition))
        this.#definitions.set(own, closeObjects(renameReferences(definition, prefix)));
    }
    return closeObjects(renameReferences(schema, prefix));
  }

  #at(start: ValueSchema, path: ValuePath): ValueSchema | NoSuchPart {
    let found: ValueSchema = start;
    for (const part of path) {
      const next = this.#part(found.schema, part);
      if ('part' in next) return next;
      found = { schema: next.schema, optional: found.optional || next.optional };
    }
    return found;
  }

  #part(schema: JsonSchema, part: string | number): ValueSchema | NoSuchPart {
    const { $ref: reference, anyOf, properties, required, additionalProperties, items, prefixItems } = schema;
    if (typeof reference === 'string') {
      const target = this.#definitions.get(reference.slice('#/$defs/'.length));
      return target === undefined ? anything : this.#part(target, part);
    }
    // Beside properties, alternatives only say which of them go together.
    if (Array.isArray(anyOf) && properties === undefined) return this.#partOfUnion(anyOf.filter(isSchema), part);
    const { type } = schema;
    if (type === undefined && schema['const'] === undefined) return anything;
    if (type === 'array' && typeof part === 'number') {
      const item = Array.isArray(prefixItems) ? (prefixItems[part] ?? items) : items;
      return isSchema(item) ? { schema: item, optional: false } : item === undefined ? anything : { part, known: [] };
    }
    const known = isSchema(properties) ? Object.keys(properties) : [];
    if (type !== 'object') return { part, known: [] };
    const property = isSchema(properties) && Object.hasOwn(properties, part) ? properties[part] : undefined;
    if (isSchema(property))
      return { schema: property, optional: !(Array.isArray(required) && required.includes(String(part))) };
    if (isSchema(additionalProperties)) return { schema: additionalProperties, optional: true };
    return schema['patternProperties'] !== undefined ? { schema: {}, optional: true } : { part, known };
  }

  #partOfUnion(members: readonly JsonSchema[], part: string | number): ValueSchema | NoSuchPart {
    const found = members.map((member) => this.#part(member, part));
    const present = found.filter((one): one is ValueSchema => !('part' in one));
    if (present.length === 0) return { part, known: found.flatMap((one) => ('part' in one ? one.known : [])) };
    const schemas = present.map(({ schema }) => schema);
    const [only] = schemas;
    return {
      schema: schemas.length === 1 && only !== undefined ? only : { anyOf: schemas },
      optional: present.length < members.length || present.some(({ optional }) => optional),
    };
  }
}

/** A prefix that no other tool's definitions have. References are pointers, in which a slash would be another part; names have no dots. */
function prefixOf({ name }: CallableTool): string {
  return name.includes('/') ? `dependency.${name.replace('/', '.')}` : `tool.${name}`;
}

/** What is written out, part by part, so that a part that does not fit is found. */
function schemaOfLiteral(value: JsonValue): JsonSchema {
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => schemaOfLiteral(item));
    return items.length === 0
      ? { type: 'array', maxItems: 0 }
      : { type: 'array', prefixItems: items, items: false, minItems: items.length };
  }
  if (!isSchema(value)) return { const: value };
  const parts = Object.entries(value);
  return {
    type: 'object',
    properties: Object.fromEntries(parts.map(([name, part]) => [name, schemaOfLiteral(part)])),
    required: parts.map(([name]) => name),
    additionalProperties: false,
  };
}
