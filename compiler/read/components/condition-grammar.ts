/**
 * The conditions of pipelines, which are data and never code: `@sum.output.total > 100 && !$strict`.
 *
 *     or      = and ("||" and)*
 *     and     = unary ("&&" unary)*
 *     unary   = "!" unary | compare
 *     compare = value (("==" | "!=" | "<" | "<=" | ">" | ">=") value)?
 *     value   = "(" or ")" | number | text | "true" | "false" | "null" | $variable | @step.output
 */
import {
  type ComparisonOperator,
  type StepCondition,
  type StepValue,
  comparisonOperators,
  manifestMaxima,
} from '#wit/manifest';
import { parseInputText } from './references.ts';

/** What is wrong with a condition, and where in its text. */
export interface ConditionFault {
  readonly state: string;
  readonly offset: number;
}

interface Token {
  readonly text: string;
  readonly offset: number;
}

const tokenPattern =
  /\s+|(?:&&|\|\||==|!=|<=|>=|[<>!()])|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[$@][A-Za-z_][\w-]*(?:\.[A-Za-z_$][\w$-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*|[A-Za-z_]\w*/y;

/** Reads a condition. */
export function parseCondition(
  text: string,
): { readonly condition: StepCondition } | { readonly fault: ConditionFault } {
  try {
    return { condition: new ConditionParser(tokensOf(text), text.length).parse() };
  } catch (thrown) {
    if (thrown instanceof FaultFound) return { fault: thrown.fault };
    throw thrown;
  }
}

class FaultFound extends Error {
  readonly fault: ConditionFault;
  constructor(state: string, offset: number) {
    super(state);
    this.fault = { state, offset };
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < text.length) {
    const offset = pattern.lastIndex;
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) throw new FaultFound(`"${text.slice(offset, offset + 1)}" has no meaning here`, offset);
    if (found.trim() !== '') tokens.push({ text: found, offset });
  }
  return tokens;
}

/** A part of a condition: one that decides, or a value that may be compared. */
type Part = { readonly condition: StepCondition } | { readonly value: StepValue };

class ConditionParser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  parse(): StepCondition {
    const part = this.#or();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new FaultFound(`"${rest.text}" comes after its end`, rest.offset);
    return decided(part);
  }

  #or(): Part {
    return this.#joined('||', 'or', () => this.#joined('&&', 'and', () => this.#unary()));
  }

  #joined(operator: string, kind: 'and' | 'or', next: () => Part): Part {
    const parts = [next()];
    while (this.#take(operator)) parts.push(next());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { condition: { kind, conditions: parts.map(decided) } };
  }

  #unary(): Part {
    if (!this.#take('!')) return this.#compare();
    return this.#deeper(() => ({ condition: { kind: 'not', condition: decided(this.#unary()) } }));
  }

  #compare(): Part {
    const left = this.#primary();
    const operator = this.#tokens[this.#at];
    const known = comparisonOperators.find((one) => one === operator?.text);
    if (operator === undefined || known === undefined) return left;
    this.#at += 1;
    return { condition: this.#comparison(known, { left, right: this.#primary(), offset: operator.offset }) };
  }

  #comparison(
    operator: ComparisonOperator,
    { left, right, offset }: { readonly left: Part; readonly right: Part; readonly offset: number },
  ): StepCondition {
    if (!('value' in left) || !('value' in right)) throw new FaultFound(`"${operator}" compares values`, offset);
    return { kind: 'compare', operator, left: left.value, right: right.value };
  }

  #primary(): Part {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new FaultFound('it ends where a value is wanted', this.#end);
    this.#at += 1;
    if (token.text === '(') {
      const inner = this.#deeper(() => this.#or());
      if (!this.#take(')')) throw new FaultFound('a parenthesis is not closed', token.offset);
      return inner;
    }
    return { value: valueOf(token) };
  }

  #deeper(read: () => Part): Part {
    this.#depth += 1;
    const offset = this.#tokens[this.#at]?.offset ?? this.#end;
    if (this.#depth > manifestMaxima.valueDepth) throw new FaultFound('it is nested too deep', offset);
    const part = read();
    this.#depth -= 1;
    return part;
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text) return false;
    this.#at += 1;
    return true;
  }
}

function decided(part: Part): StepCondition {
  return 'condition' in part ? part.condition : { kind: 'value', value: part.value };
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function valueOf({ text, offset }: Token): StepValue {
  if (/^[$@]/.test(text)) {
    const reference = parseInputText(text);
    if (reference.kind === 'malformed') throw new FaultFound(reference.state, offset);
    if (reference.kind !== 'text') return { ...reference, path: [...reference.path] };
  }
  if (/^["']/.test(text)) return { kind: 'literal', value: unquoted(text) };
  if (/^[-\d]/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new FaultFound(`"${text}" is beyond every number`, offset);
    return { kind: 'literal', value };
  }
  const word = words.get(text);
  if (word === undefined) throw new FaultFound(`"${text}" has no meaning here`, offset);
  return { kind: 'literal', value: word };
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (_all, character: string) => (character === 'n' ? '\n' : character));
}
