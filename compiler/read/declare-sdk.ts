/**
 * Writes the SDK's types as one file, which is all of the SDK that a project's program reads: a tenth of its text, and nothing of
 * the contracts but what its types name. `npm run generate` keeps it; the gate compares.
 */
import { basename, dirname, join } from 'node:path';
import { compareText } from '../check/diagnostic.ts';
import { globalsFile, sdkFolder } from './environment.ts';
import { textOfLibrary } from './load-typescript.ts';
import { libraryFolder } from './program.ts';
import { ts } from './typescript.js';

const head = `/**
 * The types of the SDK, from \`guests/sdk/index.ts\`, for \`arc\`. Do not edit; run \`npm run generate\`.
 */
`;

/** The text of the file. */
export function declareSdk(): string {
  const emitted = emitDeclarations(join(sdkFolder, 'index.ts'));
  const declared = declarationsOf(emitted.files);
  const used = new Set(emitted.index.exports.map(({ name }) => name));
  for (const name of used) {
    for (const mentioned of identifiersOf(declared.get(name) ?? [])) if (declared.has(mentioned)) used.add(mentioned);
  }
  const texts = [...used].sort(compareText).map((name) => textOf(declared.get(name), name));
  const exported = emitted.index.exports
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(({ name, typeOnly }) => `${typeOnly ? 'type ' : ''}${name}`);
  return `${head}${texts.join('\n')}\nexport { ${exported.join(', ')} };\n`;
}

/** By name; of an overloaded function there are several. */
type Declarations = ReadonlyMap<string, readonly ts.Statement[]>;

function declarationsOf(files: readonly ts.SourceFile[]): Declarations {
  const declared = new Map<string, ts.Statement[]>();
  for (const file of files) {
    for (const statement of file.statements) {
      const name = nameOf(statement);
      if (name === undefined) continue;
      const known = declared.get(name);
      if (known?.some((other) => other.getSourceFile() !== file))
        throw new Error(`Cannot declare the SDK in one file: two of its files declare "${name}"`);
      declared.set(name, [...(known ?? []), statement]);
    }
  }
  return declared;
}

/** A name that the SDK exports. */
interface ExportedName {
  readonly name: string;
  readonly typeOnly: boolean;
}

/** The declarations of all files of the SDK and of the contracts, and what the SDK exports of them. */
interface Emitted {
  readonly files: readonly ts.SourceFile[];
  readonly index: { readonly exports: readonly ExportedName[] };
}

function emitDeclarations(index: string): Emitted {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    removeComments: true,
    types: [],
  };
  const program = ts.createProgram([index, globalsFile], options, libraryHost(options));
  const [problem] = ts.getPreEmitDiagnostics(program);
  if (problem !== undefined)
    throw new Error(`Cannot declare the SDK: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`);
  const files = new Map<string, ts.SourceFile>();
  program.emit(
    undefined,
    (name, text) => files.set(name, ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true)),
    undefined,
    true,
  );
  const indexFile = files.get(index.replace(/\.ts$/, '.d.ts'));
  if (indexFile === undefined) throw new Error('Cannot declare the SDK: nothing was emitted of its index');
  return { files: [...files.values()], index: { exports: indexFile.statements.flatMap(exportsOf) } };
}

/** The system's files, and the library of this compiler, which is in no folder. */
function libraryHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    getDefaultLibLocation: () => libraryFolder,
    getSourceFile: (path, version) => {
      const text = dirname(path) === libraryFolder ? textOfLibrary(basename(path)) : host.readFile(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, version);
    },
  };
}

/** Of `export { a, type B } from './c.ts'`, which is all that the index holds. */
function exportsOf(statement: ts.Statement): readonly ExportedName[] {
  const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
  if (clause === undefined || !ts.isNamedExports(clause) || !ts.isExportDeclaration(statement))
    throw new Error(`Cannot declare the SDK: its index holds "${statement.getText()}"`);
  return clause.elements.map(({ name, propertyName, isTypeOnly }) => {
    if (propertyName !== undefined) throw new Error(`Cannot declare the SDK: its index renames "${name.text}"`);
    return { name: name.text, typeOnly: isTypeOnly || statement.isTypeOnly };
  });
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [first, ...others] = statement.declarationList.declarations;
    if (first === undefined || others.length > 0 || !ts.isIdentifier(first.name))
      throw new Error(`Cannot declare the SDK: "${statement.getText()}" declares several names`);
    return first.name.text;
  }
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return declares ? statement.name?.text : undefined;
}

function identifiersOf(nodes: readonly ts.Node[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (inner: ts.Node): void => {
    if (ts.isIdentifier(inner)) found.add(inner.text);
    ts.forEachChild(inner, visit);
  };
  nodes.forEach(visit);
  return found;
}

/** The declaration without its `export`, since the end of the file says what is exported. */
function textOf(statements: readonly ts.Statement[] | undefined, name: string): string {
  if (statements === undefined) throw new Error(`Cannot declare the SDK: "${name}" is not declared`);
  return statements.map((statement) => statement.getText().replace(/^export /, '')).join('\n');
}
