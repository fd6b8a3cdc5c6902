/** TypeScript's own errors in the files of the user, as diagnostics. */
import { ts } from './typescript.js';
import type { ImportGraph } from './imports/import-graph.ts';
import type { KeptFacts } from './kept-facts.ts';
import type { DiagnosticFacts, ReadScope } from './read-scope.ts';
import { builtinRemedy, isBuiltin, isOfBun } from './node-builtins.ts';
import { placeOfRange } from './place.ts';
import { projectPath } from './project-files.ts';

/** A module of JavaScript without declarations. */
const moduleUntyped = 7016;
/** "Cannot find module", in all its forms. */
const moduleErrors: ReadonlySet<number> = new Set([2307, 2591, 2792, 2882, moduleUntyped]);
/** "Cannot find name … install type definitions for node", and for the DOM. */
const environmentMissing: ReadonlySet<number> = new Set([2580, 2584, 2591, 2868]);
/** "Cannot use JSX unless the '--jsx' flag is provided", and of a module that has some. */
const jsxOff: ReadonlySet<number> = new Set([6142, 17_004]);

/** "… is not assignable to …", "… is missing in …", "may only specify known properties", "No overload matches this call". */
const misfits: ReadonlySet<number> = new Set([2322, 2345, 2353, 2561, 2739, 2740, 2741, 2769, 2820]);

/** What helps with single errors. */
const remedies: ReadonlyMap<number, string> = new Map([
  [2449, 'Write the class above, or name it by a text where a decorator refers to it'],
  [2550, 'Use what ES2023 has: the sandbox knows no more'],
  [2583, 'Use what ES2023 has: the sandbox knows no more'],
]);

/** What judging the errors of a file needs beside the scope. */
export interface TypeCheck {
  readonly program: ts.Program;
  /** Absolute paths of the files that could not be read; what they export is not known. */
  readonly problems: ReadonlyMap<string, unknown>;
  /** The files of tools, and who imports whom: the way on which a file gets into a tool. */
  readonly entries: ReadonlySet<ts.SourceFile>;
  readonly graph: ImportGraph;
  readonly kept: KeptFacts;
}

/** Adds the errors of a file, but for those at places where the compiler itself has said what is wrong. */
export function reportTypeErrors(file: ts.SourceFile, check: TypeCheck, scope: ReadScope): void {
  const syntactic = check.program.getSyntacticDiagnostics(file);
  // A file that does not parse has follow-up errors without end.
  const errors = syntactic.length > 0 ? syntactic : semanticErrors(file, check);
  for (const error of errors) {
    if (error.category !== ts.DiagnosticCategory.Error || error.start === undefined) continue;
    const place = placeOfRange(file, { start: error.start, end: error.start + (error.length ?? 0) }, scope.directory);
    if (scope.collector.hasAt(place) || isOfUnreadable(error.start, file, check)) continue;
    if (misfits.has(error.code) && scope.saysOf(file, error.start)) continue;
    const facts = syntactic.length > 0 ? factsWith(error, 'Correct the syntax') : factsOf(error, file, check, scope);
    // Where the project lies is nobody's business, and differs from machine to machine.
    scope.collector.report(place, { ...facts, message: facts.message.replaceAll(`${scope.directory}/`, '') });
  }
}

function semanticErrors(file: ts.SourceFile, { program, kept }: TypeCheck): readonly ts.Diagnostic[] {
  return (kept.of(file).semanticErrors ??= program.getSemanticDiagnostics(file));
}

/** Whether an error is about what is imported from a file that could not be read, of which that is said already. */
function isOfUnreadable(start: number, file: ts.SourceFile, { program, problems }: TypeCheck): boolean {
  if (problems.size === 0) return false;
  const statement = file.statements.find(({ pos, end }) => pos <= start && start < end);
  if (statement === undefined || !(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)))
    return false;
  const { moduleSpecifier } = statement;
  const module = moduleSpecifier && program.getTypeChecker().getSymbolAtLocation(moduleSpecifier);
  return module?.declarations?.some((declaration) => problems.has(declaration.getSourceFile().fileName)) ?? false;
}

function factsOf(error: ts.Diagnostic, file: ts.SourceFile, check: TypeCheck, scope: ReadScope): DiagnosticFacts {
  const named = moduleErrors.has(error.code) ? moduleAt(error, file) : undefined;
  if (named !== undefined && isBuiltin(named)) {
    const way = wayTo(file, check, scope);
    return {
      code: 'NODE_BUILTIN',
      message: `Cannot import "${named}"${way}: tools run without ${isOfBun(named) ? 'Bun' : 'Node'}`,
      remedy: builtinRemedy,
    };
  }
  if (error.code === moduleUntyped) return factsWith(error, 'Install its types, or declare the module in a .d.ts file');
  if (named !== undefined)
    return factsWith(error, named.startsWith('.') ? 'Correct the path' : `Install it: npm install ${packageOf(named)}`);
  const known = remedies.get(error.code);
  if (known !== undefined) return factsWith(error, known);
  if (jsxOff.has(error.code))
    return factsWith(error, 'Write "jsx": "react-jsx" in the compilerOptions of tsconfig.json');
  return factsWith(
    error,
    environmentMissing.has(error.code) ? "Use the Web APIs that tools have, or '@aria/sdk'" : 'Correct the types',
  );
}

/** The imports that bring a file into a tool, where it is not a tool's own. */
function wayTo(file: ts.SourceFile, { entries, graph }: TypeCheck, { directory }: ReadScope): string {
  if (entries.has(file)) return '';
  const [way] = [...entries]
    .flatMap((entry) => [graph.wayBetween(entry, file) ?? []])
    .filter(({ length }) => length > 0)
    .sort((one, other) => one.length - other.length);
  if (way === undefined) return '';
  return ` by way of ${way.map(({ fileName }) => projectPath(directory, fileName)).join(' → ')}`;
}

/** TypeScript's own words, without its advice about type definitions, which is not ours. */
function factsWith(error: ts.Diagnostic, remedy: string): DiagnosticFacts {
  const message = ts
    .flattenDiagnosticMessageText(error.messageText, '; ')
    .replace(/\. Do you need to .*$/s, '')
    .replace(/\.$/, '');
  return { code: `TS${error.code}`, message, remedy };
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function moduleAt({ start = 0, length = 0 }: ts.Diagnostic, file: ts.SourceFile): string | undefined {
  return /^(['"])(.*)\1$/s.exec(file.text.slice(start, start + length))?.[2];
}
