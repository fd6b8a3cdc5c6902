/**
 * What a reader knows of a file from the read before, and may use again: TypeScript's errors in it and what its tools reach are most of
 * the cost of a read, and an edit changes them for few files.
 *
 * - Facts of a file hold as long as the file and every file of the author that it imports, also for types alone, is the one it was.
 * - They all are given up where anything changed that files see without importing it, or that is not the author's.
 * - A file of which an import leads nowhere has none: it may lead somewhere next time, without any file being another one.
 */
import { ts } from './typescript.js';
import type { ReadScope } from './read-scope.ts';
import type { CodeReach } from './uses/follow-code.ts';
import { forEachPart } from './walk-syntax.ts';

/** What is known of one file; filled in by whoever finds it out. */
export interface FileFacts {
  /** What TypeScript finds wrong beside the syntax. */
  semanticErrors?: readonly ts.Diagnostic[];
  /** What bodies of tools reach. */
  readonly reaches: Map<ts.Node, KeptReach>;
}

/** What a body reaches: where every method of its classes counts, and where those do that are named. */
export interface KeptReach {
  whole?: CodeReach;
  named?: CodeReach;
}

/** The files of one program. */
export interface ProgramFiles {
  readonly program: ts.Program;
  /** Those of the author. */
  readonly own: readonly ts.SourceFile[];
}

interface KnownFile {
  readonly imported: ReadonlySet<ts.SourceFile>;
  readonly facts: FileFacts;
}

/** The facts of one reader. They refer to syntax trees, and to no checker. */
export class KeptFacts {
  #surroundings: ReadonlySet<ts.SourceFile> = new Set();
  #extended: ReadonlySet<ts.Node> = new Set();
  #known = new Map<ts.SourceFile, KnownFile>();

  /** Keeps what still holds for a program, and gives up the rest. To be called once a read, before `of`. */
  begin({ program, own }: ProgramFiles, scope: ReadScope): void {
    const imported = new Set(own.filter((file) => !isSeenByAll(file)));
    const surroundings = new Set(program.getSourceFiles().filter((file) => !imported.has(file)));
    const before = isSameSet(surroundings, this.#surroundings) ? this.#known : new Map<ts.SourceFile, KnownFile>();
    this.#surroundings = surroundings;
    this.#known = new Map();
    const imports = new Map([...imported].map((file) => [file, importsOf(file, scope)]));
    for (const file of imported) {
      const closure = closureOf(file, imports);
      if (closure === undefined) continue;
      const known = before.get(file);
      const holds = known !== undefined && isSameSet(known.imported, closure);
      this.#known.set(file, holds ? known : { imported: closure, facts: newFacts() });
    }
  }

  /** What is known of a file; nothing yet where something has changed. */
  of(file: ts.SourceFile): FileFacts {
    return this.#known.get(file)?.facts ?? newFacts();
  }

  /** Gives up what bodies reach where other classes are extended than before: members of those may stand for others. */
  extend(extended: ReadonlySet<ts.Node>): void {
    if (!isSameSet(extended, this.#extended)) for (const { facts } of this.#known.values()) facts.reaches.clear();
    this.#extended = extended;
  }
}

function newFacts(): FileFacts {
  return { reaches: new Map() };
}

/** Whether a file says something to others that do not import it. */
function isSeenByAll(file: ts.SourceFile): boolean {
  return (
    !ts.isExternalModule(file) ||
    file.statements.some(
      (one) =>
        ts.isModuleDeclaration(one) &&
        (ts.isStringLiteral(one.name) || (one.flags & ts.NodeFlags.GlobalAugmentation) !== 0),
    )
  );
}

/** The files that a file imports itself; `undefined` where one of its imports leads nowhere. */
function importsOf(file: ts.SourceFile, { checker }: ReadScope): readonly ts.SourceFile[] | undefined {
  const modules = specifiersOf(file).map((one) => checker.getSymbolAtLocation(one)?.declarations?.[0]?.getSourceFile());
  return modules.every((module) => module !== undefined) ? modules : undefined;
}

function closureOf(
  file: ts.SourceFile,
  imports: ReadonlyMap<ts.SourceFile, readonly ts.SourceFile[] | undefined>,
): ReadonlySet<ts.SourceFile> | undefined {
  const closure = new Set([file]);
  for (const reached of closure) {
    // What is not among them is part of the surroundings.
    if (!imports.has(reached)) continue;
    const next = imports.get(reached);
    if (next === undefined) return undefined;
    for (const one of next) closure.add(one);
  }
  return closure;
}

const specifiers = new WeakMap<ts.SourceFile, readonly ts.Expression[]>();

/** All texts of a file that name modules, also those of types. */
function specifiersOf(file: ts.SourceFile): readonly ts.Expression[] {
  const known = specifiers.get(file);
  if (known !== undefined) return known;
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push(specifier);
    forEachPart(node, visit);
  };
  visit(file);
  specifiers.set(file, found);
  return found;
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? literalOf(node.argument.literal) : undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return literalOf(node.arguments[0]);
  return undefined;
}

function literalOf(node: ts.Node | undefined): ts.StringLiteralLike | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node : undefined;
}

function isSameSet<Item>(one: ReadonlySet<Item>, other: ReadonlySet<Item>): boolean {
  return one.size === other.size && [...one].every((item) => other.has(item));
}
