/** How a diagnostic code is explained. */

/** Files of a project, by path; or in words what takes too many of them. */
export type Example = { readonly files: Readonly<Record<string, string>> } | { readonly sketch: string };

/** Beyond the sentence of the code. */
export interface Explanation {
  /** Why it is a fault, and what it would come to. */
  readonly why: string;
  /** A project that gets this code. Where it has no package.json, one with a name, a version and a description is understood. */
  readonly wrong: Example;
  /** The same without a fault. */
  readonly right: Example;
}

/** An example of one source file. */
export function source(text: string): Example {
  return { files: { 'src/guest.ts': text } };
}

/** An example of several files, or of others. */
export function project(files: Readonly<Record<string, string>>): Example {
  return { files };
}

/** An example that would be too long. */
export function sketch(text: string): Example {
  return { sketch: text };
}
