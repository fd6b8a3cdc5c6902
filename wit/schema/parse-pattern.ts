/** Parses a regular expression of the flag `u`, as far as an automaton can run it. */

/** A part of a pattern. */
export type PatternNode =
  /** One character; `text`: as it is written. */
  | { readonly kind: 'one'; readonly text: string; readonly test: (character: string) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

/** Characters of a pattern. */
const charactersMax = 4_096;
const groupDepthMax = 50;

/** One escape that stands for one character, at the place of `lastIndex`. */
const escape =
  /\\(?:[dDsSwWtnvfr0]|[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[\^$\\.*+?()[\]{}|/-])/uy;
const quantifier = /(?:(?<sign>[*+?])|\{(?<min>\d+)(?<open>,(?<max>\d*))?\})\??/uy;
const characterClass = /\[(?:[^\]\\]|\\[\s\S])*\]/uy;
const group = /\((?:\?:|\?<[\p{ID_Start}$_][\p{ID_Continue}$]*>|(?!\?))/uy;

/** The pattern has what an automaton does not do. */
class Beyond extends Error {}

/** Parses a pattern; `undefined` for one that is wrong, too long, or beyond an automaton. */
export function parsePattern(text: string): PatternNode | undefined {
  if (text.length > charactersMax) return undefined;
  try {
    // What the parser takes is right only where the whole is.
    return new RegExp(text, 'u').unicode ? new PatternParser(text).parse() : undefined;
  } catch (error) {
    if (error instanceof Beyond || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws {Beyond} */
  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new Beyond();
    return node;
  }

  #choice(): PatternNode {
    const options = [this.#sequence()];
    while (this.#takes('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text.charAt(this.#at))) {
      const part = this.#atom();
      parts.push(part.kind === 'start' || part.kind === 'end' ? part : this.#quantified(part));
    }
    return { kind: 'sequence', parts };
  }

  #atom(): PatternNode {
    if (this.#takes('^')) return { kind: 'start' };
    if (this.#takes('$')) return { kind: 'end' };
    if (this.#match(group) !== undefined) return this.#group();
    const special = this.#match(characterClass) ?? this.#match(escape) ?? (this.#takes('.') ? '.' : undefined);
    if (special !== undefined) {
      const one = new RegExp(`^(?:${special})$`, 'u');
      return { kind: 'one', text: special, test: (character) => one.test(character) };
    }
    const literal = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    // What is left of the grammar: look-around, back references, boundaries, modifiers.
    if ('\\()[]{}*+?|'.includes(literal)) throw new Beyond();
    this.#at += literal.length;
    return { kind: 'one', text: literal, test: (character) => character === literal };
  }

  #group(): PatternNode {
    this.#depth += 1;
    if (this.#depth > groupDepthMax) throw new Beyond();
    const inner = this.#choice();
    this.#depth -= 1;
    if (!this.#takes(')')) throw new Beyond();
    return inner;
  }

  #quantified(part: PatternNode): PatternNode {
    quantifier.lastIndex = this.#at;
    const found = quantifier.exec(this.#text);
    if (found === null) return part;
    this.#at = quantifier.lastIndex;
    const { sign, min = '0', open, max } = found.groups ?? {};
    if (sign !== undefined)
      return { kind: 'repeat', part, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
    const least = Number(min);
    if (open === undefined) return { kind: 'repeat', part, min: least, max: least };
    return { kind: 'repeat', part, min: least, max: max === '' || max === undefined ? Infinity : Number(max) };
  }

  #takes(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const [found] = expression.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
