/** The place of a type within an input or an output, as messages show it: `input.items[].when`. */

/** A longer path is cut in messages: it only comes of a type that repeats itself. */
const pathCharactersMax = 60;

/** The path of a property. */
export function propertyPath(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** A path as a message can hold it. */
export function shortPath(path: string): string {
  return path.length > pathCharactersMax ? `${path.slice(0, pathCharactersMax)}…` : path;
}
