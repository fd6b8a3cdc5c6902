/** Reads a project: one program, one walk through each file, and everything that is wrong with it at once. */
import { ts } from './typescript.js';
import { manifestMaxima } from '#wit/manifest';
import { DiagnosticCollector, type Place, compareText } from '../check/diagnostic.ts';
import { checkToolNames } from '../check/check-tools.ts';
import { checkUse } from '../check/check-uses.ts';
import { readBundle } from './read-bundle.ts';
import { type TypeEnvironment, typeEnvironment } from './compiler-options.ts';
import { findInFile } from './find-tools.ts';
import type { FoundInFile, FoundTool } from './found-tool.ts';
import {
  type ProjectFiles,
  type ProjectLocation,
  findProjectFiles,
  isPackageFile,
  locateProject,
  projectFilesMax,
  projectPath,
} from './project-files.ts';
import { ProgramFactory, isLibraryFile, isOfArc } from './program.ts';
import { metadataFiles } from './project-config.ts';
import type { BlankedSource, ProjectReader, ReadProject, ReadTool } from './project.ts';
import { ReadScope } from './read-scope.ts';
import { readTool } from './read-tool.ts';
import { SdkSymbols } from './sdk-symbols.ts';
import { reportTypeErrors } from './type-diagnostics.ts';

/**
 * Opens a reader of a project's directory, or of a single TypeScript file. It holds parsed files and nothing else.
 * @throws {CodedError} `NOT_FOUND`
 */
export function openProject(path: string): ProjectReader {
  locateProject(path);
  return new CachingReader(path);
}

class CachingReader implements ProjectReader {
  readonly #path: string;
  readonly #programs = new ProgramFactory();

  constructor(path: string) {
    this.#path = path;
  }

  read(): ReadProject {
    const location = locateProject(this.#path);
    const files = findProjectFiles(location);
    const collector = new DiagnosticCollector();
    const environment = typeEnvironment(location.directory, collector);
    const program = this.#programs.create(
      [...files.sources, ...files.declarations],
      environment.options,
      location.directory,
    );
    const scope = new ReadScope({
      checker: program.getTypeChecker(),
      sdk: new SdkSymbols(program),
      collector,
      directory: location.directory,
    });
    return assemble({ location, files, environment, program, scope });
  }
}

/** The parts of one read. */
interface ReadParts {
  readonly location: ProjectLocation;
  readonly files: ProjectFiles;
  readonly environment: TypeEnvironment;
  readonly program: ts.Program;
  readonly scope: ReadScope;
}

/** A tool as found and as read. */
interface ToolPair {
  readonly found: FoundTool;
  readonly read: ReadTool;
}

function assemble({ location, files, environment, program, scope }: ReadParts): ReadProject {
  const own = ownFiles(program, location);
  const roots = new Set(files.sources);
  const found = new Map(
    own.filter(({ isDeclarationFile }) => !isDeclarationFile).map((file) => [file, findInFile(file, scope)]),
  );
  const tools = [...found]
    .filter(([file]) => roots.has(file.fileName))
    .flatMap(([, inFile]) => inFile.tools)
    .map((tool) => ({ found: tool, read: readTool(tool, scope) }));
  const bundles = [...found.values()].flatMap((inFile) => inFile.bundles);
  const metadata = readBundle({ location, bundles }, scope);
  checkTools(tools, { location, files, bundles: bundles.length }, scope);
  for (const inFile of found.values()) checkUses(inFile, tools, scope);
  for (const file of own) reportTypeErrors(file, program, scope);
  scope.reportConsequences();
  return {
    directory: location.directory,
    ...metadata,
    tools: tools.map(({ read }) => read).sort((a, b) => compareText(a.name, b.name)),
    diagnostics: scope.collector.sorted(),
    blanked: new Map([...found].flatMap(([file, inFile]) => blankedOf(file, inFile))),
    files: own.map(({ fileName }) => fileName).sort(compareText),
    typeFiles: foreignFiles(program, own),
    configuration: [...metadataFiles(location.directory), ...environment.configuration],
    ...(environment.tsconfig === undefined ? {} : { tsconfig: environment.tsconfig }),
  };
}

/** The files of the user that are part of the program: not packages', not the SDK's, not TypeScript's. */
function ownFiles(program: ts.Program, { directory }: ProjectLocation): readonly ts.SourceFile[] {
  return program
    .getSourceFiles()
    .filter(
      ({ fileName }) =>
        fileName.startsWith(`${directory}/`) && !isPackageFile(directory, fileName) && !fileName.endsWith('.json'),
    )
    .toSorted((a, b) => compareText(a.fileName, b.fileName));
}

/** The files of others: what comes with arc is not among them. */
function foreignFiles(program: ts.Program, own: readonly ts.SourceFile[]): readonly string[] {
  const known = new Set(own);
  return program
    .getSourceFiles()
    .filter((file) => !known.has(file) && !isLibraryFile(file) && !isOfArc(file.fileName))
    .map(({ fileName }) => fileName)
    .sort(compareText);
}

function checkTools(
  tools: readonly ToolPair[],
  {
    location,
    files,
    bundles,
  }: { readonly location: ProjectLocation; readonly files: ProjectFiles; readonly bundles: number },
  { collector }: ReadScope,
): void {
  const [first] = files.sources;
  const top: Place = { file: first === undefined ? '.' : projectPath(location.directory, first), line: 1, column: 1 };
  if (files.truncated) {
    collector.report(top, {
      code: 'TOO_MANY_FILES',
      message: `Cannot read the project: it has more than ${projectFilesMax} source files`,
      remedy: 'Name a directory with a src folder',
    });
  }
  if (tools.length === 0 && !collector.sorted().some(({ code }) => code.startsWith('TOOL_'))) {
    collector.report(top, {
      code: 'NO_TOOLS',
      message: `Cannot make a bundle: no tool was found${first === undefined ? ', nor any TypeScript file' : ''}`,
      remedy:
        bundles > 0
          ? "Put @tool({ … }) of '@aria/sdk' on a method of the class"
          : "Export a constant made by tool({ … }, run) of '@aria/sdk'",
    });
  }
  if (tools.length > manifestMaxima.tools) {
    collector.report(top, {
      code: 'TOO_MANY_TOOLS',
      message: `Cannot make a bundle of ${tools.length} tools: it may hold ${manifestMaxima.tools}`,
      remedy: 'Split the project',
    });
  }
  checkToolNames(
    tools.filter(({ read }) => read.name !== '').map((tool) => ({ text: tool.read.name, place: tool.read.origin })),
    collector,
  );
}

function checkUses({ uses }: FoundInFile, tools: readonly ToolPair[], scope: ReadScope): void {
  for (const { surface, scope: literal } of uses) {
    const owner = tools.find(({ found: { body } }) => ts.findAncestor(literal, (node) => node === body) !== undefined);
    const tokens = (owner === undefined ? tools : [owner]).map(({ read }) => read.tokens);
    checkUse({ surface, scope: literal.text, place: scope.place(literal), tokens }, scope.collector);
  }
}

function blankedOf({ fileName, text }: ts.SourceFile, { blanks }: FoundInFile): readonly [string, BlankedSource][] {
  return blanks.length === 0 ? [] : [[fileName, { text, ranges: blanks.toSorted((a, b) => a.start - b.start) }]];
}
