/** The type environment of a project: what its own tsconfig.json may say, and what tools have whatever it says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ts } from '@ts-morph/common';
import type { DiagnosticCollector } from '../check/diagnostic.ts';
import { projectPath } from './project-files.ts';

/** The module that users import; arc resolves it itself, so that a project needs no installed SDK. */
export const sdkModule = '@aria/sdk';
/** Absolute path of the folder of the SDK, with a slash at its end. */
export const sdkFolder = join(import.meta.dirname, '../../guests/sdk/');
/** Absolute path of the folder of the contracts that the SDK's types refer to, with a slash at its end. */
export const contractsFolder = join(import.meta.dirname, '../../wit/');
/** Absolute path of the source of the SDK. */
export const sdkFile = join(sdkFolder, 'index.ts');
/** Absolute path of the declarations of the Web APIs that tools have. */
export const globalsFile = join(sdkFolder, 'globals.d.ts');

/** Conditions of package exports that fit tools, for types as for code: they have Web APIs, not Node's. */
export const packageConditions = ['aria', 'worker', 'browser'] as const;

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
}

/** Reads the project's tsconfig.json, if any, over strict defaults. */
export function typeEnvironment(directory: string, collector: DiagnosticCollector): TypeEnvironment {
  const tsconfig = join(directory, 'tsconfig.json');
  if (!existsSync(tsconfig)) return { options: withFixedOptions({}) };
  const { config, error } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(
    config ?? {},
    { ...ts.sys, readDirectory: () => [] },
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
  return { options: withFixedOptions(own), tsconfig };
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
    {
      code: 'PROJECT_INVALID',
      message: `Cannot read "tsconfig.json": ${ts.flattenDiagnosticMessageText(problem.messageText, ' ').replace(/\.$/, '')}`,
      remedy: 'Correct the file',
    },
  );
}
