/** Where installed bundles are kept: apart from what reads them, which loads the types of TypeScript. */

/** The name of the folder of `$ARIA_HOME` where dependencies are kept. */
export const packagesName = 'registry-cache';
