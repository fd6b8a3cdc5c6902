/**
 * TypeScript types of the grammar that schemas are derived from, as trees that can be generated, printed and made smaller.
 *
 * - A tree is complete: declarations are nodes where they are used, and are printed in front.
 * - `self` and `parameter` belong to the nearest `declared` node around them.
 */

/** Types that are one word. */
export type Keyword = 'string' | 'number' | 'boolean' | 'null' | 'Date' | 'bigint' | 'Uint8Array';

/** A property of an object type. */
export interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly readonly: boolean;
  readonly type: TypeNode;
}

/** What index signatures are keyed by; `template` is any text after `x-`. */
export type IndexKey = 'string' | 'number' | 'template';

/** An object type in braces. */
export interface ObjectNode {
  readonly kind: 'object';
  readonly properties: readonly Property[];
  readonly index?: { readonly key: IndexKey; readonly type: TypeNode };
}

/** An alias or an interface, with the argument of its type parameter where it has one. */
export interface DeclaredNode {
  readonly kind: 'declared';
  readonly style: 'alias' | 'interface';
  readonly body: TypeNode;
  /** What an interface extends. */
  readonly base?: TypeNode;
  readonly argument?: TypeNode;
}

/** An element of a tuple; at most one is the rest, and then its type is that of an item. */
export interface Element {
  readonly role: 'required' | 'optional' | 'rest';
  readonly type: TypeNode;
}

/** A type. */
export type TypeNode =
  | { readonly kind: 'keyword'; readonly name: Keyword }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'enum'; readonly name: EnumName; readonly member?: string }
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'array'; readonly item: TypeNode; readonly readonly: boolean }
  | { readonly kind: 'tuple'; readonly elements: readonly Element[] }
  | ObjectNode
  | { readonly kind: 'union'; readonly members: readonly TypeNode[] }
  | { readonly kind: 'intersection'; readonly members: readonly TypeNode[] }
  | { readonly kind: 'change'; readonly name: 'Partial' | 'Required' | 'Readonly'; readonly target: TypeNode }
  | {
      readonly kind: 'choice';
      readonly name: 'Pick' | 'Omit';
      readonly target: TypeNode;
      readonly keys: readonly string[];
    }
  | { readonly kind: 'record'; readonly keys: readonly string[] | 'string' | EnumName; readonly value: TypeNode }
  | DeclaredNode
  | { readonly kind: 'self' }
  | { readonly kind: 'parameter' };

/** A part of a template literal type: a text, or a placeholder. */
export type TemplatePart =
  | { readonly text: string }
  | { readonly placeholder: 'string' | 'number' | 'bigint' | 'boolean' | "'p' | 'q'" };

/** The enums that types may name: with texts, with numbers, and with both. */
export const enums = {
  Color: { Red: 'red', Blue: 'blue' },
  Level: { Low: 0, High: 5 },
  Mixed: { Yes: 1, No: 'no' },
} as const satisfies Record<string, Readonly<Record<string, string | number>>>;

/** The name of one of the enums. */
export type EnumName = keyof typeof enums;

/** Whether a text is the name of one of the enums. */
export function isEnumName(text: unknown): text is EnumName {
  return typeof text === 'string' && Object.hasOwn(enums, text);
}

/** The members of an enum, by name. */
export function enumMembers(name: EnumName): readonly (readonly [string, string | number])[] {
  return Object.entries(enums[name]);
}

/** The types directly within a type, in the order that `withChildren` takes them. */
export function childrenOf(node: TypeNode): readonly TypeNode[] {
  switch (node.kind) {
    case 'array':
      return [node.item];
    case 'tuple':
      return node.elements.map(({ type }) => type);
    case 'object':
      return [...node.properties.map(({ type }) => type), ...(node.index === undefined ? [] : [node.index.type])];
    case 'union':
    case 'intersection':
      return node.members;
    case 'change':
    case 'choice':
      return [node.target];
    case 'record':
      return [node.value];
    case 'declared':
      return [node.body, ...[node.base, node.argument].filter((child) => child !== undefined)];
    default:
      return [];
  }
}

/** The same type with other types directly within. */
export function withChildren(node: TypeNode, children: readonly TypeNode[]): TypeNode {
  const at = (index: number): TypeNode => children[index] ?? { kind: 'keyword', name: 'null' };
  switch (node.kind) {
    case 'array':
      return { ...node, item: at(0) };
    case 'tuple':
      return { ...node, elements: node.elements.map((element, index) => ({ ...element, type: at(index) })) };
    case 'object':
      return {
        ...node,
        properties: node.properties.map((property, index) => ({ ...property, type: at(index) })),
        ...(node.index === undefined ? {} : { index: { ...node.index, type: at(node.properties.length) } }),
      };
    case 'union':
    case 'intersection':
      return { ...node, members: children };
    case 'change':
    case 'choice':
      return { ...node, target: at(0) };
    case 'record':
      return { ...node, value: at(0) };
    case 'declared':
      return {
        ...node,
        body: at(0),
        ...(node.base === undefined ? {} : { base: at(1) }),
        ...(node.argument === undefined ? {} : { argument: at(node.base === undefined ? 1 : 2) }),
      };
    default:
      return node;
  }
}

/** Whether a type holds a node of a kind that belongs to something around the type. */
export function hasFree(node: TypeNode, kind: 'self' | 'parameter'): boolean {
  if (node.kind === kind) return true;
  if (node.kind !== 'declared') return childrenOf(node).some((child) => hasFree(child, kind));
  // An argument and a base stand outside of the declaration.
  return [node.argument, node.base].some((child) => child !== undefined && hasFree(child, kind));
}

/** The same type with every free `self` or `parameter` replaced. */
export function substitute(node: TypeNode, kind: 'self' | 'parameter', replacement: TypeNode): TypeNode {
  if (node.kind === kind) return replacement;
  if (node.kind === 'declared') {
    const outside = (child: TypeNode | undefined): TypeNode | undefined =>
      child === undefined ? undefined : substitute(child, kind, replacement);
    const [base, argument] = [outside(node.base), outside(node.argument)];
    return { ...node, ...(base === undefined ? {} : { base }), ...(argument === undefined ? {} : { argument }) };
  }
  return withChildren(
    node,
    childrenOf(node).map((child) => substitute(child, kind, replacement)),
  );
}

/** What a declaration stands for: its body and base, with the argument for the parameter and itself for `self`. */
export function unfold(node: DeclaredNode): TypeNode {
  const filled = node.argument === undefined ? node.body : substitute(node.body, 'parameter', node.argument);
  const body = substitute(filled, 'self', node);
  return node.base === undefined ? body : { kind: 'intersection', members: [node.base, body] };
}

/** Whether a type or one within it is such. */
export function someNode(node: TypeNode, test: (node: TypeNode) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someNode(child, test));
}
