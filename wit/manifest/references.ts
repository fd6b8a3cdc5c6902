/** References to components: of the bundle itself by name, of its dependencies as `bundle/name`. */

/** A reference in its parts. */
export interface ComponentReference {
  /** Absent for what is the bundle's own. */
  readonly bundle?: string;
  readonly name: string;
}

/** Takes a reference apart. A name alone is the bundle's own, whatever its dependencies have. */
export function splitReference(text: string): ComponentReference {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { bundle: text.slice(0, slash), name: text.slice(slash + 1) };
}
