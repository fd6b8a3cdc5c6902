/** The type environment of a project: what its own tsconfig.json may say, and what tools have whatever it says. */
import { systemState } from '#wit/errors';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ts } from './typescript.js';
import type { DiagnosticCollector } from '../check/diagnostic.ts';
import { packageConditions, sdkFile, sdkModule } from './environment.ts';
import { projectPath } from './project-files.ts';
import type { DiagnosticFacts } from './read-scope.ts';

/** What a project may choose. The rest (library, target, modules) is what the guest engine is. */
const ownOptions: readonly (keyof ts.CompilerOptions)[] = [
  'baseUrl',
  'paths',
  'strict',
  'noImplicitAny',
  'noImplicitThis',
  'noImplicitReturns',
  'noImplicitOverride',
  'noUncheckedIndexedAccess',
  'noPropertyAccessFromIndexSignature',
  'noFallthroughCasesInSwitch',
  'noUnusedLocals',
  'noUnusedParameters',
  'strictNullChecks',
  'strictFunctionTypes',
  'strictBindCallApply',
  'strictPropertyInitialization',
  'useUnknownInCatchVariables',
  'exactOptionalPropertyTypes',
  'experimentalDecorators',
  'useDefineForClassFields',
  'verbatimModuleSyntax',
  'erasableSyntaxOnly',
  'allowUnreachableCode',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
];

/** The options of a program, and the project's own file where it has one. */
export interface TypeEnvironment {
  readonly options: ts.CompilerOptions;
  readonly tsconfig?: string;
  /** Absolute paths of the files that it was read from: the project's own and those that it extends. */
  readonly configuration: readonly string[];
}

/** Reads the project's tsconfig.json, if any, over strict defaults. */
export function typeEnvironment(directory: string, collector: DiagnosticCollector): TypeEnvironment {
  const tsconfig = join(directory, 'tsconfig.json');
  const unreadable = whyUnreadable(tsconfig);
  if (unreadable === 'absent') return { options: withFixedOptions({}), configuration: [] };
  if (unreadable !== undefined) {
    collector.report({ file: 'tsconfig.json', line: 1, column: 1 }, configFacts(unreadable));
    return { options: withFixedOptions({}), configuration: [tsconfig] };
  }
  const configuration = new Set<string>();
  const readFile = (path: string): string | undefined => {
    configuration.add(path);
    return ts.sys.readFile(path);
  };
  const { error } = ts.readConfigFile(tsconfig, readFile);
  const parsed = ts.parseJsonSourceFileConfigFileContent(
    ts.readJsonConfigFile(tsconfig, readFile),
    { ...ts.sys, readFile, readDirectory: () => [] },
    directory,
    undefined,
    tsconfig,
  );
  const problems = error === undefined ? parsed.errors.filter(({ code }) => code !== noInputsFound) : [error];
  for (const problem of problems) reportConfig(problem, directory, collector);
  const own: ts.CompilerOptions = {};
  for (const option of [...ownOptions, 'pathsBasePath']) {
    if (Object.hasOwn(parsed.options, option)) own[option] = parsed.options[option];
  }
  return { options: withFixedOptions(own), tsconfig, configuration: [...configuration] };
}

function whyUnreadable(path: string): string | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return 'absent';
    return status.isFile() ? undefined : 'it is no regular file';
  } catch (error) {
    return systemState(error);
  }
}

/** TypeScript's complaint that `include` matches nothing: the compiler finds files itself. */
const noInputsFound = 18003;

function withFixedOptions(own: ts.CompilerOptions): ts.CompilerOptions {
  return {
    strict: true,
    ...own,
    ignoreDeprecations: '6.0',
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    customConditions: [...packageConditions],
    paths: { ...own.paths, [sdkModule]: [sdkFile] },
    types: [],
    noEmit: true,
    skipLibCheck: true,
    isolatedModules: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowImportingTsExtensions: true,
    forceConsistentCasingInFileNames: true,
  };
}

function reportConfig(problem: ts.Diagnostic, directory: string, collector: DiagnosticCollector): void {
  const { file, start = 0 } = problem;
  const position = file?.getLineAndCharacterOfPosition(start);
  collector.report(
    {
      file: file === undefined ? 'tsconfig.json' : projectPath(directory, file.fileName),
      line: (position?.line ?? 0) + 1,
      column: (position?.character ?? 0) + 1,
    },
    configFacts(
      ts.flattenDiagnosticMessageText(problem.messageText, ' ').replaceAll(`${directory}/`, '').replace(/\.$/, ''),
    ),
  );
}

function configFacts(state: string): DiagnosticFacts {
  return {
    code: 'PROJECT_INVALID',
    message: `Cannot read "tsconfig.json": ${state}`,
    remedy: 'Correct the file',
  };
}
