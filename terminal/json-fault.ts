/** Finds where a text stops being JSON, which the engine's own message only sometimes says. RFC 8259. */

/** Where and what. */
export interface JsonFault {
  /** In UTF-16 units. */
  readonly offset: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** As "a value is expected". */
  readonly problem: string;
}

const patterns = {
  space: /[\t\n\r ]*/y,
  string: /"(?:[ !#-[\]-\uFFFF]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  literal: /(?:true|false|null)\b/y,
} as const;

/** The first fault of a text; `undefined` where it is JSON. Nesting costs no stack. */
export function findJsonFault(text: string): JsonFault | undefined {
  const scanner = new Scanner(text);
  const problem = scanner.scan();
  if (problem === undefined) return undefined;
  const before = text.slice(0, scanner.at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { offset: scanner.at, line: before.split('\n').length, column: scanner.at - lineStart + 1, problem };
}

class Scanner {
  readonly #text: string;
  /** The brackets that are open: what closes them. */
  readonly #closers: ('}' | ']')[] = [];
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What is wrong at `at`, if anything. */
  scan(): string | undefined {
    for (;;) {
      const problem = this.#value();
      if (problem !== undefined) return problem;
      if (this.#closers.length > 0) continue;
      this.#take(patterns.space);
      return this.at < this.#text.length ? 'nothing more is expected' : undefined;
    }
  }

  /** One value, or the opening of one, and all that closes behind it: up to where the next value has to stand. */
  #value(): string | undefined {
    this.#take(patterns.space);
    const closer = this.#char() === '{' ? '}' : this.#char() === '[' ? ']' : undefined;
    if (closer !== undefined) {
      this.at += 1;
      this.#closers.push(closer);
      this.#take(patterns.space);
      if (this.#char() !== closer) return closer === '}' ? this.#key() : undefined;
    } else if (!this.#take(patterns.string) && !this.#take(patterns.number) && !this.#take(patterns.literal)) {
      return this.#problem('a value');
    }
    return this.#afterValue();
  }

  #afterValue(): string | undefined {
    for (;;) {
      const closer = this.#closers.at(-1);
      if (closer === undefined) return undefined;
      this.#take(patterns.space);
      if (this.#char() === ',') {
        this.at += 1;
        return closer === '}' ? this.#key() : undefined;
      }
      if (this.#char() !== closer) return this.#problem(`"," or "${closer}"`);
      this.at += 1;
      this.#closers.pop();
    }
  }

  #key(): string | undefined {
    this.#take(patterns.space);
    if (!this.#take(patterns.string)) return this.#problem('a key in double quotes');
    this.#take(patterns.space);
    if (this.#char() !== ':') return this.#problem('":"');
    this.at += 1;
    return undefined;
  }

  #problem(expected: string): string {
    const state = this.at < this.#text.length ? '' : ', and the text ends';
    return `${expected} is expected${state}`;
  }

  #char(): string | undefined {
    return this.#text[this.at];
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.at += taken.length;
    return taken !== '';
  }
}
