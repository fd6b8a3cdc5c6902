/** Recognises what comes from `@aria/sdk`, by symbol and not by spelling, so that aliases, namespaces and re-exports work. */
import { ts } from './typescript.js';
import { sdkFile } from './environment.ts';

/** The exports of the SDK of one program. */
export class SdkSymbols {
  readonly #checker: ts.TypeChecker;
  readonly #names = new Map<ts.Symbol, string>();
  readonly #files: ReadonlySet<ts.SourceFile>;

  constructor(program: ts.Program) {
    this.#checker = program.getTypeChecker();
    const file = program.getSourceFile(sdkFile);
    this.#files = new Set(file === undefined ? [] : [file]);
    const module = file && this.#checker.getSymbolAtLocation(file);
    for (const symbol of module === undefined ? [] : this.#checker.getExportsOfModule(module)) {
      this.#names.set(this.#target(symbol), symbol.name);
    }
  }

  /** Whether the program has the SDK at all. */
  get found(): boolean {
    return this.#files.size > 0;
  }

  /** The name under which the SDK exports what an expression refers to; `tools.call` for a member of an export. */
  nameOf(expression: ts.Expression): string | undefined {
    if (ts.isParenthesizedExpression(expression)) return this.nameOf(expression.expression);
    if (!ts.isIdentifier(expression) && !ts.isPropertyAccessExpression(expression)) return undefined;
    const symbol = this.#checker.getSymbolAtLocation(expression);
    const name = symbol && this.#names.get(this.#target(symbol));
    if (name !== undefined || !ts.isPropertyAccessExpression(expression)) return name;
    const owner = this.nameOf(expression.expression);
    return owner === undefined ? undefined : `${owner}.${expression.name.text}`;
  }

  /** The name under which the SDK exports a symbol. */
  nameOfSymbol(symbol: ts.Symbol): string | undefined {
    return this.#names.get(this.#target(symbol));
  }

  /** The name of the SDK's type alias or interface that a type is. */
  nameOfType(type: ts.Type): string | undefined {
    const symbol = type.aliasSymbol ?? type.symbol;
    return symbol && this.#names.get(this.#target(symbol));
  }

  /** A type that the SDK exports. */
  typeNamed(name: string): ts.Type | undefined {
    for (const [symbol, exported] of this.#names) {
      if (exported === name && symbol.flags & ts.SymbolFlags.Type) return this.#checker.getDeclaredTypeOfSymbol(symbol);
    }
    return undefined;
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }
}
