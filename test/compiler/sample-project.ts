/** The sample projects, and projects that a test writes for itself. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

const samplesDirectory = join(import.meta.dirname, 'samples');

/** The names of all samples. */
export function sampleNames(): readonly string[] {
  return readdirSync(samplesDirectory).sort();
}

/** The directory of a sample. */
export function sampleDirectory(name: string): string {
  return join(samplesDirectory, name);
}

/** What a sample is read by: its directory, or its one file. */
export function samplePath(name: string): string {
  const directory = sampleDirectory(name);
  return existsSync(join(directory, 'src')) ? directory : join(directory, 'guest.ts');
}

/** A directory below the system's own for temporary files, with the given files; disposal removes it. */
export class TemporaryProject implements Disposable {
  readonly directory: string;
  readonly #root: string;

  /** `below`: where the project lies within the temporary directory. */
  constructor(files: Readonly<Record<string, string>>, below = '.') {
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'aria-compiler-')));
    this.directory = join(this.#root, below);
    mkdirSync(this.directory, { recursive: true });
    this.write(files);
  }

  /** Writes files, by path relative to the project. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** Removes a file or a folder of the project. */
  remove(path: string): void {
    rmSync(join(this.directory, path), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** What a bundle's text exports. */
export interface LoadedTool {
  readonly run: (input: unknown) => unknown;
  readonly blobs: boolean;
  readonly timeoutMs: number;
  readonly values?: object;
  readonly schemas?: object;
}

/** Evaluates the text of a bundle as the guest engine does, in a context without Node, with a stand-in for the SDK's module. */
export function loadBundle(source: string, sdk: Readonly<Record<string, unknown>> = {}): LoadedTool {
  const module = { exports: {} as { tool?: LoadedTool } };
  const require = (name: string): unknown => {
    if (name !== '@aria/sdk') throw new Error(`Cannot require "${name}"`);
    return sdk;
  };
  const load: unknown = runInContext(`(function (require, module, exports) {${source}\n})`, createContext({}));
  if (typeof load === 'function') load(require, module, module.exports);
  const { tool } = module.exports;
  if (tool === undefined) throw new Error('The bundle exports no tool');
  return tool;
}
