/** What the parts of a derivation share. */
import type { ts } from '../typescript.js';
import type { ReadScope } from '../read-scope.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Unsupported } from './unsupported-types.ts';

/** Where a type stands. */
export interface Position {
  /** As `input.items[].when`. */
  readonly path: string;
  readonly node: ts.Node;
  /** The type as it is written there, where it is. */
  readonly written: ts.TypeNode | undefined;
  readonly depth: number;
  /** What `undefined` among the members of a union means there; it is refused where nothing is said. */
  readonly absence?: 'dropped' | 'null';
  /** Whether a union around it has judged already which properties may be there. */
  readonly lenient?: boolean;
}

/** A schema of an object can be closed where it is used; others say all by themselves. */
export interface OpenSchema {
  readonly schema: JsonSchema;
  readonly closable: boolean;
  /** Whether it is of an object that names what it may have, one by one or by an index signature. */
  readonly names?: boolean;
}

/** A derivation, as the derivation of unions sees it. */
export interface Deriving {
  readonly scope: ReadScope;
  /** Types that contain themselves, by name, as far as they are derived. */
  readonly definitions: ReadonlyMap<string, JsonSchema>;
  /** Whether values may hold bytes, or keys that are escaped. Parts say so, and never take it back. */
  blobs: boolean;
  /** The schema of a type where it is used. */
  use(type: ts.Type, position: Position): JsonSchema;
  /** The schema of what is of any of several types. */
  useAny(types: readonly ts.Type[], position: Position): JsonSchema;
  /** The schema of a type, not closed yet. */
  open(type: ts.Type, position: Position): OpenSchema;
  /** Whether an object there refuses properties that its type does not have. */
  closes(position: Position): boolean;
  /** Refuses what the type does not name. A reference is closed beside it, since its target is open. */
  close(schema: JsonSchema, position: Position): JsonSchema;
  /** Reports a type without a form in JSON; the schema that stands in for it accepts anything. */
  refuse(type: ts.Type, position: Position, unsupported: Unsupported): OpenSchema;
}

/** The position of a part; what absence means is said anew for each. */
export function deeper({ path, node, written, depth, lenient }: Position): Position {
  return { path, node, written, depth: depth + 1, ...(lenient === undefined ? {} : { lenient }) };
}
