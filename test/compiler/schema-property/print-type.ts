/** Types as TypeScript: declarations, one a line, and the expression that names the type. */
import {
  type DeclaredNode,
  type EnumName,
  type TemplatePart,
  type TypeNode,
  enumMembers,
  isEnumName,
} from './type-node.ts';

/** A printed type. */
export interface PrintedType {
  /** Lines of declarations, all that `expression` needs. */
  readonly declarations: readonly string[];
  readonly expression: string;
}

/** Prints a type; what it declares is called `D0`, `D1` and so on. */
export function printType(node: TypeNode): PrintedType {
  const printer = new Printer();
  const expression = printer.print(node);
  return { declarations: printer.lines, expression };
}

/** Prints a property's name as a key of a type or an object. */
export function printKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
}

class Printer {
  readonly lines: string[] = [];
  readonly #enums = new Set<EnumName>();
  readonly #declared = new Map<DeclaredNode, string>();
  #count = 0;

  print(node: TypeNode, self = 'never'): string {
    const inner = (child: TypeNode): string => this.print(child, self);
    switch (node.kind) {
      case 'keyword':
        return node.name;
      case 'literal':
        return typeof node.value === 'string' ? `'${node.value}'` : String(node.value);
      case 'enum':
        return node.member === undefined ? this.#enum(node.name) : `${this.#enum(node.name)}.${node.member}`;
      case 'template':
        return `\`${node.parts.map(printPart).join('')}\``;
      case 'array':
        return node.readonly ? `readonly ${this.#operand(node.item, self)}[]` : `${this.#operand(node.item, self)}[]`;
      case 'tuple':
        return `[${node.elements.map(({ role, type }) => this.#element(role, type, self)).join(', ')}]`;
      case 'object':
        return this.#object(node, self);
      case 'union':
        return node.members.map(inner).join(' | ');
      case 'intersection':
        return node.members.map((member) => this.#operand(member, self)).join(' & ');
      case 'change':
        return `${node.name}<${inner(node.target)}>`;
      case 'choice':
        return `${node.name}<${inner(node.target)}, ${printKeys(node.keys)}>`;
      case 'record':
        return `Record<${isEnumName(node.keys) ? this.#enum(node.keys) : printKeys(node.keys)}, ${inner(node.value)}>`;
      case 'declared':
        return this.#declare(node, self);
      case 'self':
        return self;
      case 'parameter':
        return 'T';
    }
  }

  /** In parentheses where it would be read as something else beside an operator. */
  #operand(node: TypeNode, self: string): string {
    const text = this.print(node, self);
    const loose = node.kind === 'union' || node.kind === 'intersection' || (node.kind === 'array' && node.readonly);
    return loose ? `(${text})` : text;
  }

  #element(role: 'required' | 'optional' | 'rest', type: TypeNode, self: string): string {
    const text = this.#operand(type, self);
    return role === 'rest' ? `...${text}[]` : role === 'optional' ? `${text}?` : text;
  }

  #object({ properties, index }: TypeNode & { kind: 'object' }, self: string): string {
    const lines = properties.map(
      ({ name, optional, readonly, type }) =>
        `${readonly ? 'readonly ' : ''}${printKey(name)}${optional ? '?' : ''}: ${this.print(type, self)}`,
    );
    if (index !== undefined) {
      const key = index.key === 'template' ? '`x-${string}`' : index.key;
      lines.push(`[key: ${key}]: ${this.print(index.type, self)}`);
    }
    return lines.length === 0 ? '{}' : `{ ${lines.join('; ')} }`;
  }

  #enum(name: EnumName): string {
    if (!this.#enums.has(name)) {
      this.#enums.add(name);
      const members = enumMembers(name).map(([member, value]) => `${member} = ${JSON.stringify(value)}`);
      this.lines.unshift(`export enum ${name} { ${members.join(', ')} }`);
    }
    return name;
  }

  #declare(node: DeclaredNode, self: string): string {
    const argument = node.argument === undefined ? '' : `<${this.print(node.argument, self)}>`;
    const known = this.#declared.get(node);
    if (known !== undefined) return known + argument;
    const name = `D${this.#count}`;
    this.#count += 1;
    this.#declared.set(node, name);
    const head = node.argument === undefined ? name : `${name}<T>`;
    const base = node.base === undefined ? '' : ` extends ${this.print(node.base, self)}`;
    const body = this.print(node.body, head);
    this.lines.push(
      node.style === 'interface' ? `export interface ${head}${base} ${body}` : `export type ${head} = ${body};`,
    );
    return name + argument;
  }
}

function printKeys(keys: readonly string[] | 'string'): string {
  return keys === 'string' ? 'string' : keys.map((key) => `'${key}'`).join(' | ');
}

function printPart(part: TemplatePart): string {
  return 'text' in part ? part.text : `\${${part.placeholder}}`;
}
