/** Reads a project: one program, one walk through each file, and everything that is wrong with it at once. */
import { join } from 'node:path';
import type { ts } from './typescript.js';
import { manifestMaxima } from '#wit/manifest';
import { type Diagnostic, DiagnosticCollector, type Place, compareText } from '../check/diagnostic.ts';
import { checkToolNames } from '../check/check-tools.ts';
import { InstalledPackages } from '../packages/installed-packages.ts';
import { lockName } from '../packages/lock-file.ts';
import type { BuildTarget } from './build-target.ts';
import { readBundle } from './read-bundle.ts';
import { type TypeEnvironment, typeEnvironment } from './compiler-options.ts';
import { type ToolPair, checkReach } from './check-reach.ts';
import { checkTopLevel } from './check-top-level.ts';
import { checkTopLevelReadings } from './check-top-level-readings.ts';
import { type ReadComponents, readComponents } from './components/read-components.ts';
import { containerTypes, untypedText } from './container-types.ts';
import { readDependencies } from './dependencies.ts';
import { findInFile } from './find-tools.ts';
import type { FoundInFile } from './found-tool.ts';
import { checkCycles } from './imports/check-cycles.ts';
import { ImportGraph } from './imports/import-graph.ts';
import { KeptFacts } from './kept-facts.ts';
import {
  type ProjectFiles,
  type ProjectLocation,
  findProjectFiles,
  isPackageFile,
  locateProject,
  metadataFiles,
  projectFilesMax,
  projectPath,
} from './project-files.ts';
import { ProgramFactory, isLibraryFile, isOfArc, isStackOverflow } from './program.ts';
import { missesContainer, warnOfMissingTypes } from './missing-types.ts';
import type { BlankedSource, ProjectReader, ReadProject, ReadTool } from './project.ts';
import { ReadScope } from './read-scope.ts';
import { readTool } from './read-tool.ts';
import { SdkSymbols } from './sdk-symbols.ts';
import { settingsOf } from './settings.ts';
import type { SourceProblem } from './source-text.ts';
import { type TomlFile, noToml, readTomlFile } from './toml-file.ts';
import { type Tuning, readTuning } from './tuning.ts';
import { reportTypeErrors } from './type-diagnostics.ts';

/**
 * Opens a reader of a project's directory, or of a single TypeScript file. It holds parsed files, and what is known of those that an edit
 * leaves as they are.
 * @throws {CodedError} `NOT_FOUND`
 */
export function openProject(path: string, options: ReaderOptions = {}): ProjectReader {
  locateProject(path);
  return new CachingReader(path, options);
}

/** What a reader may be told beside where the project is. */
export interface ReaderOptions {
  /** Where `arc install` keeps dependencies; a project that has some cannot be read without. */
  readonly packagesDirectory?: string | undefined;
  /** Where the tools are to run; what aria.toml says where absent, or `auto`. */
  readonly target?: BuildTarget | undefined;
}

/** What is kept from read to read; types of containers change what is known of every file. */
interface KeptReading {
  readonly programs: ProgramFactory;
  readonly facts: KeptFacts;
}

class CachingReader implements ProjectReader {
  readonly #path: string;
  readonly #target: BuildTarget | undefined;
  readonly #packages: InstalledPackages;
  readonly #plain: KeptReading = { programs: new ProgramFactory(), facts: new KeptFacts() };
  /** With the types of what only a container has. */
  readonly #container: KeptReading = { programs: new ProgramFactory(), facts: new KeptFacts() };

  constructor(path: string, { packagesDirectory = '', target }: ReaderOptions) {
    this.#path = path;
    this.#target = target;
    this.#packages = new InstalledPackages(packagesDirectory);
  }

  /** Where something is missed that a container has, and the tools may be placed in one, it is read with what that has. */
  read(): ReadProject {
    const project = this.#readDeep(this.#plain, []);
    const missed = project.target === 'wasm' ? [] : project.diagnostics.filter(missesContainer);
    return missed.length === 0 ? project : this.#readDeep(this.#container, missed);
  }

  /** A file that is nested deeper than the stack is left out, and the rest read again, so that all that is wrong is said at once. */
  #readDeep(kept: KeptReading, missed: readonly Diagnostic[]): ReadProject {
    const refused = new Set<string>();
    for (;;) {
      try {
        return this.#read(kept, missed, refused);
      } catch (error) {
        const deepest = isStackOverflow(error) ? kept.programs.deepestFile() : undefined;
        if (deepest === undefined || refused.has(deepest)) throw error;
        refused.add(deepest);
      }
    }
  }

  #read(kept: KeptReading, missed: readonly Diagnostic[], refused: ReadonlySet<string>): ReadProject {
    const location = locateProject(this.#path);
    const files = findProjectFiles(location);
    const collector = new DiagnosticCollector();
    const environment = typeEnvironment(location.directory, collector);
    const types = missed.length === 0 ? undefined : containerTypes(location.directory);
    const program = kept.programs.create({
      rootNames: [...files.sources, ...files.declarations],
      further: types?.roots ?? [],
      options: environment.options,
      directory: location.directory,
      refused,
    });
    if (types !== undefined) warnOfMissingTypes(missed, types, collector);
    const problems = new Map([...files.unreadable, ...kept.programs.problems]);
    reportProblems(problems, location, collector);
    const toml = location.singleFile === undefined ? readTomlFile(location.directory, collector) : noToml;
    const tuning = readTuning(toml, collector);
    const scope = new ReadScope({
      checker: program.getTypeChecker(),
      sdk: new SdkSymbols(program),
      collector,
      directory: location.directory,
      target: this.#target ?? tuning.target ?? 'auto',
    });
    const own = ownFiles(program, location);
    kept.facts.begin({ program, own }, scope);
    const packages = this.#packages;
    return assemble({
      location,
      files,
      own,
      environment,
      program,
      problems,
      toml,
      tuning,
      kept: kept.facts,
      packages,
      scope,
    });
  }
}

/** The parts of one read. */
interface ReadParts {
  readonly location: ProjectLocation;
  readonly files: ProjectFiles;
  /** Those of the author that are part of the program. */
  readonly own: readonly ts.SourceFile[];
  readonly environment: TypeEnvironment;
  readonly program: ts.Program;
  /** What is wrong with files that could not be read, by absolute path. */
  readonly problems: ReadonlyMap<string, SourceProblem>;
  readonly toml: TomlFile;
  readonly tuning: Tuning;
  readonly kept: KeptFacts;
  readonly packages: InstalledPackages;
  readonly scope: ReadScope;
}

function reportProblems(
  problems: ReadonlyMap<string, SourceProblem>,
  { directory }: ProjectLocation,
  collector: DiagnosticCollector,
): void {
  for (const [path, { line, column, ...facts }] of problems)
    collector.report({ file: projectPath(directory, path), line, column }, facts);
}

function assemble(parts: ReadParts): ReadProject {
  const { location, files, own, environment, program, problems, toml, tuning, kept, packages, scope } = parts;
  const roots = new Set(files.sources);
  const found = new Map(
    own.filter(({ isDeclarationFile }) => !isDeclarationFile).map((file) => [file, findInFile(file, scope)]),
  );
  const tools = [...found]
    .filter(([file]) => roots.has(file.fileName))
    .flatMap(([, inFile]) => inFile.tools)
    .map((tool) => ({ found: tool, read: readTool(tool, tuning, scope) }));
  const bundles = [...found.values()].flatMap((inFile) => inFile.bundles);
  const metadata = readBundle({ location, bundles, toml }, scope);
  const dependencies = readDependencies(
    { directory: location.directory, toml, name: metadata.name, packages },
    scope.collector,
  );
  const components = readComponents(
    {
      found: [...found.values()].flatMap((inFile) => inFile.components),
      tools,
      tuning,
      bundle: metadata.name,
      dependencies,
    },
    scope,
  );
  checkTools(tools, { location, files, bundles: bundles.length, components }, scope);
  const graph = new ImportGraph(scope);
  const entries = new Set(tools.map((tool) => tool.found.body.getSourceFile()));
  for (const file of found.keys()) checkTopLevel(file, scope);
  checkTopLevelReadings(entries, graph, scope);
  checkCycles(entries, graph, scope);
  const reached = { files: [...found.keys()], graph, kept };
  const globals = checkReach({ tools, agents: components.agents }, reached, scope);
  for (const file of own) reportTypeErrors(file, { program, problems, entries, graph, kept }, scope);
  scope.reportConsequences();
  return {
    directory: location.directory,
    ...metadata,
    tools: tools.map(({ read }) => withGlobals(read, globals.get(read))).sort((a, b) => compareText(a.name, b.name)),
    ...components,
    dependencies: dependencies.ranges,
    ...settingsOf(tuning),
    target: scope.target,
    diagnostics: scope.collector.sorted(),
    blanked: new Map([...found].flatMap(([file, inFile]) => blankedOf(file, inFile, scope))),
    files: own.map(({ fileName }) => fileName).sort(compareText),
    typeFiles: foreignFiles(program, own),
    configuration: [
      ...metadataFiles(location.directory),
      ...(Object.keys(dependencies.ranges).length === 0 ? [] : [join(location.directory, lockName)]),
      ...environment.configuration,
    ],
    ...(environment.tsconfig === undefined ? {} : { tsconfig: environment.tsconfig }),
  };
}

function withGlobals(tool: ReadTool, globals: ReadonlySet<string> = new Set()): ReadTool {
  return globals.size === 0 ? tool : { ...tool, globals: [...globals].sort(compareText) };
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
    .filter(({ fileName }) => untypedText(fileName) === undefined)
    .map(({ fileName }) => fileName)
    .sort(compareText);
}

function checkTools(
  tools: readonly ToolPair[],
  {
    location,
    files,
    bundles,
    components,
  }: {
    readonly location: ProjectLocation;
    readonly files: ProjectFiles;
    readonly bundles: number;
    readonly components: ReadComponents;
  },
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
  const others = Object.values(components).some((list: readonly unknown[]) => list.length > 0);
  if (tools.length === 0 && !others && !collector.sorted().some(({ code }) => /^(?:TOOL|SOURCE)_/.test(code))) {
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

function blankedOf(
  { fileName, text }: ts.SourceFile,
  { blanks }: FoundInFile,
  { schemaExports }: ReadScope,
): readonly [string, BlankedSource][] {
  const appended = schemaExports.appendedTo(fileName);
  if (blanks.length === 0 && appended === undefined) return [];
  const ranges = blanks.toSorted((a, b) => a.start - b.start);
  return [[fileName, { text, ranges, ...(appended === undefined ? {} : { appended }) }]];
}
