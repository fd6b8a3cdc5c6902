/** A whole schema with its definitions, and the bounds of the work on it: a schema comes with a bundle, and a bundle may be hostile. */
import { fragmentKeys } from '#wit/values';
import { type Pattern, readPattern } from './read-pattern.ts';
import { isRecord } from './schema-facts.ts';

/** Nesting of a schema's JSON: arc's deepest types give some 150. */
const depthMax = 400;
/** Parts of a schema's JSON: arc writes at most some 40,000. */
const partsMax = 400_000;
/** Distinct patterns that one piece of work reads. */
const patternsMax = 1_000;

/** A schema and what its references lead to. */
export interface SchemaDocument {
  readonly root: unknown;
  /** The schema that a `$ref` names; `undefined` where it is not in this document, or cannot be told. */
  resolve(reference: string): { readonly schema: unknown } | undefined;
}

/** What a piece of work may still do, shared by all its parts. */
export class Work {
  #steps: number;
  readonly #whole: Work | undefined;
  readonly #patterns = new Map<string, Pattern | undefined>();

  /** `whole`: what this is a piece of; its steps are counted there, too. */
  constructor(steps: number, whole?: Work) {
    this.#steps = steps;
    this.#whole = whole;
  }

  get exhausted(): boolean {
    return this.#steps <= 0 || this.#whole?.exhausted === true;
  }

  /** Counts steps; false once there are none left. */
  spend(steps = 1): boolean {
    this.#steps -= steps;
    const goesOn = this.#whole?.spend(steps) ?? true;
    return goesOn && this.#steps > 0;
  }

  /** A pattern, read once; `undefined` for one that is not understood, or where no steps are left to read it. */
  pattern(text: string): Pattern | undefined {
    if (this.#patterns.has(text)) return this.#patterns.get(text);
    if (this.#patterns.size >= patternsMax || !this.spend(Math.ceil(text.length / 2))) return undefined;
    const pattern = readPattern(text);
    this.#patterns.set(text, pattern);
    return pattern;
  }

  /** Whether a text has a part that matches; `undefined` where that cannot be told. */
  matches(pattern: string, text: string): boolean | undefined {
    const read = this.pattern(pattern);
    if (read === undefined) return undefined;
    // The cost is the pattern's states for each character, and a step here is some twenty of those.
    if (!this.spend(1 + Math.ceil((read.states * text.length) / 20))) return undefined;
    return read.test(text);
  }
}

/** Opens a schema; `undefined` for one that is larger or deeper than any of ours. */
export function openDocument(root: unknown): SchemaDocument | undefined {
  const bounds = survey(root);
  if (bounds === undefined) return undefined;
  // A reference may be as long as the whole schema, and is followed again and again.
  const resolved = new Map<string, { readonly schema: unknown } | undefined>();
  return {
    root,
    resolve: (reference) => {
      if (bounds.moved) return undefined;
      if (!resolved.has(reference)) resolved.set(reference, resolvePointer(root, reference));
      return resolved.get(reference);
    },
  };
}

/** Whether JSON is neither deeper nor larger than what is looked at here. Never recurses. */
export function isBounded(value: unknown): boolean {
  return survey(value) !== undefined;
}

/** `moved`: some part has an identity of its own, so that references below it mean something else. */
function survey(root: unknown): { readonly moved: boolean } | undefined {
  const pending: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  let parts = 0;
  let moved = false;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    parts += 1;
    if (depth > depthMax || parts + pending.length > partsMax) return undefined;
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    if (depth > 0 && !Array.isArray(value) && 'string' === typeof Reflect.get(value, '$id')) moved = true;
    for (const inner of Object.values(value)) pending.push({ value: inner, depth: depth + 1 });
  }
  return { moved };
}

function resolvePointer(root: unknown, reference: string): { readonly schema: unknown } | undefined {
  if (reference === '#') return { schema: root };
  if (!reference.startsWith('#/')) return undefined;
  let place = root;
  const keys = fragmentKeys(reference.slice(1));
  if (keys === undefined) return undefined;
  for (const key of keys) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, key)) return undefined;
    place = Reflect.get(place, key);
  }
  return typeof place === 'boolean' || isRecord(place) ? { schema: place } : undefined;
}
