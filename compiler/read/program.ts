/**
 * Makes the one TypeScript program of a build. Parsing is most of its cost, so source files are kept: those of TypeScript's
 * library for the process, the others per reader for as long as their text stays the same.
 */
import { existsSync, statSync } from 'node:fs';
import { ts } from './typescript.js';
import { untypedText } from './container-types.ts';
import { globalsFile, sdkFile, sdkFolder } from './environment.ts';
import { textOfLibrary } from './load-typescript.ts';
import { isPackageFile } from './project-files.ts';
import { type SourceProblem, readSourceText, tooDeep } from './source-text.ts';

/** Where TypeScript's library is for a program; no such folder exists. */
export const libraryFolder = '/aria-typescript-library';

const librarySources = new Map<string, ts.SourceFile>();

/** A parsed file, and what it was parsed from. */
interface KeptSource {
  readonly file: ts.SourceFile;
  /** The text, or for a package's file its size and times: packages change by being installed anew. */
  readonly version: string;
}

/** What a program is made of. */
export interface ProgramFacts {
  readonly rootNames: readonly string[];
  /** Types beside those that every tool has; after them, so that those come first. */
  readonly further: readonly string[];
  readonly options: ts.CompilerOptions;
  readonly directory: string;
  /** Absolute paths of files that cannot be followed, as an attempt before has shown. */
  readonly refused: ReadonlySet<string>;
}

/** Keeps parsed files between the builds of one project. */
export class ProgramFactory {
  readonly #kept = new Map<string, KeptSource>();
  readonly #problems = new Map<string, SourceProblem>();
  #optionsKey = '';

  /** What is wrong with files of the user that the last program took for empty, by absolute path. */
  get problems(): ReadonlyMap<string, SourceProblem> {
    return this.#problems;
  }

  /**
   * Makes the program of the given files. Sources that changed since the last call are parsed again; those in `refused` are not read.
   */
  create({ rootNames, further, options, directory, refused }: ProgramFacts): ts.Program {
    this.#problems.clear();
    for (const path of refused) this.#problems.set(path, tooDeep());
    const key = JSON.stringify(options);
    if (key !== this.#optionsKey) this.#kept.clear();
    this.#optionsKey = key;
    const used = new Set<string>();
    const ambient = [sdkFile, globalsFile].filter((file) => existsSync(file));
    const program = ts.createProgram({
      rootNames: [...rootNames, ...ambient, ...further],
      options,
      host: this.#host(options, directory, used),
    });
    for (const path of this.#kept.keys()) if (!used.has(path)) this.#kept.delete(path);
    return program;
  }

  /** The file of the user that is nested the deepest, if any is nested unusually deep. */
  deepestFile(): string | undefined {
    let [deepest, most]: [string | undefined, number] = [undefined, nestingUsual];
    for (const [path, { file }] of this.#kept) {
      const depth = isOfArc(path) || path.includes('/node_modules/') ? 0 : nestingOf(file);
      if (depth > most) [deepest, most] = [path, depth];
    }
    return deepest;
  }

  #host(options: ts.CompilerOptions, directory: string, used: Set<string>): ts.CompilerHost {
    return {
      getSourceFile: (path, version) => {
        if (path.startsWith(libraryFolder)) return librarySource(path);
        const untyped = untypedText(path);
        if (untyped !== undefined) return ts.createSourceFile(path, untyped, version);
        used.add(path);
        return this.#source(path, version, isPackageFile(directory, path));
      },
      getDefaultLibFileName: () => `${libraryFolder}/${ts.getDefaultLibFileName(options)}`,
      getDefaultLibLocation: () => libraryFolder,
      getCurrentDirectory: () => directory,
      getCanonicalFileName: (path) => (ts.sys.useCaseSensitiveFileNames ? path : path.toLowerCase()),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getNewLine: () => '\n',
      fileExists: (path) =>
        path.startsWith(libraryFolder) ? libraryText(path) !== undefined : ts.sys.fileExists(path),
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
      writeFile: () => {},
    };
  }

  #source(
    path: string,
    options: ts.ScriptTarget | ts.CreateSourceFileOptions,
    inPackage: boolean,
  ): ts.SourceFile | undefined {
    const kept = this.#kept.get(path);
    const stamp = inPackage ? packageStamp(path) : undefined;
    if (kept !== undefined && kept.version === stamp) return kept.file;
    const text = inPackage ? ts.sys.readFile(path) : this.#ownText(path);
    if (text === undefined) return undefined;
    if (kept !== undefined && kept.version === text) return kept.file;
    const docs = withDocs(options, !inPackage && !isOfArc(path));
    const file = this.#parsed(path, text, docs);
    this.#kept.set(path, { file, version: stamp ?? text });
    return file;
  }

  /** A file that cannot be read stands as an empty one. */
  #ownText(path: string): string | undefined {
    if (this.#problems.has(path)) return '';
    const text = readSourceText(path);
    if (text === undefined || typeof text === 'string') return text;
    this.#problems.set(path, text);
    return '';
  }

  #parsed(path: string, text: string, options: ts.CreateSourceFileOptions): ts.SourceFile {
    try {
      return ts.createSourceFile(path, text, options);
    } catch (error) {
      if (!isStackOverflow(error)) throw error;
      this.#problems.set(path, tooDeep());
      return ts.createSourceFile(path, '', options);
    }
  }
}

/** Syntax trees of code that people write are flatter than this. */
const nestingUsual = 200;

/** How deep the syntax tree of a file is. Without recursion, since the stack has just been too small for it. */
function nestingOf(file: ts.SourceFile): number {
  let deepest = 0;
  const rest: { readonly node: ts.Node; readonly depth: number }[] = [{ node: file, depth: 0 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { node, depth } = next;
    deepest = Math.max(deepest, depth);
    ts.forEachChild(node, (child) => {
      rest.push({ node: child, depth: depth + 1 });
    });
  }
  return deepest;
}

/** Whether the stack has ended, in TypeScript or in what walks its trees. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

/** Whether a file is of the SDK. */
export function isOfArc(path: string): boolean {
  return path.startsWith(sdkFolder);
}

function packageStamp(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

/** Descriptions and keywords are in JSDoc, which TypeScript only parses when asked; those of packages and of the SDK are not used. */
function withDocs(options: ts.ScriptTarget | ts.CreateSourceFileOptions, docs: boolean): ts.CreateSourceFileOptions {
  const given = typeof options === 'object' ? options : { languageVersion: options };
  return { ...given, jsDocParsingMode: docs ? ts.JSDocParsingMode.ParseAll : ts.JSDocParsingMode.ParseNone };
}

function librarySource(path: string): ts.SourceFile | undefined {
  const kept = librarySources.get(path);
  if (kept !== undefined) return kept;
  const text = libraryText(path);
  if (text === undefined) return undefined;
  const file = ts.createSourceFile(path, text, {
    languageVersion: ts.ScriptTarget.ES2023,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  });
  librarySources.set(path, file);
  return file;
}

function libraryText(path: string): string | undefined {
  return textOfLibrary(path.slice(libraryFolder.length + 1));
}

/** Whether a node belongs to TypeScript's library. */
export function isLibraryFile(file: ts.SourceFile): boolean {
  return file.fileName.startsWith(libraryFolder);
}
