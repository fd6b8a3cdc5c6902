/**
 * Reads the part of WIT that `aria:host` is written in, for the generators of TypeScript types and of the guest engine's bindings.
 * jco reads the same files when it encodes a component, so a mistake here shows as a component that does not link.
 */

/** A type where it is used. */
export type WitType =
  | { readonly kind: 'bool' | 's32' | 'f64' | 'u8' | 'string' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'list' | 'option'; readonly of: WitType }
  | { readonly kind: 'result'; readonly ok: WitType | undefined; readonly err: WitType | undefined }
  | { readonly kind: 'tuple'; readonly of: readonly WitType[] };

/** A field of a record or a parameter of a function. */
export interface WitField {
  readonly name: string;
  readonly docs: string;
  readonly type: WitType;
}

/** A case of a variant; an enum's cases have no type. */
export interface WitCase {
  readonly name: string;
  readonly docs: string;
  readonly type: WitType | undefined;
}

/** A type that an interface defines. */
export type WitDefinition = { readonly name: string; readonly docs: string } & (
  | { readonly kind: 'record'; readonly fields: readonly WitField[] }
  | { readonly kind: 'variant' | 'enum'; readonly cases: readonly WitCase[] }
  | { readonly kind: 'alias'; readonly type: WitType }
);

/** A function of an interface. */
export interface WitFunction {
  readonly name: string;
  readonly docs: string;
  readonly parameters: readonly WitField[];
  readonly result: WitType | undefined;
}

/** An interface. */
export interface WitInterface {
  readonly name: string;
  readonly docs: string;
  /** Names taken from `types`. */
  readonly uses: readonly string[];
  readonly definitions: readonly WitDefinition[];
  readonly functions: readonly WitFunction[];
}

interface Lexeme {
  readonly text: string;
  readonly docs: string;
  readonly line: number;
}

function lex(source: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let docs: string[] = [];
  for (const [index, text] of source.split('\n').entries()) {
    const doc = /^\s*\/\/\/ ?(.*)$/.exec(text);
    if (doc) {
      docs.push(doc[1] ?? '');
      continue;
    }
    const code = text.replace(/\/\/.*$/, '').replace(/@since\([^)]*\)/g, '');
    for (const [word] of code.matchAll(/[a-zA-Z][\w.:/@-]*[\w]|[a-zA-Z]|->|[{}()<>,:;=_]/g)) {
      lexemes.push({ text: word, docs: docs.join('\n'), line: index + 1 });
      docs = [];
    }
  }
  return lexemes;
}

class Reader {
  readonly #lexemes: readonly Lexeme[];
  readonly #file: string;
  #at = 0;

  constructor(file: string, source: string) {
    this.#file = file;
    // `name:` lexes as one word with a colon inside only in package ids, which are skipped whole.
    this.#lexemes = lex(source.replace(/^package [^;]*;/m, ''));
  }
  get #here(): Lexeme {
    return this.#lexemes[this.#at] ?? { text: '', docs: '', line: 0 };
  }
  #fail(wanted: string): never {
    throw new Error(`Cannot read ${this.#file}:${this.#here.line}: expected ${wanted}, found "${this.#here.text}"`);
  }
  #take(text: string): void {
    if (this.#here.text !== text) this.#fail(`"${text}"`);
    this.#at += 1;
  }
  #try(text: string): boolean {
    if (this.#here.text !== text) return false;
    this.#at += 1;
    return true;
  }
  #name(): string {
    const { text } = this.#here;
    if (!/^[a-z]/.test(text)) this.#fail('a name');
    this.#at += 1;
    return text;
  }
  interfaces(): WitInterface[] {
    const found: WitInterface[] = [];
    while (this.#here.text !== '') {
      const { docs } = this.#here;
      if (this.#try('world')) {
        while (!this.#try('}')) this.#at += 1;
      } else {
        this.#take('interface');
        found.push({ name: this.#name(), docs, ...this.#body() });
      }
    }
    return found;
  }
  #body(): Pick<WitInterface, 'uses' | 'definitions' | 'functions'> {
    const uses: string[] = [];
    const definitions: WitDefinition[] = [];
    const functions: WitFunction[] = [];
    this.#take('{');
    while (!this.#try('}')) {
      const { text, docs } = this.#here;
      if (text.startsWith('use')) uses.push(...this.#use());
      else if (text === 'record' || text === 'variant' || text === 'enum' || text === 'type')
        definitions.push(this.#definition(docs));
      else functions.push(this.#function(docs));
    }
    return { uses, definitions, functions };
  }
  #use(): string[] {
    this.#take('use');
    this.#at += 1; // `types.` lexes with or without its dot
    this.#try('.');
    const names: string[] = [];
    this.#take('{');
    while (!this.#try('}')) {
      names.push(this.#name());
      this.#try(',');
    }
    this.#take(';');
    return names;
  }
  #definition(docs: string): WitDefinition {
    const keyword = this.#name();
    const name = this.#name();
    if (keyword === 'type') {
      this.#take('=');
      const type = this.#type();
      this.#take(';');
      return { kind: 'alias', name, docs, type };
    }
    this.#take('{');
    if (keyword === 'record') return { kind: 'record', name, docs, fields: this.#fields('}') };
    const cases: WitCase[] = [];
    while (!this.#try('}')) {
      const caseDocs = this.#here.docs;
      const caseName = this.#name();
      let type: WitType | undefined;
      if (this.#try('(')) {
        type = this.#type();
        this.#take(')');
      }
      cases.push({ name: caseName, docs: caseDocs, type });
      this.#try(',');
    }
    return { kind: keyword === 'enum' ? 'enum' : 'variant', name, docs, cases };
  }
  #fields(end: string): WitField[] {
    const fields: WitField[] = [];
    while (!this.#try(end)) {
      const { docs } = this.#here;
      const name = this.#name();
      this.#take(':');
      fields.push({ name, docs, type: this.#type() });
      this.#try(',');
    }
    return fields;
  }
  #function(docs: string): WitFunction {
    const name = this.#name();
    this.#take(':');
    this.#take('func');
    this.#take('(');
    const parameters = this.#fields(')');
    const result = this.#try('->') ? this.#type() : undefined;
    this.#take(';');
    return { name, docs, parameters, result };
  }
  #type(): WitType {
    const name = this.#name();
    switch (name) {
      case 'bool':
      case 's32':
      case 'f64':
      case 'u8':
      case 'string':
        return { kind: name };
      case 'list':
      case 'option':
        return { kind: name, of: this.#arguments()[0] ?? this.#fail('a type') };
      case 'tuple':
        return { kind: 'tuple', of: this.#arguments().map((type) => type ?? this.#fail('a type')) };
      case 'result': {
        const [ok, err] = this.#here.text === '<' ? this.#arguments() : [];
        return { kind: 'result', ok, err };
      }
      default:
        return { kind: 'named', name };
    }
  }
  #arguments(): (WitType | undefined)[] {
    const types: (WitType | undefined)[] = [];
    this.#take('<');
    while (!this.#try('>')) {
      types.push(this.#try('_') ? undefined : this.#type());
      this.#try(',');
    }
    return types;
  }
}

/** Reads the interfaces of one file. @throws {Error} with file and line where it is not of this part of WIT. */
export function readWit(file: string, source: string): WitInterface[] {
  return new Reader(file, source).interfaces();
}
