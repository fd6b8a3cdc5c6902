/** TypeScript's own errors in the files of the user, as diagnostics. */
import { ts } from './typescript.js';
import type { DiagnosticFacts, ReadScope } from './read-scope.ts';
import { builtinRemedy, isBuiltin } from './node-builtins.ts';
import { placeOfRange } from './place.ts';

/** A module of JavaScript without declarations. */
const moduleUntyped = 7016;
/** "Cannot find module", in all its forms. */
const moduleErrors: ReadonlySet<number> = new Set([2307, 2591, 2792, moduleUntyped]);
/** "Cannot find name … install type definitions for node", and for the DOM. */
const environmentMissing: ReadonlySet<number> = new Set([2580, 2584, 2591, 2868]);

/** Adds the errors of a file, but for those at places where the compiler itself has said what is wrong. */
export function reportTypeErrors(file: ts.SourceFile, program: ts.Program, scope: ReadScope): void {
  const syntactic = program.getSyntacticDiagnostics(file);
  // A file that does not parse has follow-up errors without end.
  const errors = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(file);
  for (const error of errors) {
    if (error.category !== ts.DiagnosticCategory.Error || error.start === undefined) continue;
    const place = placeOfRange(file, { start: error.start, end: error.start + (error.length ?? 0) }, scope.directory);
    const facts = syntactic.length > 0 ? factsWith(error, 'Correct the syntax') : factsOf(error, file);
    if (!scope.collector.hasAt(place)) scope.collector.report(place, facts);
  }
}

function factsOf(error: ts.Diagnostic, file: ts.SourceFile): DiagnosticFacts {
  const named = moduleErrors.has(error.code) ? moduleAt(error, file) : undefined;
  if (named !== undefined && isBuiltin(named)) {
    return { code: 'NODE_BUILTIN', message: `Cannot import "${named}": tools run without Node`, remedy: builtinRemedy };
  }
  if (error.code === moduleUntyped) return factsWith(error, 'Install its types, or declare the module in a .d.ts file');
  if (named !== undefined)
    return factsWith(error, named.startsWith('.') ? 'Correct the path' : `Install it: npm install ${packageOf(named)}`);
  return factsWith(
    error,
    environmentMissing.has(error.code) ? "Use the Web APIs that tools have, or '@aria/sdk'" : 'Correct the types',
  );
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
