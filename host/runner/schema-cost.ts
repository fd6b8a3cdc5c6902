/**
 * How often a JSON Schema may look at one place of a value, told from the schema alone. Where that is a few times, checking is linear in
 * the value; where it grows with the depth of the value (a union that contains itself), a small value can take for ever.
 */
import { fragmentKeys } from '#wit/values';

/** Looks at one place of a value that are still linear: more than unions of tools have, and 64 looks at 8 MiB take a second. */
const visitsMax = 64;

/** Keywords whose schemas look at the same place as the schema that they stand in, or at places that another keyword looks at, too. */
const combining = {
  one: ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'],
  many: ['allOf', 'anyOf', 'oneOf', 'dependentSchemas', 'dependencies', 'patternProperties'],
} as const;
/** Keywords whose schemas look at places further in, each at its own. */
const descending = {
  one: ['items', 'additionalItems', 'additionalProperties'],
  many: ['properties', 'prefixItems'],
} as const;

/** Whether checking a value may take more than linear time. `schema` is JSON. */
export function isCostly(schema: object): boolean {
  // A name of its own makes references in it mean something else.
  if (Object.values(schema).some(hasName)) return true;
  return new SchemaCost(schema).costly;
}

function hasName(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && (Object.hasOwn(value, '$id') || Object.values(value).some(hasName))
  );
}

class SchemaCost {
  readonly costly: boolean;
  readonly #root: object;
  readonly #known = new Map<object, number>();
  readonly #entered = new Set<object>();
  #cyclic = false;
  #combines = false;
  #unresolved = false;

  constructor(root: object) {
    this.#root = root;
    const visits = this.#visits(root);
    this.costly = this.#unresolved || (this.#cyclic && this.#combines) || visits > visitsMax;
  }

  /** The most looks at any one place that a schema takes. */
  #visits(schema: unknown): number {
    if (typeof schema !== 'object' || schema === null) return 1;
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    if (this.#entered.has(schema)) {
      this.#cyclic = true;
      return 1;
    }
    this.#entered.add(schema);
    const visits = this.#sum(schema);
    this.#entered.delete(schema);
    this.#known.set(schema, visits);
    return visits;
  }

  #sum(schema: object): number {
    const here = childrenOf(schema, combining);
    const below = childrenOf(schema, descending);
    const referred = this.#referred(schema);
    if (here.length > 0 || (referred !== undefined && below.length > 0)) this.#combines = true;
    else if (referred !== undefined) return this.#visits(referred);
    const deepest = below.reduce<number>((most, child) => Math.max(most, this.#visits(child)), 1);
    const beside = here.reduce<number>((sum, child) => sum + this.#visits(child), 0);
    return deepest + beside + (referred === undefined ? 0 : this.#visits(referred));
  }

  #referred(schema: object): unknown {
    const reference: unknown = Reflect.get(schema, '$ref');
    if (typeof reference !== 'string') return undefined;
    const found = reference.startsWith('#') ? this.#at(reference.slice(1)) : undefined;
    if (found === undefined) this.#unresolved = true;
    return found;
  }

  /** What a JSON pointer points at. */
  #at(pointer: string): unknown {
    if (pointer !== '' && !pointer.startsWith('/')) return undefined;
    let found: unknown = this.#root;
    const keys = fragmentKeys(pointer);
    if (keys === undefined) return undefined;
    for (const key of keys) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
      found = Reflect.get(found, key);
    }
    return found;
  }
}

function childrenOf(
  schema: object,
  { one, many }: { readonly one: readonly string[]; readonly many: readonly string[] },
): readonly unknown[] {
  const children: unknown[] = [];
  const add = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) children.push(value);
  };
  for (const key of one) {
    const value: unknown = Reflect.get(schema, key);
    // Before 2020-12 `items` could be a list of schemas.
    for (const item of Array.isArray(value) ? value : [value]) add(item);
  }
  for (const key of many) {
    const value: unknown = Reflect.get(schema, key);
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) add(item);
  }
  return children;
}
