/** Tells the author's declarations from those of TypeScript, the SDK and packages. */
import type { ts } from './typescript.js';
import { globalsFile, sdkFolder } from './environment.ts';
import { isLibraryFile } from './program.ts';
import { isPackageFile } from './project-files.ts';

/** Whether a declaration is part of what every tool has: the language's library and the Web APIs. */
export function isAmbient(node: ts.Node): boolean {
  const file = node.getSourceFile();
  return isLibraryFile(file) || file.fileName === globalsFile;
}

/** Whether a declaration is not the author's: diagnostics and documentation stay with what is. */
export function isForeign(node: ts.Node, directory: string): boolean {
  const { fileName } = node.getSourceFile();
  return isAmbient(node) || fileName.startsWith(sdkFolder) || isPackageFile(directory, fileName);
}
