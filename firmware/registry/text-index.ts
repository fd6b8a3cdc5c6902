/** In which lines of a TOML text its tables and keys stand, which the parser does not keep. */

const bareOrQuoted = String.raw`(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')`;
const header = new RegExp(String.raw`^\s*\[\[?\s*(${bareOrQuoted}(?:\s*\.\s*${bareOrQuoted})*)\s*\]`);
const assignment = new RegExp(String.raw`^\s*(${bareOrQuoted}(?:\s*\.\s*${bareOrQuoted})*)\s*=`);
const part = new RegExp(bareOrQuoted, 'g');

/** Lines by path, from 1. The text is known to be TOML. */
export class TomlLines {
  readonly #lines: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  /** The line of a table or a key; that of what is around it, where it stands in an inline table. */
  of(path: readonly string[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return 1;
  }
}

function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const remember = (path: readonly string[], line: number): void => {
    // Tables that a dotted path makes on its way stand in its line, too.
    for (let length = 1; length <= path.length; length += 1) {
      const key = JSON.stringify(path.slice(0, length));
      if (!lines.has(key)) lines.set(key, line);
    }
  };
  let table: readonly string[] = [];
  let fence: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (fence !== undefined) {
      if (line.includes(fence)) fence = undefined;
      continue;
    }
    const tablePath = header.exec(line)?.[1];
    const [whole = '', keyPath] = tablePath === undefined ? (assignment.exec(line) ?? []) : [];
    if (tablePath !== undefined) {
      table = namesOf(tablePath);
      remember(table, index + 1);
    } else if (keyPath !== undefined) remember([...table, ...namesOf(keyPath)], index + 1);
    fence = openFence(line.slice(whole.length));
  }
  return lines;
}

function namesOf(path: string): readonly string[] {
  return (path.match(part) ?? []).map((name) => {
    if (name.startsWith("'")) return name.slice(1, -1);
    if (!name.startsWith('"')) return name;
    try {
      return String(JSON.parse(name));
    } catch {
      // An escape that JSON has not; such a key is unknown anyway.
      return name.slice(1, -1);
    }
  });
}

/** The end of a text of several lines that begins in this line and does not end in it. */
function openFence(line: string): string | undefined {
  return ['"""', "'''"].find((quotes) => line.split(quotes).length % 2 === 0);
}
