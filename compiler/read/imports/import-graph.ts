/** Which files of the author import which at run time. Imports of types alone are not among them: the bundler drops those, too. */
import { ts } from '../typescript.js';
import { sdkFile } from '../environment.ts';
import { isForeign } from '../foreign-files.ts';
import type { ReadScope } from '../read-scope.ts';
import { forEachPart } from '../walk-syntax.ts';

/** One import of another file of the author. */
export interface ImportEdge {
  readonly to: ts.SourceFile;
  /** The text that names it. */
  readonly specifier: ts.StringLiteralLike;
  /** Whether it is loaded before the file itself; `import()` waits until it is reached. */
  readonly before: boolean;
}

/** What a file imports at run time, in order. */
interface FileImports {
  readonly edges: readonly ImportEdge[];
  /** Whether something comes from a package, or from a file without TypeScript. */
  readonly packages: boolean;
}

/** The imports of the files of one program; each file is read once. */
export class ImportGraph {
  readonly #scope: ReadScope;
  readonly #imports = new Map<ts.SourceFile, FileImports>();

  constructor(scope: ReadScope) {
    this.#scope = scope;
  }

  /** The files of the author that a file imports itself, in the order in which they are loaded. */
  edgesOf(file: ts.SourceFile): readonly ImportEdge[] {
    return this.#importsOf(file).edges;
  }

  /** All files that loading a file loads, and whether packages are among them. */
  closureOf(file: ts.SourceFile): { readonly files: ReadonlySet<ts.SourceFile>; readonly packages: boolean } {
    const files = new Set([file]);
    let packages = false;
    for (const reached of files) {
      const imports = this.#importsOf(reached);
      packages ||= imports.packages;
      for (const { to } of imports.edges) files.add(to);
    }
    return { files, packages };
  }

  /** The shortest way between two files, both ends included; undefined where there is none. */
  wayBetween(from: ts.SourceFile, to: ts.SourceFile): readonly ts.SourceFile[] | undefined {
    const previous = new Map<ts.SourceFile, ts.SourceFile | undefined>([[from, undefined]]);
    for (const file of previous.keys()) {
      if (file === to) break;
      for (const edge of this.edgesOf(file)) if (!previous.has(edge.to)) previous.set(edge.to, file);
    }
    if (!previous.has(to)) return undefined;
    const way: ts.SourceFile[] = [];
    for (let file: ts.SourceFile | undefined = to; file !== undefined; file = previous.get(file)) way.unshift(file);
    return way;
  }

  #importsOf(file: ts.SourceFile): FileImports {
    const kept = this.#imports.get(file);
    if (kept !== undefined) return kept;
    const imports = this.#read(file);
    this.#imports.set(file, imports);
    return imports;
  }

  #read(file: ts.SourceFile): FileImports {
    const used = new ValueNames(file);
    const edges: ImportEdge[] = [];
    let packages = false;
    const named = specifiersOf(file, used);
    for (const specifier of [...named, ...used.loaded]) {
      const module = this.#scope.checker.getSymbolAtLocation(specifier)?.valueDeclaration?.getSourceFile();
      if (module?.fileName === sdkFile || module?.fileName.endsWith('.json')) continue;
      if (module === undefined || module.isDeclarationFile || isForeign(module, this.#scope.directory)) packages = true;
      else edges.push({ to: module, specifier, before: named.includes(specifier) });
    }
    return { edges, packages };
  }
}

/** The modules that a file names in imports and exports that stay at run time. */
function specifiersOf(file: ts.SourceFile, used: ValueNames): readonly ts.StringLiteralLike[] {
  return file.statements.flatMap((statement) => {
    const stays =
      (ts.isImportDeclaration(statement) && isUsed(statement.importClause, used)) ||
      (ts.isExportDeclaration(statement) && exportsValue(statement));
    const specifier = stays ? statement.moduleSpecifier : undefined;
    return specifier !== undefined && ts.isStringLiteralLike(specifier) ? [specifier] : [];
  });
}

function isUsed(clause: ts.ImportClause | undefined, used: ValueNames): boolean {
  if (clause === undefined) return true;
  if (clause.isTypeOnly) return false;
  if (clause.name !== undefined && used.has(clause.name)) return true;
  const bindings = clause.namedBindings;
  if (bindings === undefined) return false;
  if (ts.isNamespaceImport(bindings)) return used.has(bindings.name);
  return bindings.elements.some((element) => !element.isTypeOnly && used.has(element.name));
}

function exportsValue({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly) return false;
  return (
    exportClause === undefined ||
    ts.isNamespaceExport(exportClause) ||
    exportClause.elements.some((element) => !element.isTypeOnly)
  );
}

/** The names that a file uses as values, by spelling alone: too many is no harm, since a bundler keeps those as well. */
class ValueNames {
  readonly #names = new Set<string>();
  /** What `import()` names. */
  readonly loaded: ts.StringLiteralLike[] = [];

  constructor(file: ts.SourceFile) {
    for (const statement of file.statements) this.#visit(statement);
  }

  has({ text }: ts.Identifier): boolean {
    return this.#names.has(text);
  }

  #visit(node: ts.Node): void {
    if (ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword) return;
    if (ts.isIdentifier(node)) this.#names.add(node.text);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteralLike(specifier)) this.loaded.push(specifier);
    }
    forEachPart(node, (part) => this.#visit(part));
  }
}
