/** Files of packages by their paths. */
const packageFolder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/|$)/;

/** The folder of the package that a file lies in; none where it is the author's. */
export function folderOfPackage(path: string): string | undefined {
  return packageFolder.exec(path)?.[0];
}

/** The name of a package by its folder. */
export function nameOfPackage(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
