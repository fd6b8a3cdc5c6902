/**
 * Follows code from a tool's body to all that it may run.
 *
 * - What a reached unit mentions is reached, whether it calls it or not.
 * - A class that is mentioned is constructed: its constructor and its fields are reached, its methods where they are named.
 * - A member that is named through an interface, an abstract class or `any` is reached in every class that is.
 * - Every module that is imported on the way runs its top level; what that puts into a constant is reached where the constant is.
 */
import { ts } from '../typescript.js';
import { isForeign } from '../foreign-files.ts';
import type { ImportGraph } from '../imports/import-graph.ts';
import type { KeptFacts, KeptReach } from '../kept-facts.ts';
import type { ReadScope } from '../read-scope.ts';
import { type CodeUnit, isStaticMember, loadedStatementsOf, unitOf } from './code-units.ts';
import { filledBy } from './filled-constants.ts';
import { type UnitContent, contentOf } from './find-uses.ts';
import type { FoundUse } from './found-use.ts';

/** Methods that the language itself calls. */
const implicitNames: readonly string[] = ['toString', 'valueOf', 'toJSON', 'then'];

/** What a tool reaches. */
export interface CodeReach {
  readonly uses: readonly FoundUse[];
  /** Whether code runs that is not the author's, and so may do whatever the Web API lets it. */
  readonly packages: boolean;
  /** Names of globals that only a container has. */
  readonly globals: ReadonlySet<string>;
}

/** The author's code. */
export interface ReachedCode {
  readonly files: readonly ts.SourceFile[];
  readonly graph: ImportGraph;
  /** What the read before has found out, and this one does. */
  readonly kept: KeptFacts;
}

/** How far to follow. */
export interface FollowOptions {
  /** Whether every method of a class counts once the class is constructed, since somebody else may call it. */
  readonly wholeClasses: boolean;
  /** Bodies that are reached by a call of their own only: those of tools. */
  readonly apart: ReadonlySet<ts.Node>;
}

/** Follows code of one program; what a unit contains is read once. */
export class CodeFollower {
  readonly #scope: ReadScope;
  readonly #graph: ImportGraph;
  readonly #kept: KeptFacts;
  readonly #contents = new Map<CodeUnit, UnitContent>();
  readonly #extended: ReadonlySet<ts.Node>;

  constructor({ files, graph, kept }: ReachedCode, scope: ReadScope) {
    this.#scope = scope;
    this.#graph = graph;
    this.#kept = kept;
    this.#extended = extendedClasses(files, scope.checker);
    kept.extend(this.#extended);
  }

  /** Everything that a body reaches. */
  reach(body: ts.Node, options: FollowOptions): CodeReach {
    const { reaches } = this.#kept.of(body.getSourceFile());
    const known: KeptReach = reaches.get(body) ?? {};
    reaches.set(body, known);
    return (known[options.wholeClasses ? 'whole' : 'named'] ??= this.#reachAnew(body, options));
  }

  #reachAnew(body: ts.Node, options: FollowOptions): CodeReach {
    const walk = new ReachWalk((unit) => this.#content(unit), this.#scope, options);
    const file = body.getSourceFile();
    const { files, packages } = this.#graph.closureOf(file);
    for (const loaded of [file, ...files]) walk.addFile(loaded);
    if (ts.isMethodDeclaration(body) && ts.isClassDeclaration(body.parent)) walk.addClass(body.parent);
    walk.addUnit(body);
    return { ...walk.content(), packages };
  }

  #content(unit: CodeUnit): UnitContent {
    const kept = this.#contents.get(unit);
    if (kept !== undefined) return kept;
    const content = contentOf(unit, { scope: this.#scope, extended: this.#extended });
    this.#contents.set(unit, content);
    return content;
  }
}

class ReachWalk {
  readonly #content: (unit: CodeUnit) => UnitContent;
  readonly #scope: ReadScope;
  readonly #options: FollowOptions;
  readonly #units = new Set<CodeUnit>();
  readonly #fillings = new Map<CodeUnit, readonly ts.Node[]>();
  readonly #classes = new Set<ts.ClassLikeDeclaration>();
  readonly #names = new Set<string>(implicitNames);

  constructor(content: (unit: CodeUnit) => UnitContent, scope: ReadScope, options: FollowOptions) {
    this.#content = content;
    this.#scope = scope;
    this.#options = options;
  }

  addUnit(unit: CodeUnit): void {
    this.#units.add(unit);
  }

  /** What a file does when it is loaded; what it puts into a constant then is reached with the constant. */
  addFile(file: ts.SourceFile): void {
    this.#units.add(file);
    for (const statement of loadedStatementsOf(file)) {
      const filled = filledBy(statement, this.#scope);
      if (filled !== undefined) this.#fillings.set(filled, [...(this.#fillings.get(filled) ?? []), statement]);
    }
  }

  addClass(owner: ts.ClassDeclaration): void {
    if (this.#classes.has(owner)) return;
    this.#classes.add(owner);
    this.#units.add(owner);
    for (const member of owner.members) if (this.#isReached(member)) this.#units.add(member);
  }

  /** Walks to the end; units that are added while walking are walked too. */
  content(): Pick<CodeReach, 'uses' | 'globals'> {
    const uses: FoundUse[] = [];
    const globals = new Set<string>();
    for (const unit of this.#units) {
      for (const filling of this.#fillings.get(unit) ?? []) this.#units.add(filling);
      const content = this.#content(unit);
      uses.push(...content.uses);
      for (const name of content.globals) globals.add(name);
      for (const declaration of content.mentions) this.#addDeclaration(declaration);
      for (const module of content.modules) this.#addModule(module);
      this.#addNames(content.names);
    }
    return { uses, globals };
  }

  #addDeclaration(declaration: ts.Node): void {
    if (ts.isClassDeclaration(declaration)) return this.addClass(declaration);
    const unit = unitOf(declaration);
    if (unit === undefined) return;
    if (ts.isClassDeclaration(unit)) this.addClass(unit);
    else this.#units.add(unit);
  }

  #addModule(module: ts.Symbol): void {
    const { checker, directory } = this.#scope;
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      for (const declaration of target.declarations ?? []) {
        if (!isForeign(declaration, directory)) this.#addDeclaration(declaration);
      }
    }
  }

  #addNames(names: ReadonlySet<string>): void {
    const before = this.#names.size;
    for (const name of names) this.#names.add(name);
    if (this.#names.size === before) return;
    for (const owner of this.#classes) {
      for (const member of owner.members) if (this.#isReached(member)) this.#units.add(member);
    }
  }

  /** Whether constructing its class is enough to reach a member, with the names that are known so far. */
  #isReached(member: ts.ClassElement): boolean {
    if (this.#options.apart.has(member)) return false;
    if (this.#options.wholeClasses || ts.isConstructorDeclaration(member)) return true;
    const name = member.name;
    if (name === undefined) return false;
    if (ts.isComputedPropertyName(name) && !ts.isStringLiteralLike(name.expression)) return true;
    if (ts.isPropertyDeclaration(member) && !isFunction(member.initializer)) return !isStaticMember(member);
    return 'text' in name && this.#names.has(name.text);
  }
}

function isFunction(expression: ts.Expression | undefined): boolean {
  return expression !== undefined && (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression));
}

/** The classes that another class of these files extends. */
function extendedClasses(files: readonly ts.SourceFile[], checker: ts.TypeChecker): ReadonlySet<ts.Node> {
  const extended = new Set<ts.Node>();
  for (const { statements } of files) {
    for (const statement of statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      for (const base of checker.getBaseTypes(checker.getTypeAtLocation(statement) as ts.InterfaceType)) {
        for (const declaration of base.symbol?.declarations ?? []) extended.add(declaration);
      }
    }
  }
  return extended;
}
