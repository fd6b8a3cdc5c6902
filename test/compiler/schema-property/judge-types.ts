/**
 * TypeScript's judgement: which values fit which types, thousands of statements in one program.
 *
 * A statement asks by two overloads, of which the first takes the type and the second anything: `const v: T = value` is the same question,
 * but there TypeScript spends nearly all of its time on the wording of errors. The second argument is any, so that neither overload is
 * chosen before assignability is what counts. Each statement is a function of its own, since TypeScript otherwise follows every name back
 * through all statements in front.
 */
import ts from 'typescript-6';
import { printType } from './print-type.ts';
import { type Spellings, spell, spellingFor } from './spell-value.ts';
import type { Subject } from './subject.ts';

/** Whether something fits; `unknown` where a value has more spellings than were tried. */
export type Fit = 'yes' | 'no' | 'unknown';

/** What TypeScript says about one value of a type. */
export interface TypeJudgement {
  /** Written out as a literal, where properties that the type does not know are errors. */
  readonly fresh: Fit;
  /** As it comes out of a variable, which may carry more than the type says. */
  readonly open: Fit;
}

/** What TypeScript says about a type: its values in order, or nothing where the type itself has an error. */
export interface SubjectJudgement {
  readonly error?: string;
  readonly values: readonly TypeJudgement[];
}

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: false,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
  noEmit: true,
  skipLibCheck: true,
};
const library = new Map<string, ts.SourceFile | undefined>();

/** Judges every value of every subject. */
export function judgeTypes(subjects: readonly Subject[]): readonly SubjectJudgement[] {
  const files = subjects.map(printSubject);
  const texts = new Map(files.map(({ text }, index) => [`/subject-${index}.ts`, text]));
  const host = ts.createCompilerHost(options);
  const readLibrary = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => {
    const text = texts.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, version);
    if (!library.has(name)) library.set(name, readLibrary(name, version));
    return library.get(name);
  };
  host.fileExists = (name) => texts.has(name);
  const program = ts.createProgram([...texts.keys()], options, host);
  return files.map((file, index) => judged(file, errorsByLine(program, `/subject-${index}.ts`)));
}

/** The file of one subject: declarations, then one statement a line. */
interface SubjectFile {
  readonly text: string;
  readonly declarationLines: number;
  readonly values: readonly Readonly<Record<keyof TypeJudgement, LineRange>>[];
}

/** Lines of the statements that spell one value. */
interface LineRange {
  readonly from: number;
  readonly to: number;
  readonly cut: boolean;
}

function printSubject({ type, values }: Subject): SubjectFile {
  const { declarations, expression } = printType(type);
  const lines = [
    ...declarations,
    `export type T = ${expression};`,
    'declare const any: any;',
    'declare function fits(value: T, any: number): 1;',
    'declare function fits(value: unknown, any: number): 0;',
  ];
  const spelling = spellingFor(type);
  const declarationLines = lines.length;
  const add = ({ texts, cut }: Spellings, statement: (text: string, line: number) => string): LineRange => {
    const from = lines.length;
    for (const text of texts) lines.push(statement(text, lines.length));
    return { from, to: lines.length, cut };
  };
  const ranges = values.map((value) => ({
    fresh: add(
      spell(value, 'expression', spelling),
      (text, line) => `export const v${line} = (): 1 => fits(${text}, any);`,
    ),
    open: add(
      spell(value, 'type', spelling),
      (text, line) => `export const v${line} = (value: ${text}): 1 => fits(value, any);`,
    ),
  }));
  return { text: `${lines.join('\n')}\n`, declarationLines, values: ranges };
}

function errorsByLine(program: ts.Program, name: string): ReadonlyMap<number, string> {
  const file = program.getSourceFile(name);
  const found = new Map<number, string>();
  if (file === undefined) throw new Error(`Cannot judge types: the program lacks "${name}"`);
  for (const { start = 0, messageText } of [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ])
    found.set(file.getLineAndCharacterOfPosition(start).line, ts.flattenDiagnosticMessageText(messageText, ' '));
  return found;
}

function judged({ declarationLines, values }: SubjectFile, errors: ReadonlyMap<number, string>): SubjectJudgement {
  const wrong = [...errors].find(([line]) => line < declarationLines);
  if (wrong !== undefined) return { error: wrong[1], values: [] };
  const fit = ({ from, to, cut }: LineRange): Fit => {
    for (let line = from; line < to; line += 1) if (!errors.has(line)) return 'yes';
    return cut ? 'unknown' : 'no';
  };
  return { values: values.map(({ fresh, open }) => ({ fresh: fit(fresh), open: fit(open) })) };
}
